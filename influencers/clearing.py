"""The last look before requests leave: rows are read again under a lock, and whatever changed since wins.

What is cleared here is marked as being sent in the same transaction; what was stopped, withdrawn, moved or held back
before that transaction is not sent, and what comes after it finds the request gone.
"""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from influencers import accounts, allowances, pacing, spending, stopping
from influencers.claiming import lease
from influencers.models import (
    AccountState,
    BroadcastState,
    Failure,
    Influencer,
    Pledge,
    Post,
    PostKind,
    PostState,
)
from influencers.networks import base

WITHOUT_WORD = timedelta(seconds=3)  # before we ask again whether requests are allowed
AT_THE_CAP = timedelta(minutes=10)  # somebody may raise it
LOOKED_AT = [
    "broadcast__state", "broadcast__at", "broadcast__until", "broadcast__created_at", "case__status", "case__stage", "link__code",
    "pledge__withdrawn_at", "pledge__consented_text", "pledge__influencer__daily_cap",
    "pledge__influencer__quiet_from", "pledge__influencer__quiet_until",
    "account__influencer", "account__network", "account__base_url", "account__state", "account__access_token",
    "account__remote_id", "account__expires_at",
    "id", "network", "kind", "delivery", "text", "state", "due_at", "attempts", "claim", "first_sent_at",
]  # fmt: skip


@dataclass(frozen=True)
class Cleared:
    """A post whose request may leave now, and what it takes."""

    post: Post
    adapter: base.Adapter
    credentials: base.Credentials
    intent: base.Intent


@dataclass(frozen=True)
class Verdict:
    """What becomes of a claimed post: its next state, why it was cancelled or failed, when it is looked at again."""

    state: str
    failure: str = ""
    due_at: datetime | None = None


GO = Verdict(PostState.SENDING)


def clear(posts: Sequence[Post], now: datetime) -> list[Cleared]:
    """Of these claimed posts, those that may leave now, marked as being sent. The others are cancelled, put back to
    wait, or given up, each with its reason; a post that another worker took over is left to it.
    """
    with transaction.atomic():
        rows = _still_ours(posts, now)
        look = _Look(rows, now)
        verdicts = {post: look.verdict(post) for post in rows}
        going = _allowed([post for post, verdict in verdicts.items() if verdict is GO], verdicts, now)
        alike = defaultdict(list)
        for post, verdict in verdicts.items():
            if verdict is not GO:
                alike[verdict].append(post.pk)
        for verdict, ids in alike.items():
            due = {"due_at": verdict.due_at} if verdict.due_at else {}
            Post.objects.filter(pk__in=ids).move_to(
                verdict.state, only_from=[PostState.CLAIMED], failure=verdict.failure, **due
            )
        Post.objects.filter(pk__in=[post.pk for post in going]).move_to(
            PostState.SENDING,
            attempts=F("attempts") + 1,
            lease_until=now + lease(),
            lookups=0,
            first_sent_at=Coalesce("first_sent_at", Value(now)),
        )
    leave_by = time.monotonic() + settings.LEAVES_WITHIN_SECONDS
    for post in going:
        post.first_sent_at = post.first_sent_at or now
    return [
        Cleared(
            post,
            accounts.adapter_for(post.network, post.account.base_url),
            accounts.token_of(post.account),
            replace(intent_of(post, look.canonical.get((post.broadcast_id, post.network))), leave_by=leave_by),
        )
        for post in going
    ]


def _still_ours(posts: Sequence[Post], now: datetime) -> list[Post]:
    mine = Q(pk__in=[post.pk for post in posts], claim__in={post.claim for post in posts})
    return list(
        Post.objects.filter(mine, state=PostState.CLAIMED, lease_until__gt=now)
        .select_related("broadcast", "case", "pledge__influencer", "account", "link")
        .only(*LOOKED_AT)
        .order_by("due_at", "pk")
        .select_for_update(of=("self",))
    )


def _allowed(going: list[Post], verdicts: dict[Post, Verdict], now: datetime) -> list[Post]:
    """Those that the networks' windows and the budgets let go; the others wait."""
    if not going:
        return []
    try:
        waits = allowances.take(going, now)
    except allowances.Unknown:
        waits = {post.pk: WITHOUT_WORD for post in going}
    for post in going:
        if post.pk in waits:
            verdicts[post] = _later(now + waits[post.pk] + _jitter(waits[post.pk]))
    going = [post for post in going if post.pk not in waits]
    paid_for = spending.reserve(going, now)
    for post in going:
        if post.pk not in paid_for:
            verdicts[post] = _later(now + AT_THE_CAP + _jitter(AT_THE_CAP))
    return [post for post in going if post.pk in paid_for]


def _jitter(wait: timedelta) -> timedelta:
    """So that those who waited for the same instant do not all come at that instant."""
    return wait * random.uniform(0, 0.1)  # noqa: S311


def _later(due_at: datetime) -> Verdict:
    return Verdict(PostState.SCHEDULED, due_at=due_at)


