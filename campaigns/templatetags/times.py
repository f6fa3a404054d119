"""Time and the court clock as people read them, for templates."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import MilestoneKind
from i4emploi_site.lib import times

register = template.Library()

WITH_ARTICLE = {  # after « avant »
    MilestoneKind.DLDO: _("la date limite de dépôt des offres"),
    MilestoneKind.AMELIORATION: _("la fin d’amélioration des offres"),
    MilestoneKind.AUDIENCE: _("l’audience d’examen des offres"),
    MilestoneKind.DELIBERE: _("le délibéré"),
    MilestoneKind.FIN_OBSERVATION: _("la fin de la période d’observation"),
    MilestoneKind.FIN_MAINTIEN: _("la fin du maintien d’activité"),
    MilestoneKind.CESSATION_PAIEMENTS: _("la date de cessation des paiements"),
    MilestoneKind.RECHERCHE_REPRENEUR: _("la fin de la recherche d’un repreneur"),
    MilestoneKind.DEMANTELEMENT: _("le démantèlement annoncé"),
}


@register.filter
def long_date(at) -> str:
    return times.long_date(at) if at else ""


@register.filter
def short_date(at) -> str:
    return times.short_date(at) if at else ""


@register.filter
def time_left(at) -> str:
    return times.time_left(at, timezone.now()) if at else ""


@register.filter
def time_left_parts(at) -> list[tuple[str, str]]:
    """[("9", "jours"), ("14", "h")]: each number with its unit, for a clock that sets them in two sizes."""
    words = times.time_left(at, timezone.now()).replace("\u202f", " ").replace("\xa0", " ").split() if at else []
    return list(zip(words[::2], words[1::2], strict=False))


@register.filter
def with_article(milestone) -> str:
    """« la date limite de dépôt des offres »: what the time left is before."""
    return WITH_ARTICLE[milestone.kind]
