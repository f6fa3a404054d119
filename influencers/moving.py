"""Another hour for a broadcast that is scheduled: what has not left moves along, what has left stays."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import User
from i4emploi_site.lib.times import long_date
from influencers import broadcasting
from influencers.broadcasting import NotReady
from influencers.models import Broadcast, BroadcastMove, BroadcastState, Delivery, Post, PostState

WAITING_STATES = [PostState.SCHEDULED, PostState.CLAIMED]  # whoever claimed a post reads its hour again (`clearing`)


@dataclass(frozen=True)
class Move:
    """What moving a broadcast does: `slots` is the new hour of each post that waits, in the order of these hours."""

    slots: dict[Post, datetime]
    until: datetime  # nothing leaves from then on
    offered: int  # posts whose people were already given their link: they keep it
    left: int  # posts that have left, or perhaps have

    @property
    def first(self) -> datetime:
        return min(self.slots.values())

    @property
    def last(self) -> datetime:
        return max(self.slots.values())

    @property
    def too_late(self) -> int:
        return sum(slot >= self.until for slot in self.slots.values())

    @property
    def by_hand(self) -> int:
        return sum(post.delivery == Delivery.TAP for post in self.slots)


def plan(broadcast: Broadcast, to: datetime, now: datetime) -> Move:
    """What moving it there would do now. Raises NotReady when it may not move there."""
    return _plan(broadcast, to, now, _waiting(broadcast))


def move(broadcast: Broadcast, to: datetime, seen_at: datetime, by: User, now: datetime) -> int | None:
    """Move it, if it still begins when the person saw (`seen_at`). Returns how many posts went along; None when it was
    there already. Raises NotReady, also when somebody else moved it meanwhile.
    """
    with transaction.atomic():
        locked = Broadcast.objects.select_for_update(of=("self",)).select_related("case").get(pk=broadcast.pk)
        if locked.at == to:
            return None
        if locked.at != seen_at:
            raise NotReady(
                _("La diffusion a été décalée entre-temps : elle commence le %(at)s.") % {"at": long_date(locked.at)}
            )
        # In the order in which senders lock them, so that neither waits for the other for ever.
        waiting = list(_waiting(locked).select_for_update(of=("self",)))
        planned = _plan(locked, to, now, waiting)
        for post, slot in planned.slots.items():
            post.due_at = slot
        Post.objects.bulk_update(planned.slots, ["due_at"], batch_size=500)
        BroadcastMove.objects.create(
            broadcast=locked, moved_from=locked.at, moved_to=to, posts=len(planned.slots), by=by
        )
        locked.at, locked.until = to, planned.until
        locked.save(update_fields=["at", "until"])
        broadcasting.plan_drills(locked, now)
    return len(planned.slots)


def _waiting(broadcast: Broadcast):
    waiting = Post.objects.filter(broadcast=broadcast, state__in=WAITING_STATES)
    return waiting.select_related("pledge__influencer").order_by("due_at", "pk")


def _plan(broadcast: Broadcast, to: datetime, now: datetime, waiting) -> Move:
    if broadcast.state != BroadcastState.SCHEDULED:
        raise NotReady(_("Cette diffusion n’est pas programmée : elle ne se décale pas."))
    broadcasting.check_runs(broadcast.case)
    moved = Broadcast(pk=broadcast.pk, case=broadcast.case, at=to, spread_minutes=broadcast.spread_minutes)
    broadcasting.check_ahead(moved, now)
    until = broadcasting.end_of(moved)
    deadline = broadcast.case.milestones.decisive(now)
    if deadline and to >= deadline.at:
        raise NotReady(
            _("L’échéance est le %(at)s : choisissez une heure avant elle.") % {"at": long_date(deadline.at)}
        )
    posts = list(waiting)
    if not posts:
        raise NotReady(_("Plus rien n’attend dans cette diffusion : il n’y a rien à décaler."))
    pledged = sorted((post for post in posts if post.pledge), key=lambda post: post.pledge_id)
    new = dict(zip(pledged, broadcasting.slots_of(moved, [post.pledge for post in pledged]), strict=True))
    slots = {post: new.get(post, to) for post in posts}
    for post in posts:
        if post.attempts:  # its network refused it for a while, and asked for no request before `due_at`
            slots[post] = max(slots[post], post.due_at)
    elsewhere = broadcast.posts.exclude(state__in=WAITING_STATES)
    return Move(
        dict(sorted(slots.items(), key=lambda item: (item[1], item[0].pk))),
        until,
        offered=elsewhere.filter(state=PostState.OFFERED).count(),
        left=elsewhere.filter(state__in=[PostState.SENDING, PostState.UNCONFIRMED, PostState.PUBLISHED]).count(),
    )
