"""Claim due posts, send each once, settle what came of it.

A claim is committed before any request leaves, no lock is held over the network, and the network's reference is
stored before anything else. What may have landed goes to `reconciling`, never straight back to be sent.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from campaigns import figures
from influencers import accounts, pacing, stopping
from influencers.models import (
    AccountState,
    Broadcast,
    BroadcastState,
    Delivery,
    Failure,
    Pledge,
    Post,
    PostKind,
    PostState,
)
from influencers.networks import base

logger = logging.getLogger(__name__)

IN_FLIGHT = 16  # requests at once; also the size of a claim, so that each leaves right after its last check
LEASE = timedelta(seconds=120)  # longer than any request may take
MOST_ATTEMPTS = 5

FAILURES: dict[type[base.NetworkError], str] = {
    base.AuthRevoked: Failure.AUTH,
    base.ScopeMissing: Failure.SCOPE,
    base.ContentRejected: Failure.REJECTED,
    base.TargetGone: Failure.TARGET,
    base.AccountLocked: Failure.LOCKED,
    base.AppSuspended: Failure.APP,
    base.OutOfCredit: Failure.CREDIT,
}
STOPS_THE_NETWORK = (base.AppSuspended, base.OutOfCredit)


def publish_due(network: str, now: datetime | None = None) -> int:
    """Send everything due on one network. Returns how many posts were claimed."""
    total = 0
    while claimed := claim(network, now or timezone.now()):
        total += len(claimed)
        send(claimed)
    return total


def claim(network: str, now: datetime) -> list[Post]:
    """Mark up to IN_FLIGHT due posts as being sent. Two claimers never get the same post."""
    with transaction.atomic():
        ids = list(
            Post.objects.due(now)
            .filter(network=network, delivery=Delivery.API, broadcast__state=BroadcastState.SCHEDULED)
            .order_by("due_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))
            .values_list("pk", flat=True)[:IN_FLIGHT]
        )
        Post.objects.filter(pk__in=ids, state=PostState.SCHEDULED).update(
            state=PostState.SENDING, lease_until=timezone.now() + LEASE
        )
    return list(Post.objects.filter(pk__in=ids, state=PostState.SENDING))


def send(posts: list[Post]) -> None:
    """Send what was claimed, each after its last look, and settle what came of it."""
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        flying = {}
        for post in posts:
            try:
                job = _cleared(post)
            except base.NetworkError as error:
                settle_error(post, error, timezone.now())
            except Exception as error:  # nothing has left
                logger.exception("Post %s: not cleared; the others still leave", post.pk)
                settle_error(post, base.Transient(type(error).__name__), timezone.now())
            else:
                if job is not None and _still_ours(post):
                    adapter, credentials, intent = job
                    flying[pool.submit(adapter.publish, credentials, intent)] = post
        for future in as_completed(flying):
            _settle(flying[future], future)


def _still_ours(post: Post) -> bool:
    """The lease runs anew from the instant of sending. False when it had ended, and the post was given up for lost."""
    mine = Post.objects.filter(pk=post.pk, state=PostState.SENDING, lease_until=post.lease_until)
    return bool(mine.update(attempts=F("attempts") + 1, lease_until=timezone.now() + LEASE))


def _settle(post: Post, future: Future) -> None:
    """What breaks here breaks for this post alone: its lease ends, and it is looked up before anything else."""
    try:
        try:
            settle_published(post, future.result(), timezone.now())
        except base.NetworkError as error:
            settle_error(post, error, timezone.now())
        except Exception as error:
            logger.exception("Post %s: the adapter broke", post.pk)
            settle_error(post, base.OutcomeUnknown(type(error).__name__), timezone.now())
    except Exception:
        logger.exception("Post %s: what came of it was not stored", post.pk)


def _cleared(post: Post) -> tuple | None:
    """The last look before a request leaves: rows are read again, and whatever changed since wins.

    Tokens are refreshed first, because that may take as long as a network likes.
    """
    try:
        credentials = accounts.fresh_credentials(post.account)
    except base.NetworkError as error:  # nothing was posted: only the token's refresh failed
        not_carried_out = error if isinstance(error, base.AuthRevoked) else base.Transient(error.detail)
        settle_error(post, not_carried_out, timezone.now())
        return None
    now = timezone.now()
    post = Post.objects.select_related("broadcast", "case", "pledge__influencer", "account", "link").get(pk=post.pk)
    if post.state != PostState.SENDING:
        return None
    if why := _reason_to_cancel(post):
        _leave(post, PostState.CANCELLED, failure=why)
        return None
    if post.due_at > now or stopping.reason_to_hold(post):
        _leave(post, PostState.SCHEDULED, due_at=max(post.due_at, now + timedelta(seconds=1)))
        return None
    if post.account.state != AccountState.CONNECTED:
        _leave(post, PostState.FAILED, failure=Failure.AUTH)
        return None
    if (allowed := _allowed_from(post, now)) > now:
        _leave(post, PostState.SCHEDULED, due_at=allowed)
        return None
    return accounts.adapter_for(post.network, post.account.base_url), credentials, intent_of(post)


def _reason_to_cancel(post: Post) -> str:
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


def _allowed_from(post: Post, now: datetime) -> datetime:
    """When the influencer's own limits let this post go: after the quiet hours, under the daily cap."""
    if not post.pledge:
        return now
    influencer = post.pledge.influencer
    today = Post.objects.filter(
        account__influencer=influencer, state=PostState.PUBLISHED, published_at__gte=pacing.start_of_day(now)
    ).exclude(pk=post.pk)
    others = Post.objects.filter(account__influencer=influencer).exclude(pk=post.pk)
    maybe_landed = others.filter(Q(state=PostState.UNCONFIRMED) | Q(state=PostState.SENDING, pk__lt=post.pk))
    if today.count() + maybe_landed.count() >= influencer.daily_cap:
        tomorrow = pacing.same_time_tomorrow(now)
        return pacing.out_of_quiet_hours(tomorrow, influencer.quiet_from, influencer.quiet_until)
    return pacing.out_of_quiet_hours(now, influencer.quiet_from, influencer.quiet_until)


