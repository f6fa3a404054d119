"""A buyer makes themself known. A lead is no offer: offers go in writing to the court's hand (art. L642-2 C. com.)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import figures
from campaigns.links.clicks import click_of_case
from campaigns.models import Case, Lead, LeadStage, LeadStep, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.limits import too_many

# art. L642-3 C. com.: who may not bid, directly or through others
DECLARATION = gettext_lazy(
    "Je déclare sur l’honneur que ni moi, ni la personne ou la société pour laquelle j’agis, ne sommes, directement ou par "
    "personne interposée, le débiteur, un de ses dirigeants de droit ou de fait, un parent ou allié de ceux-ci jusqu’au "
    "deuxième degré inclusivement, ou une personne ayant ou ayant eu la qualité de contrôleur au cours de la procédure "
    "(article L642-3 du code de commerce)."
)
LEADS_AN_HOUR = 20
MAILS_AN_HOUR = 6  # to one mailbox
DETAILS = ("buyer_type", "name", "organisation", "email", "phone", "message")


class LeadRefused(Exception):
    """The lead cannot be left; the message is for the person who tried."""


def leave(case: Case, cleaned: Mapping[str, Any], click_id: str | None, submission_key: UUID) -> Lead:
    """Store the lead, once per submission key, and tell the team. Raises LeadRefused."""
    if known := Lead.objects.filter(submission_key=submission_key, case=case).first():
        return known
    if not cleaned.get("declared"):
        raise LeadRefused(_("La déclaration sur l’honneur est nécessaire."))
    click = click_of_case(click_id or "", case.pk)
    try:
        with transaction.atomic():
            if not Case.objects.running().select_for_update(no_key=True).filter(pk=case.pk).exists():
                raise LeadRefused(_("Ce dossier ne reçoit plus de pistes."))
            lead = Lead.objects.create(
                case=case,
                **{name: cleaned.get(name, "") for name in DETAILS},
                declaration=str(DECLARATION),
                declared_at=timezone.now(),
                click=click,
                link_id=click.link_id if click else None,
                submission_key=submission_key,
            )
            LeadStep.objects.create(lead=lead, stage=LeadStage.INTEREST)
            figures.add(case.pk, leads=1)
            transaction.on_commit(lambda: _tell_team(lead), robust=True)  # a mail server that is down loses no lead
            transaction.on_commit(lambda: _thank_buyer(lead), robust=True)
    except IntegrityError:
        known = Lead.objects.filter(submission_key=submission_key, case=case).first()
        if known is None:
            raise LeadRefused(_("Ce formulaire a déjà servi : rechargez la page, puis recommencez.")) from None
        return known
    return lead


def too_many_from(address: str) -> bool:
    return too_many("leads", address, LEADS_AN_HOUR)


def _tell_team(lead: Lead) -> None:
    """One mail to each member, without a word about the buyer beyond their type: mailboxes are not the vault."""
    page = settings.SITE_URL + reverse("lead_detail", args=[lead.case.slug, lead.pk])
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Une nouvelle piste pour %(case)s") % {"case": lead.case}
        body = render_to_string("campaigns/mail/lead.txt", {"lead": lead, "case": lead.case, "url": page})
    for member in User.objects.team_of(lead.case):
        mail.send(member.email, subject, body, about=f"Lead {lead.pk}")


def _thank_buyer(lead: Lead) -> None:
    """In the language that they read the page in: what they did, and what it is not."""
    if too_many("mails", lead.email, MAILS_AN_HOUR):
        return
    context = {"case": lead.case, "url": settings.SITE_URL + lead.case.get_absolute_url()}
    subject = _("Votre piste pour %(case)s est transmise") % {"case": lead.case}
    mail.send(lead.email, subject, render_to_string("campaigns/mail/lead_thanks.txt", context), about=f"Lead {lead.pk}")