class _Look:
    """What the rows of one wave are judged by, read in a constant number of queries."""

    def __init__(self, rows: Sequence[Post], now: datetime):
        self.now = now
        self.stops = stopping.in_force(rows)
        self.canonical = _canonical_posts(rows)
        self.today = _posts_today(rows, now)

    def verdict(self, post: Post) -> Verdict:
        """Cancelled, too late, held back, without its account, over its person's limits, or free to go."""
        now = self.now
        if why := reason_to_cancel(post):
            return Verdict(PostState.CANCELLED, failure=why)
        if post.broadcast.until and post.broadcast.until < now:
            return Verdict(PostState.EXPIRED)
        # Its broadcast may have been moved while its request was on its way.
        if (due_at := max(post.due_at, post.broadcast.at)) > now:
            return _later(due_at)
        if stop := self.stops.on(post):
            if stop.post_id:  # for good
                return Verdict(PostState.CANCELLED, failure=Failure.STOPPED)
            return _later(now + timedelta(seconds=1))
        if post.account.state != AccountState.CONNECTED:
            return Verdict(PostState.FAILED, failure=Failure.AUTH)
        if post.kind == PostKind.REPOST and (post.broadcast_id, post.network) not in self.canonical:
            return _later(now + timedelta(seconds=5))
        if (allowed := self._allowed_from(post)) > now:
            return _later(allowed)
        self.today[post.account.influencer_id] += 1
        return GO

    def _allowed_from(self, post: Post) -> datetime:
        """When the influencer's own limits let this post go: after the quiet hours, under the daily cap."""
        if not post.pledge:
            return self.now
        person, at = post.pledge.influencer, self.now
        if self.today[post.account.influencer_id] >= person.daily_cap:
            at = pacing.same_time_tomorrow(at)
        lag = pacing.MORNING * random.random()  # noqa: S311 - those who wait together do not leave together
        return pacing.out_of_quiet_hours(at, person.quiet_from, person.quiet_until, lag)


def _posts_today(rows: Sequence[Post], now: datetime) -> Counter:
    """Posts that count for each person's daily cap: published today, leaving, or perhaps landed.

    People who have another post in a worker's hands are locked first, so that two workers do not each let their last
    one go.
    """
    ours = {post.pk for post in rows}
    people = {post.account.influencer_id for post in rows if post.account.influencer_id}

    def others() -> list[tuple]:
        published = Q(state=PostState.PUBLISHED, published_at__gte=pacing.start_of_day(now))
        in_hands = Q(state__in=[PostState.CLAIMED, PostState.SENDING, PostState.UNCONFIRMED])
        posts = Post.objects.filter(published | in_hands, account__influencer__in=people).order_by()
        found = posts.values_list("pk", "account__influencer", "state")
        return [(person, state) for pk, person, state in found if pk not in ours]

    if not (busy := {person for person, _state in others()}):
        return Counter()
    list(Influencer.objects.filter(pk__in=busy).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return Counter(person for person, state in others() if state != PostState.CLAIMED)


def _canonical_posts(rows: Sequence[Post]) -> dict[tuple, Post]:
    """The campaign's published post that the reposts of a broadcast carry, by broadcast and network: the first."""
    broadcasts = {post.broadcast_id for post in rows if post.kind == PostKind.REPOST}
    if not broadcasts:
        return {}
    published = Post.objects.filter(
        broadcast__in=broadcasts, kind=PostKind.CANONICAL, state=PostState.PUBLISHED
    ).order_by("-published_at", "-pk")
    return {(post.broadcast_id, post.network): post for post in published}


def reason_to_cancel(post: Post) -> str:
    """Why this post is wanted no more; reads its broadcast, case, pledge and link. Empty while it is."""
    if post.broadcast.state != BroadcastState.SCHEDULED:
        return Failure.STOPPED
    if not post.case.is_running:
        return Failure.CASE_CLOSED
    if post.pledge and (post.pledge.withdrawn_at or not _is_what_was_agreed(post)):
        return Failure.WITHDRAWN
    return ""


def _is_what_was_agreed(post: Post) -> bool:
    if post.kind == PostKind.REPOST:
        return not post.text
    if post.pledge is None or post.link is None:
        return False
    return post.text == post.pledge.consented_text.replace(Pledge.LINK_MARK, post.link.url)


def question(post: Post) -> tuple[base.Adapter, tuple[base.Credentials, base.Intent]]:
    """Whom to ask whether a post landed, and what. Raises what a token's renewal does, and TargetGone."""
    asked = accounts.fresh_credentials(post.account), intent_of(post)
    return accounts.adapter_for(post.network, post.account.base_url), asked


def intent_of(post: Post, canonical: Post | None = None) -> base.Intent:
    """What is asked of the network, the same at each attempt. Raises TargetGone when a repost has no target."""
    target_id = target_url = ""
    if post.kind == PostKind.REPOST:
        canonical = canonical or post.canonical()
        if canonical is None:
            raise base.TargetGone("the campaign's own post is not there")
        target_id, target_url = canonical.remote_id, canonical.remote_url
    link = post.link.url if post.link else ""
    return base.Intent(
        key=str(post.pk),
        text=post.text,
        link=link,
        since=post.broadcast.created_at,
        at=post.first_sent_at,
        repost_of=target_id,
        repost_url=target_url,
    )