def intent_of(post: Post) -> base.Intent:
    target_id = target_url = ""
    if post.kind == PostKind.REPOST:
        canonical = post.canonical()
        if canonical is None:
            raise base.TargetGone("the campaign's own post is not there")
        target_id, target_url = canonical.remote_id, canonical.remote_url
    link = post.link.url if post.link else ""
    return base.Intent(str(post.pk), post.text, link, post.broadcast.created_at, target_id, target_url)


def settle_published(post: Post, published: base.Published, now: datetime) -> bool:
    """Store the network's reference. Returns False if the post was already settled by somebody else.

    A post that was given up for lost and is waiting again is settled too: it must not leave a second time.
    """
    values = {
        "state": PostState.PUBLISHED,
        "remote_id": published.remote_id,
        "remote_url": published.url,
        "published_at": now,
        "lease_until": None,
        "failure": "",
        "detail": "",
        "next_read_at": None if post.kind == PostKind.REPOST else now,
    }
    open_states = [PostState.SENDING, PostState.UNCONFIRMED, PostState.SCHEDULED]
    mine = Post.objects.filter(pk=post.pk, state__in=open_states)
    try:
        with transaction.atomic():
            if not mine.update(**values):
                return False
            figures.add(post.case_id, posts_published=1)
    except Exception:
        logger.exception("Post %s: published, but its figures were not stored; the reference is", post.pk)
        mine.update(**values)
    _close_if_finished(post.broadcast_id)
    return True


