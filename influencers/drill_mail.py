"""The mails of a drill: to the people whose account is to be reconnected, then to the team, each once."""

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from campaigns.models import User
from i4emploi_site.lib import mail
from i4emploi_site.lib.times import long_date
from influencers import readiness
from influencers.models import LAST_DRILL, BroadcastState, Delivery, Drill, DrillLine, Influencer, Post, Readiness


def tell_due(now: datetime) -> int:
    """Write about every drill that is finished and not announced; how many. A mail that is lost is not sent again."""
    waiting = Drill.objects.filter(finished_at__isnull=False, told_at__isnull=True)
    return sum(_tell(drill, now) for drill in waiting.select_related("broadcast__case__commune"))


def _tell(drill: Drill, now: datetime) -> bool:
    """The people first, whose lines say that they were told: whoever takes this up again writes to nobody twice.

    Nothing is written about a broadcast that was stopped, or about a case that left the public's sight meanwhile.
    """
    broadcast = drill.broadcast
    wanted = broadcast.state == BroadcastState.SCHEDULED and broadcast.case.is_running
    if wanted and drill.hours_before != LAST_DRILL:
        for influencer, lines in _to_reconnect(drill).items():
            _tell_person(drill, influencer, lines)
    if not Drill.objects.filter(pk=drill.pk, told_at__isnull=True).update(told_at=now):
        return False
    if wanted:
        subject, body = _to_team(drill)
        for reader in User.objects.team_of(broadcast.case):
            mail.send(reader.email, subject, body, about=f"Drill {drill.pk}")
    return wanted


def _to_reconnect(drill: Drill) -> dict[Influencer, list[DrillLine]]:
    """The accounts that refused us, by person, but for those who were told by the drill before and did nothing since."""
    by_person = defaultdict(list)
    for line in _expired(drill).exclude(post__in=_told_before(drill)).filter(told_at__isnull=True):
        if line.post.pledge:
            by_person[line.post.pledge.influencer].append(line)
    return by_person


def _expired(drill: Drill) -> QuerySet[DrillLine]:
    lines = drill.lines.filter(verdict=Readiness.EXPIRED, delivery=Delivery.API, post__pledge__isnull=False)
    return lines.select_related("post__account", "post__pledge__influencer__user").order_by("pk")


def _told_before(drill: Drill) -> QuerySet:
    finished = Drill.objects.filter(broadcast=drill.broadcast_id, finished_at__lt=drill.finished_at)
    before = finished.order_by("-finished_at").first()
    return DrillLine.objects.filter(drill=before, verdict=Readiness.EXPIRED).values("post")


def _tell_person(drill: Drill, influencer: Influencer, lines: list[DrillLine]) -> None:
    mine = DrillLine.objects.filter(pk__in=[line.pk for line in lines], told_at__isnull=True)
    if mine.update(told_at=timezone.now()):
        subject, body = _to_person(drill, influencer, [line.post for line in lines])
        mail.send(influencer.user.email, subject, body, about=f"Drill {drill.pk}, influencer {influencer.pk}")


def _to_person(drill: Drill, influencer: Influencer, posts: list[Post]) -> tuple[str, str]:
    case = drill.broadcast.case
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "name": influencer.public_name,
            "case": case,
            "accounts": [
                (post.account, long_date(post.due_at), settings.SITE_URL + reverse("connect", args=[post.network]))
                for post in posts
            ],
            "me": settings.SITE_URL + reverse("me"),
        }
        subject = ngettext("Votre compte est à reconnecter : %(case)s", "Vos comptes sont à reconnecter : %(case)s", len(posts))  # fmt: skip
        return subject % {"case": case}, render_to_string("influencers/mail/reconnect.txt", context)


def _to_team(drill: Drill) -> tuple[str, str]:
    found, broadcast = readiness.Found(drill), drill.broadcast
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "case": broadcast.case,
            "at": long_date(broadcast.at),
            "found": found,
            "next": readiness.next_drill(broadcast),
            "page": settings.SITE_URL + reverse("broadcast_detail", args=[broadcast.pk]),
        }
        subject = ngettext("%(ready)s compte prêt sur %(total)s : %(case)s", "%(ready)s comptes prêts sur %(total)s : %(case)s", found.ready)  # fmt: skip
        words = {"ready": found.ready, "total": found.total, "case": broadcast.case}
        return subject % words, render_to_string("influencers/mail/drill.txt", context)
