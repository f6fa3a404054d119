"""Who sends which due post: claims that are committed before anything leaves, and that end when their worker dies."""

import socket
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Exists, F, OuterRef

from influencers import stopping
from influencers.models import OPEN_STATES, Broadcast, BroadcastState, Cooldown, Delivery, Failure, Post, PostState

MOST_AT_ONCE = 200  # fewer in a claim leave fewer to hand back when a worker dies


def lease() -> timedelta:
    """How long a worker may hold a post: longer than any request may take."""
    return timedelta(seconds=settings.SEND_LEASE_SECONDS)


@contextmanager
def only_one(network: str) -> Iterator[bool]:
    """Whether this process is the one that sends for the network on this machine: a slow network would otherwise take
    the place of every other. PostgreSQL drops the lock with the connection of a process that died.
    """
    keys = [zlib.crc32(f"publish {network}".encode()) - 2**31, zlib.crc32(socket.gethostname().encode()) - 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", keys)
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", keys)


def claim(network: str, now: datetime) -> list[Post]:
    """Take up to MOST_AT_ONCE due posts, the earliest first. Two claimers never get the same post."""
    if (stops := stopping.in_force()).hold_all(network):
        return []
    waiting = Cooldown.objects.filter(network=network, until__gt=now).values_list("base_url", flat=True)
    if "" in waiting:
        return []
    token = uuid.uuid4()
    due = Post.objects.due(now).filter(
        network=network, delivery=Delivery.API, broadcast__state=BroadcastState.SCHEDULED
    )
    with transaction.atomic():
        ids = list(
            due.exclude(account__base_url__in=waiting)
            .exclude(case__in=stops.cases)
            .order_by("due_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))
            .values_list("pk", flat=True)[:MOST_AT_ONCE]
        )
        Post.objects.filter(pk__in=ids).move_to(PostState.CLAIMED, claim=token, lease_until=now + lease())
    posts = (
        Post.objects.filter(claim=token, state=PostState.CLAIMED)
        .select_related("account")
        .defer("account__refresh_token")
    )
    return list(posts.order_by("due_at", "pk"))


def sweep(now: datetime) -> None:
    """Put right what nobody will come back to, whatever died: claims, requests, posts that are too late."""
    ended = Post.objects.filter(lease_until__lt=now)
    # A claim is not a request: whoever still holds it can no longer send (see `clearing`).
    ended.move_to(PostState.SCHEDULED, only_from=[PostState.CLAIMED], due_at=F("due_at"))
    check_at = now + timedelta(seconds=settings.RECONCILE_AFTER_SECONDS)
    ended.move_to(PostState.UNCONFIRMED, only_from=[PostState.SENDING], due_at=check_at, lookups=0)
    # Its request was on its way while the broadcast was stopped, and the network sent it back: nobody claims it again.
    stopped = Post.objects.filter(broadcast__state=BroadcastState.CANCELLED)
    stopped.move_to(PostState.CANCELLED, only_from=[PostState.SCHEDULED], failure=Failure.STOPPED, detail=F("detail"))
    too_late = Post.objects.filter(broadcast__until__lt=now)
    too_late.move_to(PostState.EXPIRED, only_from=[PostState.SCHEDULED, PostState.OFFERED], detail=F("detail"))
    Cooldown.objects.filter(until__lt=now - timedelta(days=1)).delete()
    close_finished()


def close_finished() -> None:
    """A broadcast is done once none of its posts has anything ahead of it."""
    still_open = Post.objects.filter(broadcast=OuterRef("pk"), state__in=OPEN_STATES)
    Broadcast.objects.filter(~Exists(still_open), state=BroadcastState.SCHEDULED).update(state=BroadcastState.DONE)
