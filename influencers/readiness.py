"""What a drill found, added up for the team: who is ready, and what may come of it. Everything predicted is estimated."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from influencers import spending
from influencers.models import Broadcast, Delivery, Drill, DrillLine, Post, Readiness

NAMED = 12  # of the ready, so that a thousand names do not hide the five that matter


@dataclass(frozen=True)
class Row:
    """One state, and who is in it; `named` is shorter than `names` where they are too many to read."""

    verdict: Readiness
    names: list[str]

    @property
    def named(self) -> list[str]:
        return self.names[:NAMED] if self.verdict == Readiness.READY else self.names

    @property
    def unnamed(self) -> int:
        return len(self.names) - len(self.named)


@dataclass(frozen=True)
class Reach:
    """Followers of `accounts` accounts, added up; None when nobody's are known. Those of `unknown` more are not known."""

    accounts: int
    followers: int | None
    unknown: int


class Found:
    """One drill, read in one query."""

    def __init__(self, drill: Drill):
        self.drill = drill
        lines = drill.lines.select_related("post__account", "post__pledge__influencer")
        self.lines = list(lines.order_by("post__due_at", "post__pk"))

    @cached_property
    def rows(self) -> list[Row]:
        by_verdict: dict[str, list[str]] = {}
        for line in self.lines:
            by_verdict.setdefault(line.verdict, []).append(name_of(line.post))
        return [Row(verdict, by_verdict[verdict]) for verdict in Readiness if verdict in by_verdict]

    @property
    def total(self) -> int:
        return len(self.lines)

    @cached_property
    def ready(self) -> int:
        return sum(line.verdict == Readiness.READY for line in self.lines)

    @cached_property
    def handed_over(self) -> int:
        return sum(line.fell_back for line in self.lines)

    @property
    def by_api(self) -> Reach:
        return _reach(line for line in self._ready_or_handed if line.delivery == Delivery.API)

    @property
    def by_tap(self) -> Reach:
        return _reach(line for line in self._ready_or_handed if line.delivery == Delivery.TAP)

    @property
    def cost(self) -> int:
        """Micro-euros of the posts that would leave by API."""
        leaving = [line.post for line in self._ready_or_handed if line.delivery == Delivery.API]
        return sum(spending.cost_of_post(post.network, post.kind, post.text) for post in leaving)

    @property
    def _ready_or_handed(self) -> list[DrillLine]:
        """Those handed to their person count with those who post by themselves, unless the network locked them out."""
        return [
            line for line in self.lines
            if line.verdict == Readiness.READY or (line.fell_back and line.verdict != Readiness.LOCKED)
        ]  # fmt: skip


def name_of(post: Post) -> str:
    """As the team's page names them."""
    return f"{post.pledge.influencer}, {post.account}" if post.pledge else str(post.account)


def _reach(lines: Iterable[DrillLine]) -> Reach:
    """The rule of `joining.potential_reach`: duplicates included, and what is unknown is no zero."""
    pledged = [line.followers for line in lines if line.post.pledge_id]
    known = [followers for followers in pledged if followers is not None]
    if not known:
        return Reach(len(pledged), None, 0)
    return Reach(len(known), sum(known), len(pledged) - len(known))


def latest(broadcast: Broadcast) -> Found | None:
    drill = Drill.objects.filter(broadcast=broadcast, finished_at__isnull=False).order_by("-finished_at").first()
    return Found(drill) if drill else None


def next_drill(broadcast: Broadcast) -> Drill | None:
    drill = Drill.objects.filter(broadcast=broadcast, finished_at__isnull=True).order_by("-hours_before").first()
    if drill:
        drill.broadcast = broadcast
    return drill
