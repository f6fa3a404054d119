"""The reserve: pledges kept back for the last 48 hours before the date that the campaign works towards."""

import logging
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.models import Case, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.times import long_date
from influencers import broadcasting, pacing
from influencers.models import Broadcast, BroadcastState

logger = logging.getLogger(__name__)

LAST_HOURS = timedelta(hours=48)
NOTICE = timedelta(hours=1)  # for the team to stop it, and for the last drill
NIGHT = (time(21), time(8))  # nobody pressed a button: it begins at no hour at which nobody reads
SPREAD_MINUTES = 60


def armed(case: Case) -> Broadcast | None:
    return Broadcast.objects.filter(case=case, state=BroadcastState.ARMED).first()


def arm(case: Case, by: User, text: str, percent: int) -> Broadcast:
    """Keep this share of the pledges, and this text, for the end. Raises NotReady; asking twice for the same arms one."""
    text = broadcasting.checked_text(case, by, text)
    with transaction.atomic():
        Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if known := armed(case):
            if (known.prepared_by, known.canonical_text, known.reserve_percent) == (by, text, percent):
                return known
            raise broadcasting.NotReady(_("Une réserve attend déjà pour ce dossier : arrêtez-la pour en changer."))
        return Broadcast.objects.create(
            case=case, prepared_by=by, canonical_text=text, at=timezone.now(), spread_minutes=SPREAD_MINUTES,
            state=BroadcastState.ARMED, is_reserve=True, reserve_percent=percent,
        )  # fmt: skip


def launch_due(now: datetime) -> int:
    """Schedule the reserves whose last hours have come; how many."""
    waiting = Broadcast.objects.filter(state=BroadcastState.ARMED, case__in=Case.objects.running())
    return sum(_launch(pk, now) for pk in waiting.values_list("pk", flat=True))


def _launch(pk: int, now: datetime) -> bool:
    """The date is read now, so that a hearing that moved takes the reserve along; without one ahead, nothing leaves."""
    with transaction.atomic():
        mine = Broadcast.objects.filter(pk=pk, state=BroadcastState.ARMED).select_related("case__commune")
        reserve = mine.select_for_update(of=("self",), skip_locked=True).first()
        deadline = reserve.case.milestones.decisive(now) if reserve else None
        if reserve is None or deadline is None or launched_at(deadline.at, now):
            return False
        reserve.at = begins_at(now, deadline.at)
        reserve.spread_minutes = spread_before(reserve.at, deadline.at)
        try:
            made = broadcasting.schedule(reserve, now)
        except broadcasting.NotReady as why:  # said on its page; whoever pledges meanwhile changes that
            logger.info("Reserve %s: not launched: %s", pk, why)
            return False
        transaction.on_commit(lambda: _tell(reserve, made), robust=True)
    return True


def launched_at(deadline: datetime, now: datetime) -> datetime | None:
    """When its turn comes; None once it has."""
    turn = deadline - LAST_HOURS
    return turn if turn > now else None


def begins_at(now: datetime, deadline: datetime) -> datetime:
    """After an hour's notice and not at night, unless the deadline leaves no time for that."""
    noticed = now + NOTICE
    for start in (pacing.out_of_quiet_hours(noticed, *NIGHT), noticed):
        if start + timedelta(minutes=SPREAD_MINUTES) < deadline:
            return start
    return now + min(NOTICE, (deadline - now) / 2)


def spread_before(start: datetime, deadline: datetime) -> int:
    return min(SPREAD_MINUTES, int((deadline - start).total_seconds() // 120))


def _tell(reserve: Broadcast, made: int) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "case": reserve.case,
            "at": long_date(reserve.at),
            "made": made,
            "text": reserve.canonical_text,
            "page": settings.SITE_URL + reverse("broadcast_detail", args=[reserve.pk]),
        }
        subject = _("La réserve part : %(case)s") % {"case": reserve.case}
        body = render_to_string("influencers/mail/reserve.txt", context)
    for reader in User.objects.team_of(reserve.case):
        mail.send(reader.email, subject, body, about=f"Reserve {reserve.pk}")
