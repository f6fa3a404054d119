"""Buyers' leads: left once however often the button is pressed, seen by the case team only."""

import logging
import uuid

from django.conf import settings
from django.core.mail import send_mass_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import figures
from campaigns.links.clicks import click_of_case
from campaigns.models import Case, Lead, LeadStage, LeadStep

logger = logging.getLogger(__name__)

FIELDS = ("buyer_type", "name", "organisation", "email", "phone", "message")


def declaration() -> str:
    """The sworn declaration (art. L642-3 C. com.); what is stored is the sentence that was shown."""
    return _(
        "Je déclare sur l’honneur n’être ni le débiteur, ni son dirigeant de droit ou de fait, ni leur parent ou allié "
        "jusqu’au deuxième degré, ni contrôleur de la procédure, et n’agir pour aucune de ces personnes (art. L642-3 du "
        "code de commerce)."
    )


def leave(case: Case, cleaned: dict, click_id: str, submission_key: uuid.UUID) -> Lead:
    """Store a lead and tell the team. The same submission key gives the same lead back."""
    click = click_of_case(click_id, case.pk)
    values = {name: cleaned.get(name, "") for name in FIELDS} | {
        "case": case,
        "stage": LeadStage.INTEREST,
        "declaration": declaration(),
        "declared_at": timezone.now(),
        "click": click,
        "link": click.link if click else None,
    }
    with transaction.atomic():
        lead, made = Lead.objects.get_or_create(submission_key=submission_key, defaults=values)
        if made:
            LeadStep.objects.create(lead=lead, stage=lead.stage)
            figures.add(case.pk, leads=1)
            transaction.on_commit(lambda: _tell_team(lead))
    return lead


def _tell_team(lead: Lead) -> None:
    """The mail names neither the buyer nor their words: it may be read over a shoulder."""
    url = settings.SITE_URL + reverse("lead_detail", args=[lead.case.slug, lead.pk])
    body = render_to_string("campaigns/mail/lead.txt", {"lead": lead, "case": lead.case, "url": url})
    subject = _("Une nouvelle piste de repreneur pour %(case)s") % {"case": lead.case}
    team = lead.case.members.values_list("user__email", flat=True)
    try:
        send_mass_mail([(subject, body, None, [address]) for address in team])
    except OSError:
        logger.exception("Lead %s: the team's mail was not sent; the lead is on the dashboard", lead.pk)
