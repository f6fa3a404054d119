"""Warnings before a date of the court, each told once: a row claims it, then the mail leaves."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.clock import THRESHOLDS, alerts_due
from campaigns.models import Case, ClockAlert, Lead, LeadStage, Milestone, MilestoneKind, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.times import long_date, time_left

TOLD_TO_MODERATORS = ("2d", "24h")
BEFORE_AN_OFFER = (
    LeadStage.REPORTED, LeadStage.INTEREST, LeadStage.INTRODUCED, LeadStage.NDA,
    LeadStage.DATA_ROOM, LeadStage.VISIT, LeadStage.LETTER,
)  # fmt: skip

STILL_POSSIBLE: dict[str, Promise] = {
    MilestoneKind.DLDO: gettext_lazy(
        "Une offre arrive par écrit chez l’administrateur ou le liquidateur avant cette date ; après, elle n’est plus reçue. "
        "Rappelez chaque piste qui n’a pas déposé la sienne, et demandez-lui ce qui lui manque."
    ),
    MilestoneKind.AMELIORATION: gettext_lazy(
        "Jusque-là, une offre déposée peut encore être améliorée, jamais réduite. Dites aux candidats ce que le tribunal pèse : "
        "l’emploi durable, le paiement des créanciers, les garanties d’exécution."
    ),
    MilestoneKind.AUDIENCE: gettext_lazy(
        "Le CSE donne son avis au plus tard le jour ouvré d’avant. Assurez-vous que chaque candidat viendra, avec ses garanties, "
        "et que les soutiens publics sont confirmés par écrit."
    ),
    MilestoneKind.DELIBERE: gettext_lazy(
        "Les offres ne changent plus. Préparez ce que vous direz aux salariés, à la presse et à ceux qui ont relayé, quelle que "
        "soit la décision."
    ),
    MilestoneKind.FIN_OBSERVATION: gettext_lazy(
        "Le tribunal peut renouveler la période ou décider de la suite. Demandez à l’administrateur ce qu’il proposera, et "
        "portez-lui vos pistes avant."
    ),
    MilestoneKind.FIN_MAINTIEN: gettext_lazy(
        "Le tribunal peut prolonger l’activité une fois. Si une piste avance, faites-le savoir au liquidateur et au juge-commissaire."
    ),
    MilestoneKind.RECHERCHE_REPRENEUR: gettext_lazy(
        "L’employeur répond par écrit à chaque offre. Faites-lui parvenir les pistes qui restent, et demandez au CSE où elles en "
        "sont."
    ),
    MilestoneKind.DEMANTELEMENT: gettext_lazy(
        "Une machine partie ne revient pas. Demandez un sursis au liquidateur ou au juge-commissaire, une piste sérieuse à "
        "l’appui."
    ),
}


def send_due(now: datetime) -> int:
    """Claim and send every warning that is due; how many were claimed. A mail that is lost is not sent again."""
    return sum(_claim(milestone, now) for milestone in _coming(now))


def _coming(now: datetime) -> QuerySet[Milestone]:
    """Of the running cases only: a case that is held, confidential or closed warns nobody."""
    horizon = now + max(THRESHOLDS.values())
    coming = Milestone.objects.upcoming(now).filter(at__lte=horizon, case__in=Case.objects.running())
    return coming.filter(kind__in=STILL_POSSIBLE).prefetch_related("alerts")


def _claim(milestone: Milestone, now: datetime) -> bool:
    sent = {alert.threshold for alert in milestone.alerts.all() if alert.at == milestone.at}
    return any(_claim_one(milestone, threshold, now) for threshold in alerts_due(milestone.at, now, sent))


def _claim_one(milestone: Milestone, threshold: str, now: datetime) -> bool:
    """False when another worker has it, or the case was held or the date moved since they were read."""
    with transaction.atomic():
        running = Case.objects.running().select_for_update(of=["self"]).filter(pk=milestone.case_id).first()
        if running is None or not Milestone.objects.standing().filter(pk=milestone.pk, at=milestone.at).exists():
            return False
        alert, made = ClockAlert.objects.get_or_create(milestone=milestone, at=milestone.at, threshold=threshold)
        if made:
            transaction.on_commit(lambda: _tell(alert, now), robust=True)
    return made


def _tell(alert: ClockAlert, now: datetime) -> None:
    milestone = Milestone.objects.select_related("case__commune").get(pk=alert.milestone_id)
    subject, body = _write(milestone, alert.at, now)
    for address in _readers(milestone.case, alert.threshold):
        mail.send(address, subject, body, about=f"Clock alert {alert.pk}")


def _readers(case: Case, threshold: str) -> list[str]:
    """The team; near the date, the moderators as well. One mail for whoever is both."""
    readers = list(User.objects.team_of(case))
    if threshold in TOLD_TO_MODERATORS:
        readers += User.objects.moderators()
    return list(dict.fromkeys(reader.email for reader in readers))


def _write(milestone: Milestone, at: datetime, now: datetime) -> tuple[str, str]:
    """Names the company and the date, and nobody: whoever filed the case stays out of it."""
    case = milestone.case
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "case": case,
            "milestone": milestone,
            "when": long_date(at),
            "left": time_left(at, now),
            "still": STILL_POSSIBLE[milestone.kind],
            "waiting": _leads_to_call(milestone),
            "clock": settings.SITE_URL + reverse("case_milestones", args=[case.slug]),
            "team": settings.SITE_URL + reverse("dashboard", args=[case.slug]),
        }
        subject = _("%(left)s : %(what)s, %(case)s") % {"left": context["left"], "what": milestone, "case": case}
        return subject, render_to_string("campaigns/mail/clock_alert.txt", context)


def _leads_to_call(milestone: Milestone) -> int | None:
    """How many leads have no offer yet; None where that is not the question, or nobody is there to be called."""
    if milestone.kind not in (MilestoneKind.DLDO, MilestoneKind.RECHERCHE_REPRENEUR):
        return None
    return Lead.objects.filter(case=milestone.case_id, stage__in=BEFORE_AN_OFFER).count() or None
