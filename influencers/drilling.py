"""Readiness drills: before a broadcast, each account that is to post is looked at once, and what cannot leave by the
network's API is handed to its owner in time.

Rows are the queue: a drill is due by its broadcast's date as it stands now, what was found is stored batch by batch, and
a drill whose worker died is taken up where it stopped.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from influencers import accounts, pacing, prices, spending
from influencers.models import (
    LAST_DRILL,
    AccountState,
    Delivery,
    Drill,
    DrillLine,
    NetworkAccount,
    Post,
    PostState,
    Readiness,
)
from influencers.networks import base

logger = logging.getLogger(__name__)

IN_FLIGHT = 16  # accounts looked at together
LEASE = timedelta(minutes=3)  # longer than a batch of looks may take; each batch begins it anew
LONGEST_RUN_SECONDS = 120  # then the next wake-up goes on, well before the task's time limit
PATIENCE = timedelta(minutes=30)  # with a network that says that we ask too often, and with what could not be stored
SILENCES = 5  # in a row, from one instance: it is not asked again in this run
OLD = timedelta(days=7)  # of a count of followers whose reading is paid for

VERDICTS: dict[type[base.NetworkError], str] = {
    base.AuthRevoked: Readiness.EXPIRED,
    base.AuthExpired: Readiness.EXPIRED,
    base.AppUnknown: Readiness.EXPIRED,
    base.ScopeMissing: Readiness.EXPIRED,
    base.AccountLocked: Readiness.LOCKED,
    base.AppSuspended: Readiness.REFUSED,
    base.OutOfCredit: Readiness.REFUSED,
    base.Transient: Readiness.SILENT,
    base.RateLimited: Readiness.SILENT,
    base.OutcomeUnknown: Readiness.SILENT,
    base.SchemaDrift: Readiness.UNCLEAR,
    base.ContentRejected: Readiness.UNCLEAR,
    base.TargetGone: Readiness.UNCLEAR,
    base.Duplicate: Readiness.UNCLEAR,
}
CANNOT_POST = (Readiness.EXPIRED, Readiness.LOCKED)  # the person can, from their own application


@dataclass(frozen=True)
class Look:
    """What one look at an account found. `token` is the one that was tried, `profile` what the network then told."""

    verdict: str
    token: str = field(default="", repr=False)
    profile: base.Profile | None = None
    too_often: bool = False  # the network asked us to come back later


def run_due(now: datetime) -> int:
    """Run the drills that are due, until the time of one wake-up is spent. Returns how many were finished.

    Of several that are due for one broadcast, the latest says all that the others would.
    """
    ends_at = time.monotonic() + LONGEST_RUN_SECONDS
    latest: dict[int, Drill] = {}
    for drill in Drill.objects.due(now).select_related("broadcast").order_by("broadcast__at", "hours_before"):
        if latest.setdefault(drill.broadcast_id, drill) is not drill:
            Drill.objects.due(now).filter(pk=drill.pk).delete()
    return sum(_claim(drill, now) and _run(drill, ends_at) for drill in latest.values())


def _claim(drill: Drill, now: datetime) -> bool:
    """False when another worker has it."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    mine = Drill.objects.filter(free, pk=drill.pk, finished_at__isnull=True)
    if not mine.update(lease_until=now + LEASE, at=Coalesce(F("at"), now)):
        return False
    drill.refresh_from_db(fields=["lease_until", "at"])
    return True


def _keep(drill: Drill) -> bool:
    """The lease runs anew. False when it had ended, and another worker took the drill up."""
    until = timezone.now() + LEASE
    kept = Drill.objects.filter(pk=drill.pk, lease_until=drill.lease_until).update(lease_until=until)
    drill.lease_until = until
    return bool(kept)


