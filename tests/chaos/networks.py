"""The networks of the stage: how each is started, who writes there, what it received."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from i4emploi_site.demo import mastodon_seed
from i4emploi_site.demo.sandbox_bluesky import limits, shapes
from influencers.networks.base import Credentials
from tests import network_servers
from tests.chaos.faults import Dice
from tests.chaos.proxy import FaultProxy


@dataclass(frozen=True)
class Person:
    author: str  # as the ledger of their network names them
    credentials: Credentials


@dataclass(frozen=True)
class Ledger:
    """What a network received, read from itself."""

    texts: list[tuple[str, str]]  # author, text
    reposts: list[str]  # who reposted


@dataclass(frozen=True)
class Kind:
    start: Callable[[Path, int, str], Any]  # (folder, accounts, the proxy's address) → one of tests/network_servers
    join: Callable[[Any, list[str]], list[Person]]  # the wished names; a network may give others
    ledger: Callable[[Any], Ledger]
    setting: str  # names its address to the site
    is_write: re.Pattern
    limited: Callable[[float], dict[str, str]]  # the headers of a 429 whose window ends at that instant
    at_once: int = 16  # requests that it can take together


def _join_x(server: network_servers.SandboxX, names: list[str]) -> list[Person]:
    world, people = server.world, []
    with world.lock:
        for name in names:
            user = world.add(username=name)
            people.append(Person(name, Credentials(user["access_token"], remote_id=user["id"])))
    return people


def _x_ledger(server: network_servers.SandboxX) -> Ledger:
    with server.world.lock:
        tweets, users = list(server.world.tweets.values()), server.world.users
        texts = [(tweet.author.username, tweet.text) for tweet in tweets]
        return Ledger(texts, [users[user_id].username for tweet in tweets for user_id in tweet.reposters])


def _x_limited(until: float) -> dict[str, str]:
    said = {"limit": "100", "remaining": "0", "reset": str(int(until) + 1)}
    return {f"x-rate-limit-{name}": value for name, value in said.items()}


def _join_mastodon(server: network_servers.Mastodon, names: list[str]) -> list[Person]:
    people = []
    with httpx.Client(base_url=server.url, timeout=20) as client:
        for _name in names:
            given = mastodon_seed.username(next(server.free))
            token = mastodon_seed.token(given)
            said = client.get("/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {token}"})
            people.append(Person(given, Credentials(token, remote_id=said.raise_for_status().json()["id"])))
            server.names.append(given)
    return people


def _mastodon_ledger(server: network_servers.Mastodon) -> Ledger:
    found = server.ledger()
    return Ledger(found["texts"], found["boosts"])


def _mastodon_limited(until: float) -> dict[str, str]:
    reset = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}


def _join_bluesky(server: network_servers.SandboxBluesky, names: list[str]) -> list[Person]:
    with server.world.lock:
        added = [server.world.add(name) for name in names]
    return [
        Person(one["handle"], Credentials(one["accessJwt"], one["refreshJwt"], remote_id=one["did"])) for one in added
    ]


def _bluesky_ledger(server: network_servers.SandboxBluesky) -> Ledger:
    with server.world.lock:
        records = [record for record in server.world.written if not record.gone]
    texts = [(record.author.handle, record.text) for record in records if record.collection == shapes.POST]
    return Ledger(texts, [record.author.handle for record in records if record.collection == shapes.REPOST])


def _bluesky_limited(until: float) -> dict[str, str]:
    return limits.WRITES.headers(0, until + 1)


KINDS = {
    "x": Kind(
        lambda _folder, _accounts, _domain: network_servers.sandbox_x(),
        _join_x, _x_ledger, "I4_X_API_URL", re.compile(r"^/2/(tweets|users/\d+/retweets)$"), _x_limited,
    ),
    "mastodon": Kind(
        network_servers.mastodon, _join_mastodon, _mastodon_ledger, "I4_MASTODON_INSTANCES",
        re.compile(r"^/api/v1/statuses(/\d+/reblog)?$"), _mastodon_limited, at_once=8,  # mastodon-mock has 15 connections to its database
    ),
    "bluesky": Kind(
        lambda _folder, _accounts, _domain: network_servers.sandbox_bluesky(), _join_bluesky, _bluesky_ledger,
        "I4_BLUESKY_SERVICES", re.compile(r"^/xrpc/com\.atproto\.repo\.putRecord$"), _bluesky_limited,
    ),
}  # fmt: skip


@dataclass
class Network:
    """One of them at work, behind its proxy."""

    name: str
    kind: Kind
    server: Any
    proxy: FaultProxy

    def join(self, names: list[str]) -> list[Person]:
        people = self.kind.join(self.server, names)
        self.proxy.authors |= {person.credentials.access_token: person.author for person in people}
        return people

    def ledger(self) -> Ledger:
        return self.kind.ledger(self.server)


def make_proxies(host: str, seed: int, strength: Callable[[], float]) -> dict[str, FaultProxy]:
    return {
        name: FaultProxy(host, Dice(seed, name, strength), kind.is_write, kind.limited, kind.at_once)
        for name, kind in KINDS.items()
    }


def addresses(proxies: dict[str, FaultProxy]) -> dict[str, str]:
    """What tells the site where the networks are."""
    return {KINDS[name].setting: proxy.url for name, proxy in proxies.items()}


@contextmanager
def network(name: str, proxy: FaultProxy, folder: Path, accounts: int) -> Iterator[Network]:
    """The network itself, in this process or beside it, reached through the proxy."""
    kind = KINDS[name]
    with kind.start(folder, accounts, proxy.address) as server, proxy.serving():
        proxy.upstream = server.url.removeprefix("http://")
        yield Network(name, kind, server, proxy)
