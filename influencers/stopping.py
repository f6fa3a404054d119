"""Stops: recorded with who and why, read again just before every request leaves."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Case, User
from influencers.models import Broadcast, BroadcastState, Failure, Post, PostState, Stop


def stop(
    by: User | None, reason: str, *, network: str = "", case: Case | None = None, broadcast: Broadcast | None = None
) -> Stop:
    """Hold back everything not yet sent, in the given scope (none given: everywhere).

    A broadcast is stopped for good: its posts are cancelled. The other stops hold until `lift`.
    """
    with transaction.atomic():
        made = Stop.objects.create(by=by, reason=reason, network=network, case=case, broadcast=broadcast)
        if broadcast:
            Broadcast.objects.filter(pk=broadcast.pk).exclude(state=BroadcastState.DONE).update(
                state=BroadcastState.CANCELLED
            )
            broadcast.posts.filter(state__in=[PostState.SCHEDULED, PostState.OFFERED]).update(
                state=PostState.CANCELLED, failure=Failure.STOPPED, detail=reason[:500]
            )
    return made


def lift(held: Stop) -> None:
    Stop.objects.filter(pk=held.pk, lifted_at__isnull=True).update(lifted_at=timezone.now())


def reason_to_hold(post: Post) -> Stop | None:
    """The stop in force for this post, if there is one."""
    nowhere = Q(network="", case__isnull=True, broadcast__isnull=True)
    network = Q(network=post.network, case__isnull=True, broadcast__isnull=True)
    scope = (
        nowhere | network | Q(case=post.case_id) & Q(network__in=["", post.network]) | Q(broadcast=post.broadcast_id)
    )
    return Stop.objects.in_force().filter(scope).first()
