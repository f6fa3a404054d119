"""The networks on loopback, for tests: our sandboxes of X and Bluesky in threads, mastodon-mock in a process."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from i4emploi_site.demo import mastodon_seed
from i4emploi_site.demo.processes import free_port
from i4emploi_site.demo.sandbox_bluesky import server as bluesky_server
from i4emploi_site.demo.sandbox_bluesky import sessions as bluesky_sessions
from i4emploi_site.demo.sandbox_x import server as x_server
from influencers.networks.base import Credentials
from influencers.networks.bluesky import BlueskyAdapter
from influencers.networks.bluesky_text import record_key
from influencers.networks.mastodon import MastodonAdapter
from influencers.networks.x import XAdapter

TIMEOUT = 2


class Sandbox:
    """What the tests ask of a sandbox of ours, whatever its network."""

    every_call = "/"  # what the paths of the network's calls have in common
    posts = "posts"  # the ledger's name for them

    def __init__(self, server):
        self.server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    @property
    def world(self):
        return self.server.world

    def fail(self, effect: str, count: int = 1, method: str = "POST", path: str = "") -> None:
        """The next writes (or other calls) go wrong."""
        self._control("faults", path=path or self.every_call, effect=effect, count=count, method=method)

    def ledger(self) -> dict:
        return httpx.get(f"{self.url}/_sandbox/ledger").json()

    def audience(self, clicks_per_post: int, previews: int) -> dict:
        return self._control("audience", clicks_per_post=clicks_per_post, previews=previews)

    def texts(self) -> list[str]:
        return [post["text"] for post in self.ledger()[self.posts]]

    def _control(self, name: str, **asked) -> dict:
        return httpx.post(f"{self.url}/_sandbox/{name}", json=asked, timeout=60).raise_for_status().json()


class SandboxX(Sandbox):
    name = "x"
    every_call = "/2/"
    posts = "tweets"
    unknown_person = "987654321"

    def __init__(self, server):
        super().__init__(server)
        self.adapter = XAdapter(self.url, f"{self.url}/i/oauth2/authorize", TIMEOUT)

    def new_user(self, username: str, followers: int = 1200) -> Credentials:
        user = self._control("users", username=username, followers=followers)
        return Credentials(user["access_token"], user["refresh_token"], remote_id=user["id"])

    def consent(self, address: str, person: Credentials) -> str:
        """Press the button of `person` on the page that asks for consent; returns where the browser is sent."""
        return _consent(address, user=person.remote_id)

    def unknown_post(self, number: int) -> str:
        return str(10_000_000 + number)

    def reset(self) -> None:
        with self.world.lock:
            self.world.faults.clear()
            self.world.tweets.clear()
            self.world.frozen_at = None
            self.world.attempts = self.world.human_clicks = self.world.robot_clicks = 0


class SandboxBluesky(Sandbox):
    name = "bluesky"
    every_call = "/xrpc/"
    unknown_person = "did:plc:nobody"

    def __init__(self, server):
        super().__init__(server)
        self.adapter = BlueskyAdapter(self.url, TIMEOUT)

    def new_user(self, username: str, followers: int = 1200) -> Credentials:
        user = self._control("users", username=username, followers=followers)
        until = datetime.now(UTC) + timedelta(seconds=bluesky_sessions.ACCESS_SECONDS)
        return Credentials(user["accessJwt"], user["refreshJwt"], until, remote_id=user["did"])

    def account(self, person: Credentials):
        """Their `handle` and `app_password`, with which they sign in; their `description` may be changed."""
        return self.world.accounts[person.remote_id]

    def set_status(self, person: Credentials, status: str) -> None:
        """ "active", "deactivated", "takendown" or "deleted"."""
        self._control("status", did=person.remote_id, status=status)

    def withdraw_app_password(self, person: Credentials) -> None:
        self._control("withdraw", did=person.remote_id)

    def moderate(self, uri: str) -> None:
        """The network's moderators remove a record."""
        self._control("moderate", uri=uri)

    def unknown_post(self, number: int) -> str:
        return f"at://{self.unknown_person}/app.bsky.feed.post/{record_key(datetime.now(UTC), str(number))}"

    def reset(self) -> None:
        self.server.world = bluesky_server.World()


class Mastodon:
    name = "mastodon"
    unknown_person = "987654321"
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

    def unknown_post(self, number: int) -> str:
        return str(10_000_000 + number)

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
    with _served(x_server.make_server(0)) as server:
        yield SandboxX(server)


@contextmanager
def sandbox_bluesky():
    with _served(bluesky_server.make_server(0)) as server:
        yield SandboxBluesky(server)


@contextmanager
def _served(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def mastodon(folder: Path, accounts: int = 400, domain: str = ""):
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
    with _served(server):
        yield server, MastodonAdapter(f"http://127.0.0.1:{server.server_address[1]}", timeout, anywhere=anywhere)