def _run(drill: Drill, ends_at: float) -> bool:
    """Look at what was not looked at yet. False while something is left for the next wake-up."""
    posts = list(
        Post.objects.filter(broadcast=drill.broadcast_id, state=PostState.SCHEDULED)
        .exclude(drill_lines__drill=drill)
        .select_related("account", "pledge__influencer")
        .order_by("due_at", "pk")
    )
    capped, silence, left = over_cap(posts), _Silence(), False
    for start in range(0, len(posts), IN_FLIGHT):
        if not _keep(drill):
            return False
        if time.monotonic() > ends_at:
            return _finish(drill, left=True)
        batch = posts[start : start + IN_FLIGHT]
        for post, look in _looks(drill, batch, silence):
            patient = timezone.now() < (drill.at or timezone.now()) + PATIENCE
            busy = look.too_often and patient
            if busy or (not _store(drill, post, look, post.pk in capped) and patient):
                left = True
    return _finish(drill, left)


def _finish(drill: Drill, left: bool) -> bool:
    mine = Drill.objects.filter(pk=drill.pk, lease_until=drill.lease_until)
    if left:
        mine.update(lease_until=None)
        return False
    if not drill.lines.exists():  # everything was stopped, withdrawn or had left: there is nothing to tell
        mine.delete()
        return False
    return bool(mine.update(finished_at=timezone.now(), lease_until=None))


# --- one look ---------------------------------------------------------------------------------------------------------


class _Silence:
    """The instances that answered nothing several times in a row: a whole broadcast must not wait for one of them."""

    def __init__(self) -> None:
        self.in_a_row: dict[str, list[Look]] = {}

    def heard(self, post: Post, look: Look) -> None:
        row = self.in_a_row.setdefault(post.account.base_url, [])
        if look.verdict == Readiness.SILENT:
            row.append(look)
        else:
            row.clear()

    def of(self, post: Post) -> Look | None:
        row = self.in_a_row.get(post.account.base_url, [])
        return replace(row[-1], token="") if len(row) >= SILENCES else None


def _looks(drill: Drill, batch: Sequence[Post], silence: _Silence) -> list[tuple[Post, Look]]:
    known = {post: silence.of(post) for post in batch}
    asked = [post for post in batch if known[post] is None]
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        found = list(zip(asked, pool.map(lambda post: _look_in_thread(drill, post), asked), strict=True))
    for post, look in found:
        silence.heard(post, look)
    return [*found, *((post, look) for post, look in known.items() if look)]


def _look_in_thread(drill: Drill, post: Post) -> Look:
    try:
        asks = _asks(drill, post)
        if post.delivery == Delivery.TAP and not asks:
            return Look(Readiness.READY)
        return look_at(post.account, asks=asks)
    except Exception:
        logger.exception("Account %s: the look at it broke; the others are still looked at", post.account_id)
        return Look(Readiness.UNCLEAR)
    finally:
        connection.close()  # this thread's own


def _asks(drill: Drill, post: Post) -> bool:
    """Whether the network is asked who the account is: each time, where that is free and the post leaves by API; always
    for followers that are unknown or old. X wants a cent for each person: there, a post by API is worth it in the last
    hour only. Before, its token is renewed (they live two hours), which costs nothing and tells whether the person took
    their consent back.
    """
    account = post.account
    read_at = account.followers_read_at if account.followers is not None else None
    if read_at is None or read_at < timezone.now() - OLD:
        return True
    free = account.network not in prices.PAID_NETWORKS
    return post.delivery == Delivery.API and (free or drill.hours_before == LAST_DRILL)


def look_at(account: NetworkAccount, *, asks: bool) -> Look:
    """Could this account post now? A token that was refused is renewed once, and tried again."""
    if account.state != AccountState.CONNECTED:
        return Look(Readiness.EXPIRED, account.access_token)
    token = account.access_token
    adapter = accounts.adapter_for(account.network, account.base_url)
    try:
        credentials = accounts.fresh_credentials(account)
        token = credentials.access_token
        if not asks:
            return Look(Readiness.READY, token)
        try:
            profile = adapter.me(credentials)
        except base.AuthExpired:
            account.access_token = token  # what was refused, so that it is what gets renewed
            credentials = accounts.fresh_credentials(account, force=True)
            token = credentials.access_token
            profile = adapter.me(credentials)
    except base.NetworkError as error:
        verdict = next(verdict for kind, verdict in VERDICTS.items() if isinstance(error, kind))
        return Look(verdict, token, too_often=isinstance(error, base.RateLimited))
    return Look(Readiness.READY, token, profile)