def settle_error(post: Post, error: base.NetworkError, now: datetime) -> None:
    if isinstance(error, base.OutcomeUnknown | base.Duplicate | base.SchemaDrift):
        check_at = now + timedelta(seconds=settings.RECONCILE_AFTER_SECONDS)
        _leave(post, PostState.UNCONFIRMED, due_at=check_at, detail=error.detail)
        return
    for kind, failure in FAILURES.items():
        if isinstance(error, kind):
            _leave(post, PostState.FAILED, failure=failure, detail=error.detail)
            if isinstance(error, STOPS_THE_NETWORK):
                stopping.stop(None, f"{type(error).__name__}: {error.detail}"[:240], network=post.network)
            return
    if isinstance(error, base.AuthExpired):
        try:
            accounts.fresh_credentials(post.account, force=True)
        except base.AuthRevoked as revoked:
            _leave(post, PostState.FAILED, failure=Failure.AUTH, detail=revoked.detail)
            return
        except base.NetworkError as failed:
            error = base.Transient(failed.detail)
    try_later(post, error, now)


def try_later(post: Post, error: base.NetworkError, now: datetime) -> None:
    """The request was not carried out: wait as the network asks, and give up after MOST_ATTEMPTS."""
    fresh = Post.objects.select_related("broadcast", "case", "pledge", "link").get(pk=post.pk)
    if why := _reason_to_cancel(fresh):  # stopped or withdrawn while it was in doubt: it waits for nothing
        _leave(post, PostState.CANCELLED, failure=why, detail=error.detail)
        return
    attempts = fresh.attempts
    if attempts >= MOST_ATTEMPTS:
        _leave(post, PostState.FAILED, failure=Failure.GAVE_UP, detail=error.detail)
        return
    wait_until = now + pacing.backoff(attempts)
    if isinstance(error, base.RateLimited) and error.reset_at:
        wait_until = max(error.reset_at, now + timedelta(seconds=1))
    elif isinstance(error, base.Transient) and error.retry_after:
        wait_until = now + timedelta(seconds=error.retry_after)
    _leave(post, PostState.SCHEDULED, due_at=wait_until, detail=error.detail)


def _leave(post: Post, state: str, **values) -> None:
    """Move a post that is being sent (or checked) to `state`, unless somebody else did."""
    Post.objects.filter(pk=post.pk, state__in=[PostState.SENDING, PostState.UNCONFIRMED]).update(
        state=state, lease_until=None, **{"failure": "", "detail": ""} | values
    )
    if state in (PostState.FAILED, PostState.CANCELLED):
        _close_if_finished(post.broadcast_id)


def _close_if_finished(broadcast_id: int) -> None:
    open_states = [PostState.SCHEDULED, PostState.SENDING, PostState.UNCONFIRMED, PostState.OFFERED]
    if not Post.objects.filter(broadcast=broadcast_id, state__in=open_states).exists():
        Broadcast.objects.filter(pk=broadcast_id, state=BroadcastState.SCHEDULED).update(state=BroadcastState.DONE)


def presume_dead(now: datetime) -> int:
    """Posts whose worker vanished may have landed: they become unconfirmed, to be looked up once the network's own
    lists have caught up. Returns how many.
    """
    check_at = now + timedelta(seconds=settings.RECONCILE_AFTER_SECONDS)
    return Post.objects.filter(state=PostState.SENDING, lease_until__lt=now).update(
        state=PostState.UNCONFIRMED, lease_until=None, due_at=check_at
    )


def offer_taps(now: datetime) -> list[Post]:
    """Due posts that the person sends: marked as offered, once each, and returned for their reminder to be mailed."""
    offered = []
    due = Post.objects.due(now).filter(delivery=Delivery.TAP, broadcast__state=BroadcastState.SCHEDULED)
    for post in due.select_related("broadcast", "case", "pledge__influencer__user", "account", "link"):
        if why := _reason_to_cancel(post):
            Post.objects.filter(pk=post.pk, state=PostState.SCHEDULED).update(state=PostState.CANCELLED, failure=why)
        elif not stopping.reason_to_hold(post):
            mine = Post.objects.filter(pk=post.pk, state=PostState.SCHEDULED)
            if mine.update(state=PostState.OFFERED):
                offered.append(post)
        _close_if_finished(post.broadcast_id)
    return offered
