"""Prints one JSON line per figure on standard output, the speeds and their spread on standard error."""

import json
import statistics
import sys
from contextlib import ExitStack

from bench import broadcast as publish
from bench import load
from bench.stage import NotReady, open_stage, serving

ROUNDS = 3
SECONDS = 4
RAW = "raw WSGI constant on the same server"
LOOP = "the same requests in a bare loop, same client and concurrency"
TASK = "one Celery task a post"
NOTHING = "a Celery task that does nothing"
BARE = "bare Django view with the same middleware"


def measure(sides: dict[str, str]) -> dict[str, list[load.Load]]:
    """Press on each side in turn, several times, so that whatever else the machine does falls on all of them."""
    for url in sides.values():
        load.press(url, 1)
    taken: dict[str, list[load.Load]] = {name: [] for name in sides}
    for _round in range(ROUNDS):
        for name, url in sides.items():
            taken[name].append(load.press(url, SECONDS))
    spread(taken)
    return taken


def spread(taken: dict[str, list[load.Load]]) -> None:
    for name, loads in taken.items():
        speeds = sorted(one.per_second for one in loads)
        note(f"  {name}: {statistics.median(speeds):,.0f} a second ({speeds[0]:,.0f} to {speeds[-1]:,.0f})")


def tell(bench: str, taken: dict[str, list[load.Load]], side: str, against: str, goal: float) -> None:
    pairs = zip(taken[side], taken[against], strict=True)
    ratios = sorted(ours.per_second / theirs.per_second for ours, theirs in pairs)
    value = statistics.median(ratios)
    note(f"  {bench}: {value:.4f} ({ratios[0]:.4f} to {ratios[-1]:.4f}), goal {goal}")
    line = {
        "bench": bench,
        "value": round(value, 4),
        "goal": goal,
        "better": "higher",
        "unit": "ratio",
        "against": against,
    }
    print(json.dumps(line), flush=True)


def redirect(site: str, bare: str, raw: str, link) -> None:
    note("redirect: /r/<code>, its click stored in PostgreSQL before the answer")
    from campaigns.models import Click

    url = f"{site}/r/{link.code}"
    load.check(url, 302)
    load.press(url, 1)
    before = Click.objects.count()
    taken = measure({"redirect": url, BARE: f"{bare}/", RAW: f"{raw}/"})
    answered, stored = sum(one.answered for one in taken["redirect"]), Click.objects.count() - before
    if stored < answered:
        raise load.LoadFailed(f"{answered} redirects were answered, but only {stored} clicks were stored")
    tell("redirect", taken, "redirect", RAW, 0.80)
    tell("redirect_django", taken, "redirect", BARE, 2.5)


def page(site: str, bare: str, raw: str, link) -> None:
    note("page: the case page, anonymous")
    url = f"{site}{link.case.get_absolute_url()}"
    load.check(url, 200)
    tell("page", measure({"page": url, BARE: f"{bare}/"}), "page", BARE, 2.0)


def broadcast(site: str, bare: str, raw: str, link) -> None:
    note(f"broadcast: {publish.POSTS} posts through claim, last look, request and commit")
    from django.conf import settings

    with publish.network_that_answers_at_once() as url:
        settings.X_API_URL, settings.NETWORK_PACE = url, {}
        settings.CASE_MONTHLY_CAP_EUROS = settings.MONTHLY_CAP_EUROS = 10**6
        sides = {
            "broadcast": publish.through_the_engine(link.case, url),
            LOOP: publish.in_a_bare_loop(url),
            TASK: publish.one_task_a_post(link.case, url),
            NOTHING: publish.tasks_that_do_nothing(url),
        }
        sides["broadcast"](), sides[LOOP]()  # connections, plans and caches are warm
        taken: dict[str, list[load.Load]] = {name: [] for name in sides}
        for _round in range(ROUNDS):
            for name, run in sides.items():
                taken[name].append(load.Load(publish.POSTS, run()))
    spread(taken)
    tell("broadcast", taken, "broadcast", LOOP, 0.80)
    tell("broadcast_celery", taken, "broadcast", TASK, 12)
    tell("broadcast_no_op", taken, "broadcast", NOTHING, 1)


BENCHES = {"page": page, "redirect": redirect, "broadcast": broadcast}


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(names: list[str]) -> int:
    if unknown := set(names) - set(BENCHES):
        note(f"No bench named {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}.")
        return 2
    note(f"Load by {'wrk' if load.WRK else 'threads of Python (install wrk for steadier figures)'}.")
    with ExitStack() as opened:
        opened.enter_context(open_stage())
        from bench.scene import make_scene

        link = make_scene()
        applications = ("i4emploi_site.wsgi:application", "bench.bare:application", "bench.raw:application")
        urls = [opened.enter_context(serving(application)) for application in applications]
        try:
            for name in names or BENCHES:
                BENCHES[name](*urls, link)
        except (load.LoadFailed, NotReady) as failure:
            note(str(failure))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