def over_cap(posts: Iterable[Post]) -> set:
    """Those that their person's daily cap puts off to another day, in the order in which posts are due by API."""
    mine = [post for post in posts if post.pledge and post.delivery == Delivery.API]
    if not mine:
        return set()
    caps = {post.pledge.influencer_id: post.pledge.influencer.daily_cap for post in mine if post.pledge}
    first = pacing.start_of_day(min(post.due_at for post in mine))
    last = pacing.start_of_day(max(post.due_at for post in mine)) + timedelta(days=1)
    waits = Q(
        state__in=[PostState.SCHEDULED, PostState.CLAIMED, PostState.SENDING, PostState.UNCONFIRMED], delivery=Delivery.API,
        due_at__gte=first, due_at__lt=last,
    )  # fmt: skip
    posted = Q(state=PostState.PUBLISHED, published_at__gte=first)
    rows = Post.objects.filter(waits | posted, account__influencer__in=caps).order_by(
        F("published_at").asc(nulls_last=True), "due_at", "pk"
    )
    that_day: dict[tuple, list] = {}
    for pk, influencer, due_at, published_at in rows.values_list("pk", "account__influencer", "due_at", "published_at"):
        that_day.setdefault((influencer, pacing.start_of_day(published_at or due_at)), []).append(pk)
    beyond = {pk for (influencer, _day), ids in that_day.items() for pk in ids[caps[influencer] :]}
    return {post.pk for post in mine} & beyond


# --- what becomes of it -------------------------------------------------------------------------------------------------


def _store(drill: Drill, post: Post, look: Look, over: bool) -> bool:
    """One line, and what follows from it; what breaks here breaks for this post alone: False."""
    try:
        _keep_profile(post, look)
        with transaction.atomic():
            account = NetworkAccount.objects.select_for_update().get(pk=post.account_id)
            verdict = _verdict(post, account, look, over)
            fell = drill.hours_before == LAST_DRILL and verdict in CANNOT_POST and _hand_over(post)
            found = {
                "verdict": verdict,
                "delivery": Delivery.TAP if fell else post.delivery,
                "fell_back": fell,
                "followers": account.followers,
            }
            DrillLine.objects.get_or_create(drill=drill, post=post, defaults=found)
    except Exception:
        logger.exception("Post %s: what its drill found was not stored", post.pk)
        return False
    return True


def _keep_profile(post: Post, look: Look) -> None:
    if look.profile is None:
        return
    now, account = timezone.now(), post.account
    spending.record_profile_read(account.network, account.base_url, account.remote_id, now)
    if look.profile.followers is not None:
        accounts.keep_followers(account, look.profile.followers, now)


def _verdict(post: Post, account: NetworkAccount, look: Look, over: bool) -> str:
    """A person who posts by themselves needs no token of ours; one who reconnected meanwhile is connected."""
    by_tap = post.delivery == Delivery.TAP and look.verdict != Readiness.LOCKED
    reconnected = account.state == AccountState.CONNECTED and account.access_token != look.token
    if by_tap or (look.verdict == Readiness.EXPIRED and reconnected):
        return Readiness.READY
    return Readiness.CAPPED if over and look.verdict == Readiness.READY else look.verdict


def _hand_over(post: Post) -> bool:
    """The person gets the one-tap link at their slot, unless the post left meanwhile. The campaign's own has nobody."""
    mine = Post.objects.filter(pk=post.pk, state=PostState.SCHEDULED, delivery=Delivery.API, pledge__isnull=False)
    return bool(mine.update(delivery=Delivery.TAP))
