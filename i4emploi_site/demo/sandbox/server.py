"""The HTTP face of a sandbox. `/_sandbox/…` are controls of ours; everything else has the shapes of the network."""

import argparse
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from i4emploi_site.demo.sandbox import audience
from i4emploi_site.demo.sandbox.world import Fault, Refused, SandboxWorld

TIMEOUT_SECONDS = 20

Answer = tuple[int, dict | str, dict[str, str]]  # status, JSON or HTML, headers


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type["SandboxHandler"], world: SandboxWorld):
        super().__init__(("127.0.0.1", port), handler)
        self.world = world


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class SandboxHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves as one packet

    def network(self, path: str, query: dict[str, list[str]], body: bytes, fault: Fault | None) -> Answer:
        """The network's own answer; `interrupt` and `spoil` do what the fault asks for."""
        raise NotImplementedError

    def nonsense(self, error: Exception) -> dict:
        """How the network says that a request cannot be understood."""
        raise NotImplementedError

    def control(self, name: str, asked: dict) -> dict:
        """The network's own controls; Refused for what is none."""
        raise Refused(404, {"error": name})

    @property
    def world(self):
        return self.server.world

    def log_message(self, *_args) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if parts.path.startswith("/_sandbox/"):
                status, answer, headers = 200, self._control(parts.path.removeprefix("/_sandbox/"), body), {}
            else:
                with self.world.lock:
                    fault = self.world.take_fault(self.command, parts.path)
                status, answer, headers = self.network(parts.path, parse_qs(parts.query), body, fault)
        except Refused as refused:
            status, answer, headers = refused.status, refused.body, refused.headers
        except (KeyError, TypeError, ValueError) as error:
            status, answer, headers = 400, self.nonsense(error), {}
        except Dropped:
            self.close_connection = True
            return
        self._answer(status, answer, headers)

    do_POST = do_DELETE = do_GET

    def _answer(self, status: int, answer: dict | str, headers: dict[str, str]) -> None:
        content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        kind = "text/html; charset=utf-8" if isinstance(answer, str) else "application/json"
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def interrupt(self, fault: Fault | None) -> str:
        """Before acting: what every network can suffer. Returns the effect that remains to be had."""
        if fault is None:
            return ""
        if fault.effect == "latency":
            time.sleep(fault.seconds)
        if fault.effect == "timeout":
            time.sleep(TIMEOUT_SECONDS)
        if fault.effect in ("timeout", "drop"):
            raise Dropped
        return fault.effect

    def spoil(self, effect: str, answer: Answer) -> Answer:
        """After acting: what every network can suffer."""
        if effect == "created-then-drop":
            raise Dropped
        return (answer[0], "{truncated", answer[2]) if effect == "malformed" else answer

    def _control(self, name: str, body: bytes) -> dict:
        asked = json.loads(body or b"{}")
        if name == "audience":
            return audience.visit(self.world, asked.get("clicks_per_post", 3), asked.get("previews", 2))
        with self.world.lock:
            if name == "users":
                return self.world.add(**asked)
            if name == "faults":
                self.world.faults.append(Fault(**asked))
                return {"faults": len(self.world.faults)}
            if name == "freeze":
                self.world.frozen_at = time.time()
                return {"frozen": True}
            if name == "ledger":
                return self.world.ledger()
            return self.control(name, asked)


def run(
    network: str, default_port: int, make_server: Callable[[int, SandboxWorld], Server], world: type[SandboxWorld]
) -> None:
    """Read the command line and serve until the end."""
    parser = argparse.ArgumentParser(description=f"A sandbox of {network} on loopback.")
    parser.add_argument("--port", type=int, default=default_port)
    parser.add_argument("--speed", type=float, default=60, help="how many times faster than life posts are seen")
    parser.add_argument("--seed", type=int, default=2015, help="what decides how far each post goes")
    options = parser.parse_args()
    make_server(options.port, world(options.seed, options.speed)).serve_forever()
