"""What a person who publishes by hand is written: their slot when it is set or moves, and their link when it has come."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core import signing
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import Case
from i4emploi_site.lib import mail
from i4emploi_site.lib.times import long_date
from influencers import slot_calendar, stopping
from influencers.models import BroadcastState, Delivery, Network, Post, PostState

SALT = "post-tap"
AGAIN_AFTER = timedelta(minutes=5)  # a mail that did not leave, or that a worker held when it was killed
BATCH = 200
OWNER_AFTER = timedelta(minutes=10)  # of doubt: the network's own lists had time to tell


def tap_url(post: Post) -> str:
    """A link that opens this one post without signing in; whoever holds the mail holds the post."""
    return f"{settings.SITE_URL}{reverse('post_tap', args=[post.pk])}?t={token_of(post)}"


def check_url(post: Post) -> str:
    """A link that lets its owner say what became of this one post."""
    return f"{settings.SITE_URL}{reverse('post_check', args=[post.pk])}?t={token_of(post)}"


def token_of(post: Post) -> str:
    return signing.dumps(str(post.pk), salt=SALT)


def opens(token: str, post: Post) -> bool:
    try:
        return signing.loads(token, salt=SALT) == str(post.pk)
    except signing.BadSignature:
        return False


def remind(now: datetime) -> int:
    """Send each person whose post is offered to them its link, once. Returns how many mails left.

    One that does not leave changes nothing: the post stays offered on the person's own page, and is told again.
    """
    offered = _not_held(_waiting(now), stopping.in_force()).filter(
        state=PostState.OFFERED,
        reminded_at__isnull=True,
        broadcast__state=BroadcastState.SCHEDULED,
        case__in=Case.objects.running(),
        pledge__withdrawn_at__isnull=True,
    )
    return sum(_told(post, now, partial(_mail_tap, post), {"reminded_at": now}) for post in _read(offered))


def _told(post: Post, now: datetime, mails: Callable[[], bool], note: dict) -> bool:
    """Whether this worker mailed it: it is held first, against all others, and noted once it has left.

    A mail that did not leave, or whose worker was killed, is due again when the hold ends. Only a worker that is killed
    between the two makes it leave twice, with the same content: better than never.
    """
    mine = Post.objects.filter(pk=post.pk)
    as_read = {name: getattr(post, name) for name in ("state", "due_at", "tell_from", "told_times", *note)}
    until = now + AGAIN_AFTER
    if not mine.filter(**as_read).update(tell_from=until) or not mails():
        return False
    mine.filter(tell_from=until).update(**note, tell_from=None)
    return True


def _mail_tap(post: Post) -> bool:
    if post.pledge is None:
        return False
    with translation.override(settings.LANGUAGE_CODE):
        context = {"post": post, "case": post.case, "url": tap_url(post)}
        subject = _("C’est le moment : relayez %(case)s en un geste") % {"case": post.case}
        body = render_to_string("influencers/mail/tap.txt", context)
    return mail.send(post.pledge.influencer.user.email, subject, body, about=f"Reminder of post {post.pk}")


# --- the slot ------------------------------------------------------------------------------------------------------


def tell_slots(now: datetime) -> int:
    """Tell each slot that is new or has moved, and take back each that fell through. Returns how many mails left."""
    told = [_told_slot(post, now, slot_calendar.ASKED) for post in _read(_to_tell(now))]
    taken_back = [_told_slot(post, now, slot_calendar.TAKEN_BACK) for post in _read(_to_take_back(now))]
    return sum(told) + sum(taken_back)


def _to_tell(now: datetime) -> QuerySet[Post]:
    """Of the running cases only: of one that is out of sight, nobody is written anything. What is held has no slot."""
    return _not_held(_waiting(now), stopping.in_force()).filter(
        ~Q(told_slot=F("due_at")) | Q(told_slot__isnull=True),
        state=PostState.SCHEDULED,
        due_at__gt=now,
        broadcast__state=BroadcastState.SCHEDULED,
        case__in=Case.objects.running(),
        pledge__withdrawn_at__isnull=True,
    )


def _to_take_back(now: datetime) -> QuerySet[Post]:
    return _waiting(now).filter(state=PostState.CANCELLED, told_slot__gt=now, case__in=Case.objects.public())


def _not_held(posts: QuerySet[Post], stops: stopping.InForce) -> QuerySet[Post]:
    held = [network for network in Network.values if stops.hold_all(network)]
    return posts.exclude(Q(case__in=stops.cases) | Q(network__in=held))


def _waiting(now: datetime) -> QuerySet[Post]:
    by_hand = Post.objects.filter(delivery=Delivery.TAP, pledge__isnull=False)
    return by_hand.filter(_may_be_told(now))


def _may_be_told(now: datetime) -> Q:
    return Q(tell_from__isnull=True) | Q(tell_from__lte=now)


def _read(posts: QuerySet[Post]) -> QuerySet[Post]:
    return posts.select_related("case__commune", "account", "broadcast", "pledge__influencer__user")[:BATCH]


def _told_slot(post: Post, now: datetime, method: str) -> bool:
    slot = post.due_at if method == slot_calendar.ASKED else None
    note = {"told_slot": slot, "told_times": post.told_times + 1}
    return _told(post, now, partial(_mail_slot, post, now, method), note)


def _mail_slot(post: Post, now: datetime, method: str) -> bool:
    if post.pledge is None:
        return False
    url = tap_url(post)
    with translation.override(settings.LANGUAGE_CODE):
        at = long_date(post.due_at)
        if method == slot_calendar.TAKEN_BACK:
            template, subject = "influencers/mail/slot_gone.txt", _("Rien à publier : %(case)s") % {"case": post.case}
        else:
            template, subject = (
                "influencers/mail/slot.txt",
                _("Votre créneau : %(at)s, pour %(case)s") % {"at": at, "case": post.case},
            )
        context = {"post": post, "case": post.case, "url": url, "at": at, "moved": post.told_slot}
        body = render_to_string(template, context)
        event = slot_calendar.of_post(post, url, now, method)
    return mail.send(
        post.pledge.influencer.user.email, subject, body, about=f"Slot of post {post.pk}",
        attached=("creneau.ics", event, f"text/calendar; method={method}"),
    )  # fmt: skip


# --- a doubt -------------------------------------------------------------------------------------------------------


def ask_owners(now: datetime) -> int:
    """Ask each person, once for each doubt, to look at their profile. Returns how many mails left."""
    in_doubt = Post.objects.filter(
        Q(doubt_told_at__isnull=True) | Q(doubt_told_at__lt=F("doubtful_since")),
        _may_be_told(now),
        state=PostState.UNCONFIRMED,
        doubtful_since__lte=now - OWNER_AFTER,
        pledge__isnull=False,
        case__in=Case.objects.public(),
    )
    return sum(_told(post, now, partial(_mail_doubt, post), {"doubt_told_at": now}) for post in _read(in_doubt))


def _mail_doubt(post: Post) -> bool:
    if post.pledge is None:
        return False
    person = post.pledge.influencer
    with translation.override(settings.LANGUAGE_CODE):
        context = {"post": post, "case": post.case, "person": person, "url": check_url(post)}
        subject = _("Vérifiez votre profil : %(case)s") % {"case": post.case}
        body = render_to_string("influencers/mail/check_profile.txt", context)
    return mail.send(person.user.email, subject, body, about=f"Doubt about post {post.pk}")
