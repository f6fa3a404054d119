"""Bluesky's own PDS and AppView, in a Node process on loopback, with the project's PostgreSQL."""

import itertools
import json
import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import psycopg2
from django.db import connection
from psycopg2 import sql

FOLDER = Path(__file__).parent
START_SECONDS = 120
PASSWORD = "un-mot-de-passe-de-test"
ADMIN = ("admin", "admin-pass")  # dev-env's own
names = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """An account on the PDS. `session` has the full rights of its password; the product gets the app password."""

    did: str
    handle: str
    session: str
    app_password: str


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

    def call(self, method: str, person: Person | None = None, *, session: str = "", **body) -> httpx.Response:
        """A procedure of XRPC, whatever its answer."""
        token = session or (person.session if person else "")
        return httpx.post(
            f"{self.url}/xrpc/{method}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            **({"json": body} if body else {}),
            timeout=30,
        )

    def ask(self, method: str, person: Person | None = None, **query) -> httpx.Response:
        """A query of XRPC, whatever its answer."""
        headers = {"Authorization": f"Bearer {person.session}"} if person else {}
        return httpx.get(f"{self.url}/xrpc/{method}", headers=headers, params=query, timeout=30)

    def take_down(self, person: Person) -> None:
        """Suspend an account, as the PDS's moderators do."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": person.did}
        body = {"subject": subject, "takedown": {"applied": True, "ref": "test"}}
        address = f"{self.url}/xrpc/com.atproto.admin.updateSubjectStatus"
        httpx.post(address, auth=ADMIN, json=body, timeout=30).raise_for_status()

    def new_person(self, name: str = "ines") -> Person:
        handle = f"{name}{next(names)}.test"
        made = self.call(
            "com.atproto.server.createAccount", handle=handle, email=f"{handle}@exemple.example", password=PASSWORD
        )
        made.raise_for_status()
        session = made.json()["accessJwt"]
        app_password = self.call("com.atproto.server.createAppPassword", session=session, name="i4emploi")
        app_password.raise_for_status()
        return Person(made.json()["did"], handle, session, app_password.json()["password"])

    def records(self, person: Person, collection: str = "app.bsky.feed.post") -> list[dict]:
        found = self.ask("com.atproto.repo.listRecords", repo=person.did, collection=collection)
        found.raise_for_status()
        return found.json()["records"]


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
            env={**os.environ, "DB_POSTGRES_URL": database_url, "TMPDIR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield RealBluesky(process)
        finally:
            process.stdin.close()
            process.wait(timeout=30)
