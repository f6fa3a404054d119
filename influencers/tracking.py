"""Read the posts' public counters in full batches, keep them as a series, move the case's figures by what changed."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from campaigns import figures
from influencers import accounts, polling, prices, spending
from influencers.models import AccountState, NetworkAccount, Post, PostMetric, PostState
from influencers.networks import base

logger = logging.getLogger(__name__)

BATCH = 200
YOUNG = timedelta(minutes=30)
HOLD = timedelta(minutes=2)  # while one worker reads, no other takes the same posts


def read_due(network: str, now: datetime) -> int:
    """Read the posts of one network whose turn has come. Returns how many readings were stored."""
    with transaction.atomic():
        ids = list(
            Post.objects.filter(
                network=network, state=PostState.PUBLISHED, deleted_at__isnull=True, next_read_at__lte=now
            )
            .order_by("next_read_at")
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:BATCH]
        )
        Post.objects.filter(pk__in=ids).update(next_read_at=now + HOLD)
    by_instance = defaultdict(list)
    for post in Post.objects.filter(pk__in=ids).select_related("account"):
        by_instance[post.account.base_url].append(post)
    return sum(_read(network, base_url, posts, now) for base_url, posts in by_instance.items())


def _read(network: str, base_url: str, posts: list[Post], now: datetime) -> int:
    whose = reader(network, base_url)
    if whose is None:
        return 0
    adapter = accounts.adapter_for(network, base_url)
    stored = 0
    size = adapter.capabilities.batch
    for start in range(0, len(posts), size):
        batch = {post.remote_id: post for post in posts[start : start + size]}
        try:
            readings = adapter.metrics(accounts.fresh_credentials(whose), list(batch))
        except base.NetworkError as error:
            logger.warning("%s: %s posts not read: %r", base_url, len(batch), error)
            continue
        except Exception:
            logger.exception("%s: the adapter broke; the other batches are still read", base_url)
            continue
        _count(network, batch, readings, now)
        for reading in readings:
            if post := batch.get(reading.remote_id):
                try:
                    stored += store(post, reading, now)
                    del batch[reading.remote_id]
                except Exception:
                    logger.exception("Post %s: its reading was not stored", post.pk)
        _read_again(batch.values(), now)
    return stored


def _read_again(absent: Iterable[Post], now: datetime) -> None:
    """A network's lists lag behind its writes: what was published a moment ago is absent for a moment."""
    for post in absent:
        young = post.published_at and now - post.published_at < YOUNG
        wait = timedelta(minutes=2) if young else timedelta(hours=6)
        Post.objects.filter(pk=post.pk).update(next_read_at=now + wait)


def _count(network: str, batch: dict[str, Post], readings: list[base.Metrics], now: datetime) -> None:
    """What the network charges for what it answered."""
    read = [batch[remote_id] for remote_id in {reading.remote_id for reading in readings} & batch.keys()]
    charged = Counter[int | None](post.case_id for post in read if spending.is_charged(post.read_at, now))
    spending.record_reads(network, prices.POST_READ, charged, now)


def reader(network: str, base_url: str) -> NetworkAccount | None:
    """The account whose token reads: the campaign's own before anybody else's."""
    connected = NetworkAccount.objects.filter(network=network, base_url=base_url, state=AccountState.CONNECTED)
    return connected.of_campaign().first() or connected.first()


def store(post: Post, reading: base.Metrics, now: datetime) -> bool:
    """One reading: the row of the series, the latest counters, and the case's figures, in one transaction."""
    speed = settings.METRICS_SPEED
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post.pk)
        if post.read_at and post.read_at >= now:
            return False
        counters = {
            "impressions": reading.impressions,
            "likes": reading.likes,
            "reposts": reading.reposts,
            "replies": reading.replies,
        }
        PostMetric.objects.create(post=post, at=now, **counters)
        known = {name: value for name, value in counters.items() if value is not None}
        first_measure = post.impressions is None and reading.impressions is not None
        grown = None if reading.impressions is None else reading.impressions - (post.impressions or 0)
        Post.objects.filter(pk=post.pk).update(
            read_at=now, next_read_at=polling.next_read(post.published_at or now, now, speed), **known
        )
        figures.add(post.case_id, delivered=grown, posts_measured=int(first_measure), read_at=now)
    return True
