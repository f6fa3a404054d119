"""The networks on loopback, for tests: our sandbox X in a thread, mastodon-mock in a process."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from i4emploi_site.demo import mastodon_seed
from i4emploi_site.demo.processes import free_port
from i4emploi_site.demo.sandbox_x.server import make_server
from influencers.networks.base import Credentials
from influencers.networks.mastodon import MastodonAdapter
from influencers.networks.x import XAdapter

TIMEOUT = 2


class SandboxX:
    name = "x"

    def __init__(self, server):
        self.world = server.world
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.adapter = XAdapter(self.url, f"{self.url}/i/oauth2/authorize", TIMEOUT)

    def new_user(self, username: str, followers: int = 1200) -> Credentials:
        user = httpx.post(f"{self.url}/_sandbox/users", json={"username": username, "followers": followers}).json()
        return Credentials(user["access_token"], user["refresh_token"], remote_id=user["id"])

    def fail(self, effect: str, count: int = 1, method: str = "POST", path: str = "/2/") -> None:
        """The next writes (or other calls) go wrong."""
        body = {"path": path, "effect": effect, "count": count, "method": method}
        httpx.post(f"{self.url}/_sandbox/faults", json=body).raise_for_status()

    def consent(self, address: str, person: Credentials) -> str:
        """Press the button of `person` on the page that asks for consent; returns where the browser is sent."""
        return _consent(address, user=person.remote_id)

    def ledger(self) -> dict:
        return httpx.get(f"{self.url}/_sandbox/ledger").json()

    def audience(self, clicks_per_tweet: int, previews: int) -> dict:
        body = {"clicks_per_tweet": clicks_per_tweet, "previews": previews}
        return httpx.post(f"{self.url}/_sandbox/audience", json=body, timeout=60).json()

    def texts(self) -> list[str]:
        return [tweet["text"] for tweet in self.ledger()["tweets"]]

    def reset(self) -> None:
        with self.world.lock:
            self.world.faults.clear()
            self.world.tweets.clear()
            self.world.frozen_at = None
            self.world.attempts = self.world.human_clicks = self.world.robot_clicks = 0


class Mastodon:
    name = "mastodon"
    EFFECTS = {
        "429": {"type": "ratelimit", "status": 429},
        "timeout": {"type": "timeout", "delay_ms": 60_000},
        "malformed": {"type": "malformed"},
    }

    def __init__(self, url: str, accounts: int):
        self.url = url
        self.adapter = MastodonAdapter(url, TIMEOUT, anywhere=True)
        self.free = iter(range(accounts))
        self.names: list[str] = []

    def new_user(self, username: str, followers: int = 0) -> Credentials:
        name = mastodon_seed.username(next(self.free))
        self.names.append(name)
        credentials = Credentials(mastodon_seed.token(name))
        return Credentials(credentials.access_token, remote_id=self.adapter.me(credentials).remote_id)

    def consent(self, address: str, person: Credentials) -> str:
        return _consent(address, username=person.access_token.removeprefix("token-"))

    def ledger(self) -> dict:
        return mastodon_seed.ledger(self.url, self.names)

    def fail(self, effect: str, count: int = 1, method: str = "POST", path: str = "") -> None:
        kind = self.EFFECTS.get(effect) or {"type": "status", "status": int(effect)}
        match = {"methods": [method]} | ({"path": path} if path else {})
        rule = {"match": match, "effect": kind, "count": count}
        httpx.post(f"{self.url}/api/v1/_mock/faults", json=rule).raise_for_status()

    def texts(self) -> list[str]:
        return [text for _author, text in self.ledger()["texts"]]

    def reset(self) -> None:
        httpx.delete(f"{self.url}/api/v1/_mock/faults")


def _consent(address: str, **chosen: str) -> str:
    page, _question, query = address.partition("?")
    back = httpx.post(page, data=dict(parse_qsl(query)) | chosen)
    assert back.status_code == 302, back.text
    return back.headers["Location"]


@contextmanager
def sandbox_x():
    server = make_server(0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield SandboxX(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def mastodon(folder: Path, accounts: int = 120, domain: str = ""):
    """`domain` is the address that its clients know it by, where that is another server's."""
    port = free_port()
    config = mastodon_seed.write_config(folder / "mastodon.toml", accounts)
    process = subprocess.Popen(
        [sys.executable, *mastodon_seed.serve_command(config, port, domain)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        transport = httpx.HTTPTransport(retries=8)  # waits 0, 0.5, 1, 2… seconds between refused connections
        with httpx.Client(transport=transport, timeout=20) as client:
            client.get(f"{url}/api/v1/instance").raise_for_status()
        yield Mastodon(url, accounts)
    finally:
        process.kill()  # it keeps nothing, and a request that it was told to hang would hold back a gentle end
        process.wait(20)


@contextmanager
def instance_that_says(answer, timeout=2, anywhere=True):
    """A Mastodon instance of anybody's: answers (status, headers, body), or what a function makes of method and path;
    remembers the paths.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.seen.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = answer(self.command, self.path) if callable(answer) else answer
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server, MastodonAdapter(f"http://127.0.0.1:{server.server_address[1]}", timeout, anywhere=anywhere)
    finally:
        server.shutdown()
        server.server_close()
