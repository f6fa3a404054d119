"""What came of a request, stored: the network's reference before anything else, and each error as what it asks for."""

import logging
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns import figures
from influencers import accounts, allowances, pacing, spending, stopping
from influencers.clearing import reason_to_cancel
from influencers.models import TRANSITIONS, Cooldown, Evidence, Failure, Post, PostKind, PostState, StopCause
from influencers.models.post import PostQuerySet
from influencers.networks import base

logger = logging.getLogger(__name__)

LOOKUPS_OF_A_COPY = 3  # the network says "a copy", its own lists say "absent": after so many looks it is refused

FAILURES: dict[type[base.NetworkError], str] = {
    base.AuthRevoked: Failure.AUTH,
    base.ScopeMissing: Failure.SCOPE,
    base.ContentRejected: Failure.REJECTED,
    base.TargetGone: Failure.TARGET,
    base.AccountLocked: Failure.LOCKED,
}
STOPS_THE_NETWORK = {base.AppSuspended: StopCause.APP, base.OutOfCredit: StopCause.CREDIT}
PERHAPS_CARRIED_OUT = (base.OutcomeUnknown, base.Duplicate, base.SchemaDrift)

# One statement for a wave. A post that was given up for lost and waits again is settled too: it must not leave again.
STORE = """
    UPDATE influencers_post post
    SET state = %(published)s, remote_id = came.remote_id, remote_url = came.url, published_at = %(now)s,
        evidence = %(evidence)s, lease_until = NULL, claim = NULL, failure = '', detail = '',
        next_read_at = CASE WHEN post.kind = %(repost)s OR came.remote_id = '' THEN NULL ELSE %(now)s END
    FROM unnest(%(ids)s::uuid[], %(references)s::text[], %(urls)s::text[]) AS came (id, remote_id, url)
    WHERE post.id = came.id AND post.state = ANY(%(open)s)
    RETURNING post.id, post.case_id
"""
MAY_BE_PUBLISHED = [state for state, nexts in TRANSITIONS.items() if PostState.PUBLISHED in nexts]


def settle_published(
    came: Sequence[tuple[Post, base.Published]], now: datetime, evidence: str = Evidence.ANSWER
) -> set:
    """Store the networks' references. Returns the ids of the posts that nobody had settled before."""
    values = {
        "ids": [str(post.pk) for post, _published in came],
        "references": [published.remote_id for _post, published in came],
        "urls": [published.url for _post, published in came],
        "published": PostState.PUBLISHED.value,
        "repost": PostKind.REPOST.value,
        "open": MAY_BE_PUBLISHED,
        "evidence": str(evidence),
        "now": now,
    }
    try:
        with transaction.atomic():
            settled = _store(values)
            for case_id, number in sorted(Counter(settled.values()).items()):
                figures.add(case_id, posts_published=number)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the caller asks again
    except Exception:
        logger.exception("%s posts published, but the figures were not stored; the references are", len(came))
        settled = _store(values)
    for post, published in came:
        if published.limits:
            allowances.heed(post, published.limits)
    return set(settled)


def _store(values: dict) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        return dict(cursor.fetchall())


def settle_error(post: Post, error: base.NetworkError, now: datetime) -> None:
    """Unknown outcomes are looked up; what was not carried out waits or fails, and costs nothing.

    Only the worker that still holds the post is heard: what became of an attempt that was given up for lost is known
    by looking it up.
    """
    mine = Post.objects.filter(pk=post.pk, claim=post.claim, state__in=[PostState.CLAIMED, PostState.SENDING])
    if isinstance(error, PERHAPS_CARRIED_OUT):
        mine.move_to(
            PostState.UNCONFIRMED,
            due_at=now + timedelta(seconds=settings.RECONCILE_AFTER_SECONDS),
            failure=Failure.DUPLICATE if isinstance(error, base.Duplicate) else "",
            detail=error.detail,
        )
        return
    for kind, failure in FAILURES.items():
        if isinstance(error, kind):
            _unpaid(mine, post, now, PostState.FAILED, failure=failure, detail=error.detail)
            return
    if cause := STOPS_THE_NETWORK.get(type(error)):
        stopping.stop_by_itself(post.network, cause, error.detail)  # the post waits with all the others
    if isinstance(error, base.AuthExpired):
        try:
            accounts.fresh_credentials(post.account, force=True)
        except base.AuthRevoked as revoked:
            _unpaid(mine, post, now, PostState.FAILED, failure=Failure.AUTH, detail=revoked.detail)
            return
        except base.NetworkError as failed:
            error = base.Transient(failed.detail)
    if isinstance(error, base.RateLimited) and error.scope != "account" and error.reset_at:
        _cool_down(post, error.scope, error.reset_at)
    _try_later(mine, post, error, now)


def _cool_down(post: Post, scope: str, until: datetime) -> None:
    base_url = post.account.base_url if scope == "instance" else ""
    Cooldown.objects.update_or_create(network=post.network, base_url=base_url, defaults={"until": until})


def _try_later(mine: PostQuerySet, post: Post, error: base.NetworkError, now: datetime) -> None:
    """The request was not carried out: wait as the network asks. Its broadcast's end ends the waiting."""
    fresh = Post.objects.select_related("broadcast", "case", "pledge", "link").get(pk=post.pk)
    stop = stopping.reason_to_hold(fresh)
    if why := reason_to_cancel(fresh) or (
        Failure.STOPPED if stop and stop.post_id else ""
    ):  # stopped or withdrawn while it was in doubt: it waits for nothing
        _unpaid(mine, post, now, PostState.CANCELLED, failure=why, detail=error.detail)
        return
    wait = pacing.backoff(fresh.attempts)
    if isinstance(error, base.RateLimited) and error.reset_at:
        wait = max(error.reset_at - now, timedelta(seconds=1))
    elif isinstance(error, base.Transient) and error.retry_after:
        wait = timedelta(seconds=error.retry_after)
    due_at = now + wait * random.uniform(1, 1.1)  # noqa: S311 - those who wait together do not come together
    _unpaid(mine, post, now, PostState.SCHEDULED, due_at=due_at, detail=error.detail)


def _unpaid(mine: PostQuerySet, post: Post, now: datetime, state: str, **values) -> None:
    """The network carried nothing out, so nothing is paid; in one transaction, or the price of another attempt could
    be given back.
    """
    with transaction.atomic():
        if mine.move_to(state, **values):
            spending.refund([post.pk], now)


def settle_absent(post: Post, now: datetime) -> None:
    """`post`, unconfirmed when its look began, is proven absent from its network: it may leave again, unless the
    network refuses it as a copy. A look that came too late, after another one, changes nothing.
    """
    mine = Post.objects.filter(pk=post.pk, state=PostState.UNCONFIRMED, lookups=post.lookups)
    if post.failure == Failure.DUPLICATE and post.lookups >= LOOKUPS_OF_A_COPY:
        _unpaid(mine, post, now, PostState.FAILED, failure=Failure.DUPLICATE, detail=post.detail)
        return
    if post.failure == Failure.DUPLICATE:
        return
    _try_later(mine, post, base.Transient("absent du réseau après vérification"), now)
