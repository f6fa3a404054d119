"""`python -m tests.chaos --seed 1 --posts 2000`: prints a table and, as its last line, one JSON object."""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.stage import open_stage
from tests.chaos.networks import addresses, make_proxies, network
from tests.chaos.stage import ENVIRONMENT, Stage

LEAD_SECONDS = 3.0
POSTS_A_SECOND = 50  # a machine with two cores, everything on it
DECAY_SECONDS = 8.0
KILLS = 14  # and more in a long run
KILL_SECONDS = 1.5  # between two, at most; the time that what was killed is away comes on top
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
    with ExitStack() as opened:
        folder = opened.enter_context(open_stage(**ENVIRONMENT | addresses(proxies)))
        from tests.chaos.patience import GaveUp, wait_until
        from tests.chaos.people import People
        from tests.chaos.report import note, states, tell, unsettled
        from tests.chaos.scene import make_scene, set_off
        from tests.chaos.verdict import judge

        def settled() -> bool:
            stage.supervise()
            return not unsettled()

        networks = [
            opened.enter_context(network(name, proxies[name], folder, posts // len(proxies) + 1)) for name in proxies
        ]
        scene = make_scene(networks, posts, seed)
        seconds = min(max(posts / POSTS_A_SECOND, 6.0), 45.0)
        stage = opened.enter_context(Stage(folder, keep))
        people = People(stage.site, scene, seed)
        people.sign_in()
        stage.start()
        note(f"seed {seed}: {len(scene.consents)} posts over {len(networks)} networks, ready after {_since(began)}")
        people.plan(set_off(scene.broadcasts, LEAD_SECONDS, seconds))
        people.start()
        span = LEAD_SECONDS + seconds * 1.3
        stage.kill_for(span, min(KILL_SECONDS, span / KILLS), seed)
        weather.until = time.monotonic()
        note(f"the last kill is over after {_since(began)}")
        try:
            wait_until(settled, SETTLE_SECONDS, states)
        except GaveUp as late:
            note(str(late))
        people.join()
        if people.failure:
            raise people.failure
        note(f"settled after {_since(began)}")
        weather.off = True
        arrivals = {name: proxy.arrivals for name, proxy in proxies.items()}
        verdict = judge(scene.consents, {one.name: one.ledger() for one in networks}, arrivals, people.minds)
        minds, thrown = people.minds, Counter[str]()
        for proxy in proxies.values():
            thrown += proxy.dice.thrown
        return tell(
            "chaos", verdict, unsettled(), seed=seed, posts=len(scene.consents), withdrawn=len(minds.withdrawn),
            stopped=len(minds.stopped) + len(minds.broadcasts) + len(minds.held), kills=dict(stage.kills),
            faults=dict(thrown), seconds=round(time.monotonic() - began, 1),
        )  # fmt: skip


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="any by default; it is printed")
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--logs", type=Path, help="a folder for the processes' logs")
    options = parser.parse_args(arguments)
    return chaos(options.seed or random.randrange(1, 10**6), options.posts, options.logs)


if __name__ == "__main__":
    sys.exit(main())
