"""`python -m tests.chaos.two_hosts`: two worker hosts share one broadcast, one is cut off mid-way and comes back.

Each host is a network namespace with a cable to the servers; the workers reach PostgreSQL, Valkey and the networks by
TCP through it, and nothing else. Ends like the chaos: a table, and one JSON line.
"""

import argparse
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import redis

from bench.stage import open_stage
from i4emploi_site import env, servers
from i4emploi_site.demo.stage import beat_command, worker_command
from tests.chaos.hosts import HERE, NotAllowed, enter_own_namespace, host
from tests.chaos.networks import addresses, make_proxies, network
from tests.chaos.stage import ENVIRONMENT, Stage

START_SECONDS = 120.0
CUT_SECONDS = 12.0  # longer than a lease, and mostly than until the other host has looked; TCP is back soon after
SETTLE_SECONDS = 300.0
BACK_SECONDS = 90.0  # TCP tries again after pauses that double
IN_THE_CABLE = 96  # requests that may be on their way as the cable is pulled: as many as a worker has in flight
QUICK = {"I4_NETWORK_TIMEOUT_SECONDS": "2", "I4_SEND_LEASE_SECONDS": "4", "I4_RECONCILE_AFTER_SECONDS": "1"}
POSTGRES_PORT, VALKEY_PORT = 5432, 6379  # free in a namespace of our own
TCP = {
    "DATABASE_URL": f"postgresql://postgres@{HERE}:{POSTGRES_PORT}/i4emploi",
    "REDIS_URL": f"redis://{HERE}:{VALKEY_PORT}/0",
}


def two_hosts(posts: int, keep: Path | None) -> int:
    began = time.monotonic()
    with ExitStack() as opened:
        hosts = [opened.enter_context(host(number)) for number in (1, 2)]
        proxies = make_proxies(HERE, 0, lambda: 0.0)
        folder = opened.enter_context(open_stage(**ENVIRONMENT | QUICK | addresses(proxies)))
        from django.utils import timezone

        from tests.chaos.patience import GaveUp, wait_until
        from tests.chaos.people import Minds
        from tests.chaos.report import note, states, tell, unsettled
        from tests.chaos.scene import make_scene, set_off
        from tests.chaos.verdict import judge

        _listen_on_tcp()
        share = posts // len(proxies) + 1
        networks = [opened.enter_context(network(name, proxies[name], folder, share)) for name in proxies]
        scene = make_scene(networks, posts, seed=0)
        stage = opened.enter_context(Stage(folder, keep, TCP))
        for one in hosts:
            stage.processes.start(one.name, *worker_command(), through=one.through)
        stage.processes.start("beat", *beat_command())
        *shared, last = scene.broadcasts
        set_off(shared, lead_seconds=0, seconds=8)

        def sent() -> Counter[str]:
            """Writes so far, by host."""
            names = {one.address: one.name for one in hosts}
            return Counter(names[arrival.client] for proxy in proxies.values() for arrival in proxy.arrivals)

        def both_are_at_it() -> bool:
            connected.update(_asking(since=start))
            return connected == {one.address for one in hosts} and sent()[away.name] > posts // 20

        connected: set[str] = set()
        start = timezone.now()
        away, other = hosts
        wait_until(both_are_at_it, START_SECONDS, lambda: f"two hosts at work: {connected}, {dict(sent())}, {states()}")
        before = sent()
        away.cut()
        note(f"{away.name} is cut off after {dict(before)}")
        time.sleep(CUT_SECONDS)
        during, reached = sent() - before, away.reaches(HERE, POSTGRES_PORT)
        away.mend()
        mended = timezone.now()
        note(f"{away.name} comes back; meanwhile were sent {dict(during)}")
        try:
            wait_until(
                lambda: away.address in _asking(since=mended), BACK_SECONDS, lambda: f"{away.name} is at work again"
            )
            set_off([last], lead_seconds=1, seconds=0)
            wait_until(lambda: not unsettled(), SETTLE_SECONDS, states)
        except GaveUp as late:
            note(str(late))
        ledgers = {one.name: one.ledger() for one in networks}
        verdict = judge(scene.consents, ledgers, {name: proxy.arrivals for name, proxy in proxies.items()}, Minds())
        after = sent() - before - during
        # What lay in the cable may land after we looked: only the network can tell the second one to be a copy.
        ghosts = verdict.found.pop("sent_again")
        verdict.found["wrong_cut"] = [
            f"wrong_cut: {what}"
            for what, so in {
                f"{away.name} reached PostgreSQL while it was cut off": reached,
                f"{away.name} sent while it was cut off": during[away.name] > IN_THE_CABLE,
                f"{other.name} sent nothing meanwhile": not during[other.name],
            }.items()
            if so
        ]
        return tell(
            "two_hosts", verdict, unsettled(), posts=len(scene.consents), before=dict(before), during=dict(during),
            after=dict(after), ghosts=len(ghosts), seconds=round(time.monotonic() - began, 1),
        )  # fmt: skip


def _listen_on_tcp() -> None:
    """The embedded servers listen on Unix sockets, which no namespace keeps apart: here on our end of the cables too.

    This process keeps to the sockets.
    """
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    folder = servers.data_dir() / "postgres"
    with open(folder / "pg_hba.conf", "a") as rules:
        rules.write("host all all 10.77.0.0/16 trust\n")
    options = f"-h {HERE} -p {POSTGRES_PORT} -k {servers.run_dir()} -c max_connections=200 -c timezone=UTC"
    servers._pg_ctl("-m", "fast", "-l", str(folder / "server.log"), "-o", options, "restart")
    valkey = redis.Redis.from_url(settings.REDIS_URL)
    valkey.config_set("bind", HERE)
    valkey.config_set("protected-mode", "no")
    valkey.config_set("port", VALKEY_PORT)


def _asking(since: datetime) -> set[str]:
    """The hosts whose workers asked PostgreSQL something since then, as it says itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT host(client_addr) FROM pg_stat_activity WHERE query_start > %s", [since])
        return {address for (address,) in cursor.fetchall() if address} - {HERE}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.two_hosts", description=__doc__)
    parser.add_argument("--posts", type=int, default=600)
    parser.add_argument("--logs", type=Path, help="a folder for the processes' logs")
    options = parser.parse_args()
    try:
        enter_own_namespace()
        return two_hosts(options.posts, options.logs)
    except NotAllowed as why:
        print(f"Two hosts need network namespaces, which this machine does not allow: {why}", file=sys.stderr)
        return int(env.flag("I4_NAMESPACES_MUST_WORK"))


if __name__ == "__main__":
    sys.exit(main())
