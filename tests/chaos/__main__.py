"""`python -m tests.chaos --seed 1 --posts 2000`: prints a table and, as its last line, one JSON object."""

import argparse
import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.stage import open_stage
from tests.chaos.networks import KINDS, make_proxies, network
from tests.chaos.stage import ENVIRONMENT, Stage

LEAD_SECONDS = 3.0
POSTS_A_SECOND = 50  # a machine with two cores, everything on it
DECAY_SECONDS = 8.0
KILL_SECONDS = 1.5  # and the time that what was killed is away
SETTLE_SECONDS = 420.0


class Weather:
    """How strong the faults are: fully until `until`, then less and less."""

    def __init__(self) -> None:
        self.until = float("inf")
        self.off = False

    def __call__(self) -> float:
        return 0.0 if self.off else min(max(1 - (time.monotonic() - self.until) / DECAY_SECONDS, 0), 1)


def chaos(seed: int, posts: int, keep: Path | None) -> int:
    began = time.monotonic()
    weather = Weather()
    proxies = make_proxies("127.0.0.1", seed, weather)
    environment = ENVIRONMENT | {
        "I4_X_API_URL": proxies["x"].url,
        "I4_MASTODON_INSTANCES": proxies["mastodon"].url,
    }
    with ExitStack() as opened:
        folder = opened.enter_context(open_stage(**environment))
        from tests.chaos.patience import GaveUp, wait_until
        from tests.chaos.people import People
        from tests.chaos.scene import make_scene, set_off
        from tests.chaos.verdict import judge

        networks = [
            opened.enter_context(network(name, proxy, folder, posts // len(KINDS) + 1))
            for name, proxy in proxies.items()
        ]
        scene = make_scene(networks, posts, seed)
        seconds = min(max(posts / POSTS_A_SECOND, 6.0), 45.0)
        stage = Stage(folder)
        opened.callback(_keep_logs, folder, keep)
        opened.callback(stage.stop)
        people = People(stage.site, scene, seed, LEAD_SECONDS, seconds)
        people.sign_in()
        stage.start()
        note(f"seed {seed}: {len(scene.consents)} posts over {len(networks)} networks, {_since(began)} to get ready")
        set_off(scene, LEAD_SECONDS, seconds)
        people.start()
        stage.kill_for(LEAD_SECONDS + seconds * 1.3, every=KILL_SECONDS, seed=seed)
        weather.until = time.monotonic()
        note(f"the kills end after {_since(began)}")
        try:
            wait_until(lambda: _settled(stage), SETTLE_SECONDS, _states)
            people.join(1)
        except GaveUp as late:
            note(str(late))
        if people.failure:
            raise people.failure
        weather.off = True
        note(f"settled after {_since(began)}")
        ledgers = {one.name: one.ledger() for one in networks}
        verdict = judge(scene.consents, ledgers, {one.name: one.proxy.arrivals for one in networks}, people.minds)
        unsettled = _unsettled()
    for rows in verdict.found.values():
        for row in rows[:20]:
            note(row)
    faults: Counter[str] = sum((proxy.dice.thrown for proxy in proxies.values()), Counter())
    result = {
        "chaos": "passed" if verdict.holds and not unsettled else "failed",
        "seed": seed,
        "posts": len(scene.consents),
        **verdict.counts(),
        "unsettled": unsettled,
        "withdrawn": len(people.minds.withdrawn),
        "stopped": len(people.minds.stopped) + len(people.minds.broadcasts) + len(people.minds.held),
        "kills": dict(stage.kills),
        "faults": dict(faults),
        "seconds": round(time.monotonic() - began, 1),
    }
    _table(result)
    print(json.dumps(result))
    return 0 if result["chaos"] == "passed" else 1


def _settled(stage: Stage) -> bool:
    stage.supervise()
    return not _unsettled()


def _unsettled() -> int:
    from influencers.models import OPEN_STATES, Post

    return Post.objects.filter(state__in=OPEN_STATES).count()


def _states() -> str:
    from influencers.models import Post

    return str(Counter(Post.objects.values_list("network", "state")))


def _keep_logs(folder: Path, keep: Path | None) -> None:
    if keep:
        shutil.copytree(folder / "logs", keep, dirs_exist_ok=True)


def _table(result: dict) -> None:
    for name, value in result.items():
        if isinstance(value, dict):
            value = ", ".join(f"{what} {number}" for what, number in sorted(value.items()))
        note(f"  {name:18} {value}")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="any by default; it is printed")
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--logs", type=Path, help="a folder for the processes' logs")
    options = parser.parse_args(arguments)
    return chaos(options.seed or random.randrange(1, 10**6), options.posts, options.logs)


if __name__ == "__main__":
    sys.exit(main())
