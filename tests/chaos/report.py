"""What a run says of itself: the rows that are wrong, a table, and one JSON line."""

import json
import sys
from collections import Counter

from influencers.models import OPEN_STATES, Post
from tests.chaos.verdict import Verdict

MOST_ROWS = 20  # of each kind


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def unsettled() -> int:
    return Post.objects.filter(state__in=OPEN_STATES).count()


def states() -> str:
    counted = Counter(Post.objects.values_list("network", "state"))
    return ", ".join(f"{network} {state} {number}" for (network, state), number in sorted(counted.items()))


def tell(name: str, verdict: Verdict, open_posts: int, **more: object) -> int:
    """Returns the process's exit code."""
    for rows in verdict.found.values():
        for row in rows[:MOST_ROWS]:
            note(row)
    passed = verdict.holds and not open_posts
    result = {name: "passed" if passed else "failed", **more, **verdict.counts(), "unsettled": open_posts}
    for what, value in result.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {number}" for key, number in sorted(value.items()))
        note(f"  {what:18} {value}")
    print(json.dumps(result), flush=True)
    return 0 if passed else 1
