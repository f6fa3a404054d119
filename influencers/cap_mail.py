"""The mail that tells a case's team, once in the month, that the cap keeps paid posts back."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import Case, User
from i4emploi_site.lib import mail
from influencers import spending
from influencers.models import Budget, CapMail
from influencers.models.spend import month_of


def tell_due(now: datetime) -> int:
    """Write to whoever was not told yet; how many mails left. One that does not leave is tried again at the next turn.

    A cap that was raised since is nobody's concern any more.
    """
    refused = Budget.objects.filter(month=month_of(now), refused_at__isnull=False).select_related("case__commune")
    return sum(_tell(budget, budget.case, now) for budget in refused if budget.case)


def _tell(budget: Budget, case: Case, now: datetime) -> int:
    waiting = User.objects.team_of(case).exclude(pk__in=budget.mails.values("user"))
    standing = spending.standing(case, now)
    if not standing.over_cap or not waiting:
        return 0
    subject, body = _write(case, standing)
    return sum(_send(budget, reader, subject, body) for reader in waiting)


def _send(budget: Budget, reader: User, subject: str, body: str) -> bool:
    """The row comes first, so that two workers never write to the same person."""
    try:
        with transaction.atomic():
            told = CapMail.objects.create(budget=budget, user=reader)
    except IntegrityError:
        return False
    left = mail.send(reader.email, subject, body, about=f"Cap of case {budget.case_id}")
    if not left:
        told.delete()
    return left


def _write(case: Case, budget: spending.Standing) -> tuple[str, str]:
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "case": case,
            "budget": budget,
            "of_platform": budget.over_cap == spending.Cap.PLATFORM,
            "cap": budget.over_cap,
            "page": settings.SITE_URL + reverse("broadcast_new", args=[case.slug]),
        }
        subject = _("Plafond de dépense atteint : %(case)s") % {"case": case}
        return subject, render_to_string("influencers/mail/cap_reached.txt", context)
