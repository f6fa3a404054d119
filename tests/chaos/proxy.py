"""What stands between the site and a network: notes each write as it arrives, and lets some requests go wrong."""

import hashlib
import http.client
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.chaos.faults import Dice

BUSY_SECONDS = 1.0  # how long a request waits for its turn at the network before it is turned away
LIMIT_SECONDS = 2  # how long a 429 lasts
SILENCE_SECONDS = 30  # longer than any client's patience
NONSENSE = b"<html>Something is broken, come back later"
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server", "content-length"}


@dataclass
class Arrival:
    """A write, when its last byte was read."""

    at: float
    client: str  # its IP address
    author: str
    path: str
    body: str  # its SHA-256
    fault: str
    carried_out: float | None = None  # when the network said so to us, whatever the client was told


class FaultProxy(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self, host: str, dice: Dice, is_write: re.Pattern, limited: Callable[[float], dict[str, str]], at_once: int
    ):
        """`at_once` requests are with the network together: what it hears late would land after we looked for it."""
        super().__init__((host, 0), Handler)
        self.dice = dice
        self.turns = threading.Semaphore(at_once)
        self.is_write = is_write
        self.limited = limited  # the headers of a 429 whose window ends at an instant
        self.upstream = ""  # host:port of the network itself
        self.authors: dict[str, str] = {}  # by access token
        self.arrivals: list[Arrival] = []

    @property
    def address(self) -> str:
        return f"{self.server_address[0]}:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def handle_error(self, request, client_address) -> None:
        """A client that was killed leaves its connection in the middle of anything."""

    @contextmanager
    def serving(self) -> Iterator["FaultProxy"]:
        thread = threading.Thread(target=self.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join(10)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave as one packet
    server: FaultProxy

    def log_message(self, *_args) -> None:
        pass

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        write = self.command == "POST" and bool(self.server.is_write.search(self.path))
        author = self.server.authors.get((self.headers.get("Authorization") or "").removeprefix("Bearer "), "")
        fault = self.server.dice.throw(author, write)
        digest = hashlib.sha256(body).hexdigest()
        arrival = Arrival(time.time(), self.client_address[0], author, self.path, digest, fault)
        if write:
            self.server.arrivals.append(arrival)
        what, _dash, when = fault.partition("-")
        answer = None if when == "before" or what == "429" else self._forward(body)
        if answer and answer[0] < 300:
            arrival.carried_out = time.time()
        if what == "429":
            self._answer(429, self.server.limited(time.time() + LIMIT_SECONDS), b'{"error":"Too Many Requests"}')
        elif what == "drop":
            self.close_connection = True
        elif what == "silence":
            self._say_nothing()
        elif what == "garbage":
            self._answer(200, {"Content-Type": "application/json"}, NONSENSE)
        elif what.isdigit():
            self._answer(int(what), {"Content-Type": "application/json"}, b'{"error":"Server Error"}')
        elif answer:
            self._answer(*answer)

    do_GET = do_POST = do_DELETE = _pass

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """The network's own answer; what it did is done, even if the client has left meanwhile."""
        if not self.server.turns.acquire(timeout=BUSY_SECONDS):
            self.server.dice.thrown["503-busy"] += 1
            return 503, {}, b'{"error":"Service Unavailable"}'
        source = (
            f"127.{random.randrange(1, 255)}.{random.randrange(255)}.1"  # what one address may ask is not in question
        )
        network = http.client.HTTPConnection(self.server.upstream, timeout=SILENCE_SECONDS, source_address=(source, 0))
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            network.request(self.command, self.path, body or None, headers | {"Connection": "close"})
            said = network.getresponse()
            kept = {name: value for name, value in said.getheaders() if name.lower() not in HOP_BY_HOP}
            return said.status, kept, said.read()
        except (OSError, http.client.HTTPException) as error:
            self.server.dice.thrown[f"network: {type(error).__name__}"] += 1
            return 502, {}, b"{}"
        finally:
            network.close()
            self.server.turns.release()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    def _say_nothing(self) -> None:
        """Until the client has had enough."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.settimeout(SILENCE_SECONDS)
            self.connection.recv(1)
