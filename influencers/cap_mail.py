"""The mails that tell, once in the month, that a cap keeps paid posts back: a case's team, and the operators of all."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import Case, User
from influencers import noticing, spending
from influencers.models import Budget
from influencers.models.spend import month_of


def tell_due(now: datetime) -> int:
    """Write to whoever was not told yet; how many mails left. One that does not leave is tried again at the next turn.

    A cap that was raised since is nobody's concern any more.
    """
    refused = Budget.objects.filter(month=month_of(now), refused_at__isnull=False).select_related("case__commune")
    return sum(_tell_team(one, one.case, now) if one.case else _tell_operators(one, now) for one in refused)


def _tell_team(budget: Budget, case: Case, now: datetime) -> int:
    standing = spending.standing(case, now)
    if not standing.over_cap:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Plafond de dépense atteint : %(case)s") % {"case": case}
        page = settings.SITE_URL + reverse("broadcast_new", args=[case.slug])
        body = render_to_string("influencers/mail/cap_reached.txt", {"case": case, "budget": standing, "page": page})
    return noticing.tell(f"cap {budget.pk}", User.objects.team_of(case), subject, body, now)


def _tell_operators(budget: Budget, now: datetime) -> int:
    cap = spending.cap_of(None, None)
    if not spending.is_over(cap - budget.micro_euros):
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        page = settings.SITE_URL + reverse("admin:influencers_budget_changelist")
        context = {"spent": budget.micro_euros, "cap": cap, "month": budget.month, "page": page}
        body = render_to_string("influencers/mail/cap_of_all_reached.txt", context)
        subject = _("Le plafond commun à tous les dossiers est atteint")
    return noticing.tell(f"cap {budget.pk}", noticing.operators(), subject, body, now)
