"""What a person who publishes by hand is written: their slot when it is set or moves, and their link when it has come."""

from datetime import datetime, timedelta

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
from influencers.models import BroadcastState, Delivery, Influencer, Network, Post, PostState

SALT = "post-tap"
AGAIN_AFTER = timedelta(minutes=5)  # a mail that did not leave
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


def remind(post: Post) -> None:
    """A mail that does not leave changes nothing: the post stays offered on the person's own page."""
    if post.pledge is None:
        return  # the campaign's own posts always go by API: there is nobody to remind
    context = {"post": post, "case": post.case, "url": tap_url(post)}
    subject = _("C’est le moment : relayez %(case)s en un geste") % {"case": post.case}
    body = render_to_string("influencers/mail/tap.txt", context)
    mail.send(post.pledge.influencer.user.email, subject, body, about=f"Reminder of post {post.pk}")


# --- the slot ------------------------------------------------------------------------------------------------------


def tell_slots(now: datetime) -> int:
    """Tell each slot that is new or has moved, and take back each that fell through. Returns how many mails left."""
    told = [_told(post, now, slot_calendar.ASKED) for post in _read(_to_tell(now))]
    taken_back = [_told(post, now, slot_calendar.TAKEN_BACK) for post in _read(_to_take_back(now))]
    return sum(told) + sum(taken_back)


def _to_tell(now: datetime) -> QuerySet[Post]:
    """Of the running cases only: of one that is out of sight, nobody is written anything. What is held has no slot."""
    stops = stopping.in_force()
    held = [network for network in Network.values if stops.hold_all(network)]
    return (
        _waiting(now)
        .exclude(Q(case__in=stops.cases) | Q(network__in=held))
        .filter(
            ~Q(told_slot=F("due_at")) | Q(told_slot__isnull=True),
            state=PostState.SCHEDULED,
            due_at__gt=now,
            broadcast__state=BroadcastState.SCHEDULED,
            case__in=Case.objects.running(),
            pledge__withdrawn_at__isnull=True,
        )
    )


def _to_take_back(now: datetime) -> QuerySet[Post]:
    return _waiting(now).filter(state=PostState.CANCELLED, told_slot__gt=now, case__in=Case.objects.public())


def _waiting(now: datetime) -> QuerySet[Post]:
    by_hand = Post.objects.filter(delivery=Delivery.TAP, pledge__isnull=False)
    return by_hand.filter(Q(tell_from__isnull=True) | Q(tell_from__lte=now))


def _read(posts: QuerySet[Post]) -> QuerySet[Post]:
    return posts.select_related("case__commune", "account", "broadcast", "pledge__influencer__user")[:BATCH]


def _told(post: Post, now: datetime, method: str) -> bool:
    """Claimed first, by whoever finds it as it was read, then mailed: never twice. One that did not leave is due again."""
    told = post.due_at if method == slot_calendar.ASKED else None
    as_read = {"state": post.state, "due_at": post.due_at, "told_slot": post.told_slot, "told_times": post.told_times}
    mine = Post.objects.filter(pk=post.pk)
    if not mine.filter(**as_read).update(told_slot=told, told_times=F("told_times") + 1, tell_from=None):
        return False
    if _mail_slot(post, now, method):
        return True
    mine.filter(told_slot=told, told_times=post.told_times + 1).update(
        told_slot=post.told_slot, told_times=post.told_times, tell_from=now + AGAIN_AFTER
    )
    return False


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
        Q(tell_from__isnull=True) | Q(tell_from__lte=now),
        state=PostState.UNCONFIRMED,
        doubtful_since__lte=now - OWNER_AFTER,
        pledge__isnull=False,
        case__in=Case.objects.public(),
    )
    return sum(_asked(post, now) for post in _read(in_doubt))


def _asked(post: Post, now: datetime) -> bool:
    """Claimed first, then mailed, as a slot is."""
    mine = Post.objects.filter(pk=post.pk, state=PostState.UNCONFIRMED)
    if not mine.filter(doubt_told_at=post.doubt_told_at).update(doubt_told_at=now, tell_from=None):
        return False
    if post.pledge and _mail_doubt(post, post.pledge.influencer):
        return True
    mine.filter(doubt_told_at=now).update(doubt_told_at=post.doubt_told_at, tell_from=now + AGAIN_AFTER)
    return False


def _mail_doubt(post: Post, person: Influencer) -> bool:
    with translation.override(settings.LANGUAGE_CODE):
        context = {"post": post, "case": post.case, "person": person, "url": check_url(post)}
        subject = _("Vérifiez votre profil : %(case)s") % {"case": post.case}
        body = render_to_string("influencers/mail/check_profile.txt", context)
    return mail.send(person.user.email, subject, body, about=f"Doubt about post {post.pk}")
