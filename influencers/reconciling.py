"""Did it land? Unconfirmed posts are looked up on their network; only what is proven absent may be sent again."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from influencers import accounts, publishing
from influencers.models import Post, PostState
from influencers.networks import base

logger = logging.getLogger(__name__)

BATCH = 20


def reconcile_due(now: datetime) -> int:
    """Check the unconfirmed posts whose turn has come. Returns how many were looked at."""
    publishing.presume_dead(now)
    next_turn = now + timedelta(seconds=max(settings.RECONCILE_AFTER_SECONDS, 1) * 2)
    with transaction.atomic():
        ids = list(
            Post.objects.filter(state=PostState.UNCONFIRMED, due_at__lte=now)
            .order_by("due_at")
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:BATCH]
        )
        Post.objects.filter(pk__in=ids).update(due_at=next_turn)
    for post in Post.objects.filter(pk__in=ids).select_related("account", "broadcast", "link"):
        _reconcile(post, now)
    return len(ids)


def _reconcile(post: Post, now: datetime) -> None:
    adapter = accounts.adapter_for(post.network, post.account.base_url)
    try:
        intent = publishing.intent_of(post)
        found = adapter.reconcile(accounts.fresh_credentials(post.account), intent)
    except base.AuthExpired:
        _refresh(post)
    except (base.NetworkError, Post.DoesNotExist):
        logger.info("Post %s: cannot be checked yet", post.pk)  # stays unconfirmed, shown to its owner
    except Exception:
        logger.exception("Post %s: the adapter broke; the others are still checked", post.pk)
    else:
        if found:
            publishing.settle_published(post, found, now)
        else:
            publishing.try_later(post, base.Transient("absent du réseau après vérification"), now)


def _refresh(post: Post) -> None:
    try:
        accounts.fresh_credentials(post.account, force=True)
    except base.NetworkError:
        logger.info("Post %s: its account's token cannot be refreshed", post.pk)
