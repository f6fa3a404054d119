"""Bluesky's own PDS and AppView, in a Node process on loopback, with the project's PostgreSQL."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import psycopg2
from django.db import connection
from psycopg2 import sql

FOLDER = Path(__file__).parent
START_SECONDS = 120
PASSWORD, APP_PASSWORD = "un-mot-de-passe-de-test", "i4emploi"  # the latter is a name: the PDS makes the words
ADMIN, SECRET = ("admin", "admin-pass"), b"jwt-secret"  # dev-env's own
BYPASS_KEY = "tests"  # the cast alone is many accounts for one address
names = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """An account on the PDS. `session` has the full rights of its password; the product gets the app password."""

    did: str
    handle: str
    session: str
    app_password: str = ""


class RealBluesky:
    def __init__(self, process: subprocess.Popen):
        self.process = process
        urls = json.loads(self._answer() or "{}")
        if not urls:
            raise RuntimeError("The PDS did not start: see the lines of Node above.")
        self.url, self.appview, self.plc = urls["pds"], urls["appview"], urls["plc"]

    def _answer(self) -> str:
        """The process's next line; one that takes too long is ended, which makes the line empty."""
        assert self.process.stdout
        watchdog = threading.Timer(START_SECONDS, self.process.kill)
        watchdog.start()
        try:
            return self.process.stdout.readline()
        finally:
            watchdog.cancel()

    def process_all(self) -> None:
        """Return once the AppView knows everything that happened on the PDS."""
        assert self.process.stdin
        self.process.stdin.write("process\n")
        self.process.stdin.flush()
        assert self._answer() == "{}\n"

    def call(self, method: str, token: str = "", **body) -> httpx.Response:
        """A procedure of XRPC, whatever its answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = {"json": body} if body else {}
        return httpx.post(f"{self.url}/xrpc/{method}", headers=headers, timeout=30, **content)

    def ask(self, method: str, person: Person | None = None, **query) -> httpx.Response:
        """A query of XRPC, whatever its answer."""
        headers = {"Authorization": f"Bearer {person.session}"} if person else {}
        return httpx.get(f"{self.url}/xrpc/{method}", headers=headers, params=query, timeout=30)

    def do(self, person: Person, method: str, **body) -> dict:
        """What a person does in their own app."""
        done = self.call(method, person.session, **body)
        done.raise_for_status()
        return done.json() if done.content else {}

    def write(self, person: Person, record: dict) -> None:
        method, collection = "com.atproto.repo.createRecord", record["$type"]
        record = {"createdAt": "2026-11-24T09:00:00.000Z", **record}
        self.do(person, method, repo=person.did, collection=collection, record=record)

    def withdraw_app_password(self, person: Person) -> None:
        self.do(person, "com.atproto.server.revokeAppPassword", name=APP_PASSWORD)

    def deactivate(self, person: Person) -> None:
        self.do(person, "com.atproto.server.deactivateAccount", deleteAfter="2030-01-01T00:00:00.000Z")

    def take_down(self, person: Person) -> None:
        """Suspend an account, as the PDS's moderators do."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": person.did}
        self._administer("updateSubjectStatus", subject=subject, takedown={"applied": True, "ref": "test"})

    def delete_account(self, person: Person) -> None:
        self._administer("deleteAccount", did=person.did)

    def _administer(self, method: str, **body) -> None:
        address = f"{self.url}/xrpc/com.atproto.admin.{method}"
        httpx.post(address, auth=ADMIN, json=body, timeout=30).raise_for_status()

    def new_person(self, name: str = "ines") -> Person:
        handle = f"{name}{next(names)}.test"
        made = httpx.post(
            f"{self.url}/xrpc/com.atproto.server.createAccount",
            headers={"X-RateLimit-Bypass": BYPASS_KEY},
            json={"handle": handle, "email": f"{handle}@exemple.example", "password": PASSWORD},
            timeout=30,
        )
        made.raise_for_status()
        person = Person(made.json()["did"], handle, made.json()["accessJwt"])
        app_password = self.do(person, "com.atproto.server.createAppPassword", name=APP_PASSWORD)
        return replace(person, app_password=app_password["password"])

    def records(self, person: Person, collection: str = "app.bsky.feed.post") -> list[dict]:
        found = self.ask("com.atproto.repo.listRecords", repo=person.did, collection=collection)
        found.raise_for_status()
        return found.json()["records"]

    def shown(self, uri: str) -> list[dict]:
        """A post as the AppView shows it to anybody; empty where it shows none."""
        found = httpx.get(f"{self.appview}/xrpc/app.bsky.feed.getPosts", params={"uris": uri}, timeout=30)
        found.raise_for_status()
        return found.json()["posts"]


def claims(token: str) -> dict:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def signed(body: dict) -> str:
    """An access token that says `body`, signed with the key that dev-env gives its PDS."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({"typ": "at+jwt", "alg": "HS256"}, body)]
    message = b".".join(part.rstrip(b"=") for part in parts)
    mark = base64.urlsafe_b64encode(hmac.digest(SECRET, message, hashlib.sha256))
    return (message + b"." + mark.rstrip(b"=")).decode()


@contextmanager
def _own_database(name: str):
    """A fresh database on the server of the tests; yields the address that node-postgres reads."""
    known = connection.get_connection_params()
    server = {key: known[key] for key in ("host", "port", "user", "password") if known.get(key)}
    with_server = psycopg2.connect(dbname="postgres", **server)
    with_server.autocommit = True
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with with_server.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    user = ":".join(quote(str(server[key]), safe="") for key in ("user", "password") if key in server)
    query = urlencode({key: server[key] for key in ("host", "port") if key in server})
    try:
        yield f"postgresql://{user}@/{name}?{query}"
    finally:
        with with_server.cursor() as cursor:
            cursor.execute(drop)
        with_server.close()


@contextmanager
def real_bluesky(folder: Path):
    with _own_database("test_bluesky") as database_url:
        process = subprocess.Popen(
            ["node", "--no-deprecation", "network.mjs"],
            cwd=FOLDER,
            env={**os.environ, "DB_POSTGRES_URL": database_url, "BYPASS_KEY": BYPASS_KEY, "TMPDIR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield RealBluesky(process)
        finally:
            process.stdin.close()
            process.wait(timeout=30)
