"""The processes: site, workers and beat behind a supervisor, the embedded servers, and whoever kills them."""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from i4emploi_site.demo.processes import Processes, free_port
from i4emploi_site.demo.stage import beat_command, web_command, worker_command

WORKERS = ("worker-1", "worker-2")
SERVERS = "from i4emploi_site import servers; servers.start()"
ENVIRONMENT = {
    "I4_SITE_URL": "https://i4emploi.example",
    "X_PLEDGES_BY_API": "1",
    "I4_X_CLIENT_ID": "chaos",
    "I4_PACE": "mastodon.instance=1000000/300,bluesky.instance=1000000/300",
    "I4_CASE_MONTHLY_CAP_EUROS": "100000",
    "I4_MONTHLY_CAP_EUROS": "100000",
    "I4_NETWORK_TIMEOUT_SECONDS": "3",
    "I4_SEND_LEASE_SECONDS": "10",
    "I4_RECONCILE_AFTER_SECONDS": "2",
    "I4_BODACC_URL": "http://127.0.0.1:9",
    "I4_COMPANIES_URL": "http://127.0.0.1:9",
    "I4_DIRECTORY_URL": "http://127.0.0.1:9",
}
TARGETS = ("worker", "worker child", "beat", "postgres", "valkey", "web")


class Stage:
    def __init__(self, folder: Path, keep_logs: Path | None = None, environment: Mapping[str, str] | None = None):
        self.folder = folder
        self.keep_logs = keep_logs
        self.processes = Processes({**os.environ, **(environment or {})}, folder / "logs")
        self.port = free_port()
        self.kills: Counter[str] = Counter()

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.processes.start("web", *web_command(str(self.port)))
        for name in WORKERS:
            self.processes.start(name, *worker_command("--hostname", f"{name}@%h"))
        self.processes.start("beat", *beat_command())
        self.processes.wait_for_http("site", f"{self.site}/")

    def kill_for(self, seconds: float, every: float, seed: int) -> None:
        """At random instants, on average one in `every` seconds, something dies: each in its turn, in a random order.

        Ends with everything started again.
        """
        chance = random.Random(f"{seed}:kills")
        deck: list[str] = []
        until = time.monotonic() + seconds
        while (pause := chance.uniform(0.3, 1.7) * every) < until - time.monotonic():
            self._rest(pause)
            deck = deck or chance.sample(TARGETS, len(TARGETS))
            target = deck.pop()
            if self._kill(target, chance):
                self.kills[target] += 1
        self._rest(max(until - time.monotonic(), 0))
        self.supervise()

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.supervise()
            time.sleep(min(left, 0.1))

    def supervise(self) -> None:
        """Whatever ended is started again."""
        for name, process in [*self.processes.running.items()]:
            if process.poll() is not None:
                self.kills[f"{name} ended by itself"] += 1
                self.processes.restart(name)

    def _kill(self, target: str, chance: random.Random) -> bool:
        away = chance.uniform(0, 1.5)
        if target == "postgres":
            return self._kill_server(self.folder / "postgres" / "postmaster.pid", away)
        if target == "valkey":
            return self._kill_server(self.folder / "valkey" / "server.pid", away)
        if target == "worker child":
            return self._kill_child(chance)
        name = chance.choice(WORKERS) if target == "worker" else target
        self.processes.kill(name)
        time.sleep(away)
        self.processes.restart(name)
        return True

    def _kill_server(self, pid_file: Path, away: float) -> bool:
        """It and its children; started again by the embedded servers' own door, if nobody came first."""
        try:
            server = psutil.Process(int(pid_file.read_text().split()[0]))
            if str(self.folder) not in " ".join(server.cmdline()):
                return False  # it is dead already, and its number somebody else's
            family = [server, *server.children(recursive=True)]
        except (OSError, ValueError, IndexError, psutil.Error):
            return False
        for process in family:
            _sigkill(process.pid)
        time.sleep(away)
        self.processes.run("-c", SERVERS)
        return True

    def _kill_child(self, chance: random.Random) -> bool:
        children: list[psutil.Process] = []
        for name in WORKERS:
            with suppress(psutil.Error):
                children += psutil.Process(self.processes.running[name].pid).children()
        return bool(children) and _sigkill(chance.choice(children).pid)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.stop()
        if self.keep_logs:
            shutil.copytree(self.processes.logs, self.keep_logs, dirs_exist_ok=True)


def _sigkill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
