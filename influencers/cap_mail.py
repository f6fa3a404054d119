"""The mails that tell, once in the month, that a cap keeps paid posts back: a case's team, and the operators of all."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
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
    return sum(_tell_team(one, one.case, now) if one.case else _tell_operators(one) for one in refused)


def _tell_team(budget: Budget, case: Case, now: datetime) -> int:
    standing = spending.standing(case, now)
    if not standing.over_cap:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Plafond de dépense atteint : %(case)s") % {"case": case}
        page = settings.SITE_URL + reverse("broadcast_new", args=[case.slug])
        body = render_to_string("influencers/mail/cap_reached.txt", {"case": case, "budget": standing, "page": page})
    return _send(budget, User.objects.team_of(case), subject, body)


def _tell_operators(budget: Budget) -> int:
    """Superusers: whoever may change the settings is among them, or hears it from them."""
    cap = spending.cap_of(None, None)
    if not spending.is_over(cap - budget.micro_euros):
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        page = settings.SITE_URL + reverse("admin:influencers_budget_changelist")
        context = {"spent": budget.micro_euros, "cap": cap, "month": budget.month, "page": page}
        body = render_to_string("influencers/mail/cap_of_all_reached.txt", context)
        subject = _("Le plafond commun à tous les dossiers est atteint")
    return _send(budget, User.objects.filter(is_superuser=True, is_active=True), subject, body)


def _send(budget: Budget, readers: QuerySet[User], subject: str, body: str) -> int:
    waiting = readers.exclude(pk__in=budget.mails.values("user"))
    return sum(_send_to(budget, reader, subject, body) for reader in waiting)


def _send_to(budget: Budget, reader: User, subject: str, body: str) -> bool:
    """The row comes first, so that two workers never write to the same person."""
    try:
        with transaction.atomic():
            told = CapMail.objects.create(budget=budget, user=reader)
    except IntegrityError:
        return False
    left = mail.send(reader.email, subject, body, about=f"Cap of case {budget.case_id or 'all'}")
    if not left:
        told.delete()
    return left
