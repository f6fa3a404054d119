"""Did it land? Unconfirmed posts are looked up on their network; only what is proven absent may be sent again."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from influencers import accounts, clearing, pacing, settling, spending
from influencers.models import Evidence, Post, PostState
from influencers.networks import base
from influencers.networks.reading import Counted

logger = logging.getLogger(__name__)

BATCH = 40
AT_ONCE = 8


def reconcile_due(now: datetime) -> int:
    """Check the unconfirmed posts whose turn has come. Returns how many were looked at."""
    with transaction.atomic():
        turn = list(
            Post.objects.filter(state=PostState.UNCONFIRMED, due_at__lte=now)
            .order_by("due_at")
            .select_for_update(skip_locked=True)
            .values_list("pk", "lookups")[:BATCH]
        )
        for pk, lookups in turn:  # each look that proves nothing makes the next one later
            wait = max(pacing.backoff(lookups + 1), timedelta(seconds=settings.RECONCILE_AFTER_SECONDS))
            Post.objects.filter(pk=pk).update(due_at=now + wait, lookups=F("lookups") + 1)
    posts = Post.objects.filter(pk__in=[pk for pk, _lookups in turn], state=PostState.UNCONFIRMED)
    looks = [look for post in posts.select_related("account", "broadcast", "link") if (look := _prepared(post))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asking = [(post, Counted(adapter.reconcile), asked) for post, adapter, asked in looks]
        flying = [(post, ask, pool.submit(ask, *asked)) for post, ask, asked in asking]
        for post, ask, future in flying:
            try:
                _settle(post, future.result(), now)
            except base.AuthExpired:
                _refresh(post)
            except base.NetworkError as error:
                logger.info("Post %s: cannot be checked yet: %r", post.pk, error)  # stays unconfirmed, shown
            except Exception:
                logger.exception("Post %s: the adapter broke; the others are still checked", post.pk)
            spending.record_looks(post, ask.read, now)
    return len(turn)


def _prepared(post: Post) -> tuple | None:
    """(post, its adapter, what to ask it); the database is read here, not in the threads."""
    try:
        return post, *clearing.question(post)
    except base.NetworkError as error:
        logger.info("Post %s: cannot be checked yet: %r", post.pk, error)
        return None


def _settle(post: Post, found: base.Published | None, now: datetime) -> None:
    if found:
        settling.settle_published([(post, found)], now, Evidence.LOOKUP)
    else:
        settling.settle_absent(post, now)


def _refresh(post: Post) -> None:
    try:
        accounts.fresh_credentials(post.account, force=True)
    except base.NetworkError:
        logger.info("Post %s: its account's token cannot be refreshed", post.pk)
