"""What a bench runs on: servers and data of its own in a temporary folder, all ended and removed afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


class NotReady(Exception):
    """A server of the bench did not start; the message carries what it said."""


@contextmanager
def open_stage(**environment: str) -> Iterator[Path]:
    """An empty, migrated site in this process, of these settings. Nothing outside its folder is touched or read."""
    folder = Path(tempfile.mkdtemp(prefix="i4bench-"))
    for name in [*os.environ]:
        if name in ("DATABASE_URL", "REDIS_URL") or name.startswith("I4_"):
            del os.environ[name]
    os.environ |= environment | {"I4_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "i4emploi_site.settings"}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    import django
    from django.core.management import call_command
    from django.db import connections

    from i4emploi_site import servers

    try:
        servers.start()
        django.setup()
        call_command("migrate", verbosity=0)
        yield folder
    finally:
        connections.close_all()
        servers.leave()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(application: str) -> Iterator[str]:
    """Serve a WSGI application as the site is served, on a free port of loopback; gives its URL."""
    port = _free_port()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
             "--workers", "2", "--blocking-threads", "1", "--no-ws", "--log-level", "warning", application],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(port, process, said)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # the server and its workers: a session of their own
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen, said) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                said.seek(0)
                raise NotReady(f"granian did not start.\n{said.read()[-2000:]}") from None
            time.sleep(0.05)
