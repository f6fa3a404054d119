"""The demo's stage: a data folder of its own, every process it needs, and their addresses."""

import fcntl
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from i4emploi_site import env
from i4emploi_site.demo.mastodon_seed import serve_command, write_config
from i4emploi_site.demo.processes import Processes, free_port

QUEUES = "publish,track,clicks,default"


@dataclass
class Stage:
    processes: Processes
    site: str
    sandbox_x: str
    mastodon: str
    sandbox_bluesky: str
    data: Path

    @property
    def mail(self) -> Path:
        return self.data / "mail"


class AlreadyRunning(Exception):
    """Another demo uses the demo's data folder."""


@contextmanager
def open_stage(mastodon_accounts: int):
    """Start the sandboxes of X and Bluesky, Mastodon, web, workers and beat on fresh data; end them all on the way out."""
    data = env.path("I4_DEMO_DATA_DIR", env.BASE_DIR / ".data" / "demo")
    data.parent.mkdir(parents=True, exist_ok=True)
    with open(data.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning("A demo is running already: end it with Ctrl-C in its terminal.") from None
        _clear(data)
        ports = [free_port(wished) for wished in (8000, 8100, 8200, 8300)]
        site, sandbox_x, mastodon, bluesky = (f"http://127.0.0.1:{port}" for port in ports)
        os.environ.update(_environment(data, site, sandbox_x, mastodon, bluesky))
        processes = Processes(dict(os.environ), data / "logs")
        try:
            processes.start("sandbox-x", "-m", "i4emploi_site.demo.sandbox_x", "--port", str(ports[1]))
            processes.start("sandbox-bluesky", "-m", "i4emploi_site.demo.sandbox_bluesky", "--port", str(ports[3]))
            config = write_config(data / "mastodon.toml", mastodon_accounts)
            processes.start("mastodon", *serve_command(config, ports[2]))
            yield Stage(processes, site, sandbox_x, mastodon, bluesky, data)
        finally:
            processes.stop()


def start_site(stage: Stage) -> None:
    """Web, workers and beat, once the database is migrated."""
    port = stage.site.rsplit(":", 1)[1]
    start_web(stage.processes, port)
    stage.processes.wait_for_http("site", f"{stage.site}/")
    stage.processes.wait_for_http("sandbox X", f"{stage.sandbox_x}/_sandbox/ledger")
    stage.processes.wait_for_http("sandbox Bluesky", f"{stage.sandbox_bluesky}/_sandbox/ledger")
    stage.processes.wait_for_http("Mastodon", f"{stage.mastodon}/api/v1/instance")


def start_web(processes: Processes, port: str) -> None:
    processes.start("web", *web_command(port))
    processes.start("worker", *worker_command())
    processes.start("beat", *beat_command())


def web_command(port: str) -> list[str]:
    return [
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--workers", "2",
        "--blocking-threads", "2", "--no-ws", "i4emploi_site.wsgi:application",
    ]  # fmt: skip


def worker_command(*more: str) -> list[str]:
    worker = ["-m", "celery", "-A", "i4emploi_site", "worker", "--loglevel", "WARNING", "--concurrency", "3"]
    return [*worker, "--queues", QUEUES, "--without-gossip", "--without-mingle", *more]


def beat_command() -> list[str]:
    return ["-m", "celery", "-A", "i4emploi_site", "beat", "--loglevel", "WARNING", "--pidfile="]


def _environment(data: Path, site: str, sandbox_x: str, mastodon: str, bluesky: str) -> dict[str, str]:
    return {
        "I4_DATA_DIR": str(data),
        "I4_SITE_URL": site,
        "X_PLEDGES_BY_API": "1",
        "I4_X_API_URL": sandbox_x,
        "I4_X_AUTHORIZE_URL": f"{sandbox_x}/i/oauth2/authorize",
        "I4_X_CLIENT_ID": "i4emploi-demo",
        "I4_MASTODON_INSTANCES": mastodon,
        "I4_BLUESKY_SERVICES": bluesky,
        "I4_RECONCILE_AFTER_SECONDS": "2",
        "I4_METRICS_SPEED": "60",
        "I4_TRUSTED_PROXY": "1",  # the sandbox's audience gives each person an address of their own
        "I4_NO_ACCOUNT_LIMITS": "1",
        # Invented companies are no question for real registers: here they are out of order, and one types on.
        **dict.fromkeys(("I4_BODACC_URL", "I4_COMPANIES_URL", "I4_DIRECTORY_URL"), "http://127.0.0.1:9"),
        "DJANGO_SETTINGS_MODULE": "i4emploi_site.settings",
    }


def _clear(data: Path) -> None:
    """Yesterday's demo goes; its servers too, if a kill left them running."""
    if data.exists():
        os.environ["I4_DATA_DIR"] = str(data)
        from i4emploi_site import servers

        servers.stop()
        shutil.rmtree(data)
    data.mkdir(parents=True)
