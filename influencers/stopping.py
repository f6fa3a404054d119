"""Stops: recorded with who and why, read again just before every request leaves."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Case, User
from influencers.models import NOT_SENT_STATES, Broadcast, BroadcastState, Failure, Post, PostState, Stop
from influencers.models.post import PostQuerySet

LEAVING_STATES = [PostState.SENDING, PostState.UNCONFIRMED]  # a request left, and nobody can call it back


def stop(
    by: User | None,
    reason: str,
    *,
    network: str = "",
    case: Case | None = None,
    broadcast: Broadcast | None = None,
    post: Post | None = None,
) -> Stop:
    """Hold back everything not yet sent, in the given scope (none given: everywhere).

    A broadcast or a post is stopped for good: what has not left is cancelled. The other stops hold until `lift`.
    """
    with transaction.atomic():
        made = Stop.objects.create(by=by, reason=reason, network=network, case=case, broadcast=broadcast, post=post)
        if broadcast:
            Broadcast.objects.filter(pk=broadcast.pk).exclude(state=BroadcastState.DONE).update(
                state=BroadcastState.CANCELLED
            )
            _cancel(Post.objects.filter(broadcast=broadcast), reason)
        if post:
            _cancel(Post.objects.filter(pk=post.pk), reason)
    return made


def stop_by_itself(network: str, cause: str, answer: str) -> None:
    """The network answered that nothing more of ours will pass: one stop, however many posts were told so."""
    about = {"case": None, "broadcast": None, "post": None, "lifted_at": None}
    Stop.objects.exclude(cause="").get_or_create(
        network=network, **about, defaults={"cause": cause, "reason": answer[:240]}
    )


def _cancel(posts: PostQuerySet, reason: str) -> None:
    posts.move_to(PostState.CANCELLED, only_from=NOT_SENT_STATES, failure=Failure.STOPPED, detail=reason[:500])


def lift(held: Stop) -> None:
    Stop.objects.filter(pk=held.pk, lifted_at__isnull=True).update(lifted_at=timezone.now())


def may_lift(held: Stop, user: User) -> bool:
    """A case's team lifts what its own members stopped; what moderators or the system stopped waits for moderators."""
    return user.is_staff or (held.by is not None and not held.by.is_staff)


class InForce:
    """The stops in force at one look."""

    def __init__(self, stops: Sequence[Stop]):
        self.stops = stops
        self.cases = {stop.case_id for stop in stops if stop.case_id}

    def hold_all(self, network: str) -> bool:
        return any(stop.is_for_all and stop.network in ("", network) for stop in self.stops)

    def on(self, post: Post) -> Stop | None:
        """The stop that holds this post back, if there is one."""
        return next((stop for stop in self.stops if _holds(stop, post)), None)


def explain(posts: Iterable[Post]) -> list[Post]:
    """The posts, each with `.stopped_by`: the stop that holds it back or ended it, or None; in two queries."""
    posts = list(posts)
    now_held = in_force(posts)
    ended = [post for post in posts if post.state == PostState.CANCELLED and post.failure == Failure.STOPPED]
    of_them = Q(post__in=ended) | Q(broadcast__in={post.broadcast_id for post in ended})
    over = InForce(list(Stop.objects.filter(of_them).select_related("by"))) if ended else InForce([])
    for post in posts:
        waits = post.state in NOT_SENT_STATES
        post.stopped_by = over.on(post) if post in ended else now_held.on(post) if waits else None
    return posts


def in_force(posts: Sequence[Post] = ()) -> InForce:
    """Of everything, a network or a case, and of these posts. (A broadcast's stop is its state.)"""
    wide = Q(broadcast__isnull=True, post__isnull=True)
    of_them = Q(post__in=[post.pk for post in posts])
    return InForce(list(Stop.objects.in_force().filter(wide | of_them).select_related("by")))


def reason_to_hold(post: Post) -> Stop | None:
    """The stop in force for this post, if there is one."""
    return in_force([post]).on(post)


def _holds(stop: Stop, post: Post) -> bool:
    if stop.is_for_all:
        return stop.network in ("", post.network)
    return bool((stop.case_id and stop.case_id == post.case_id) or (stop.post_id and stop.post_id == post.pk))
