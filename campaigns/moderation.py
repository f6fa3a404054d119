"""What a moderator decides: each move is checked against the table, made once, recorded, and told to the filer."""

import logging
import re
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from stdnum.fr import siren as siren_number

from campaigns import filing
from campaigns.models import (
    CONFIDENTIAL_STAGES,
    TRANSITIONS,
    Case,
    CaseFigures,
    CaseMember,
    CaseStatus,
    CaseTransition,
    User,
)
from i4emploi_site.lib import codes

logger = logging.getLogger(__name__)
CONFIDENTIAL_WORDS = re.compile(r"mandat\s+ad\s+hoc|conciliat(?:ion|eur|rice)", re.IGNORECASE)


class NotAllowed(Exception):
    """The decision cannot be taken; the message says why, for people."""


@dataclass(frozen=True)
class Check:
    """One piece of evidence: what it is, and whether it holds (None: nothing to check)."""

    label: str
    holds: bool | None
    detail: str = ""


def warnings(case: Case) -> list[str]:
    """What in the text must be read twice before publishing."""
    found = []
    if case.stage in CONFIDENTIAL_STAGES:
        found.append(_("Procédure confidentielle : ne peut pas être publiée (art. L611-15 C. com.)."))
    text = " ".join([case.summary, case.story, case.needs, case.company_name])
    if match := CONFIDENTIAL_WORDS.search(text):
        found.append(
            _("Le texte contient « %(words)s » : vérifiez que rien de confidentiel n’est révélé.") % {"words": match[0]}
        )
    if not case.milestones.filter(at__gt=timezone.now()).exists():
        found.append(_("Aucune échéance à venir."))
    return found


def evidence(case: Case) -> list[Check]:
    """What supports the case, beside its text on the moderator's screen."""
    return [
        Check(_("Adresse e-mail confirmée"), bool(case.filer_email_confirmed_at), case.filer_email),
        Check(_("SIREN plausible"), siren_number.is_valid(case.siren) if case.siren else None, case.siren),
        Check(_("Attestation acceptée"), bool(case.attested_at), case.attestation),
        Check(_("Lien de preuve"), True if case.evidence_url else None, case.evidence_url),
        Check(_("Chiffres d’emploi sourcés"), case.facts.filter(kind="jobs_threatened").exists()),
    ]


def publish(case: Case, by: User) -> bool:
    """Make a submitted case public. Returns False if somebody did it before. Raises NotAllowed."""
    if case.stage in CONFIDENTIAL_STAGES:
        raise NotAllowed(_("Mandat ad hoc et conciliation ne sont jamais publiés (art. L611-15 C. com.)."))
    if not case.filer_email_confirmed_at:
        raise NotAllowed(_("L’adresse e-mail du déclarant n’est pas confirmée."))
    if lacking := filing.missing(case):
        raise NotAllowed(_("Il manque encore : %(what)s.") % {"what": ", ".join(item.what for item in lacking)})
    with transaction.atomic():
        values = {"published_at": timezone.now(), "slug": _public_slug(case)}
        moved = _move(case, CaseStatus.PUBLISHED, by, **values)
        if moved:
            CaseFigures.objects.get_or_create(case=case)
            filer = User.objects.filter(email__iexact=case.filer_email).first()
            if filer:
                CaseMember.objects.get_or_create(case=case, user=filer, defaults={"role": case.filer_role})
            _tell(
                case,
                _("%(case)s est publié") % {"case": case},
                "published",
                {"url": _absolute(case.get_absolute_url())},
            )
    return moved


def ask_changes(case: Case, by: User, reason: str) -> bool:
    _must_say_why(reason)
    with transaction.atomic():
        moved = _move(case, CaseStatus.CHANGES_ASKED, by, reason)
        if moved:
            resume = _absolute(reverse("filing_step", args=[_new_secret(case), filing.STEPS]))
            _tell(
                case,
                _("%(case)s : une précision, s’il vous plaît") % {"case": case},
                "changes_asked",
                {"reason": reason, "resume": resume},
            )
    return moved


def reject(case: Case, by: User, reason: str) -> bool:
    _must_say_why(reason)
    with transaction.atomic():
        moved = _move(case, CaseStatus.REJECTED, by, reason)
        if moved:
            _tell(case, _("%(case)s n’a pas été retenu") % {"case": case}, "rejected", {"reason": reason})
    return moved


def hold(case: Case, by: User, reason: str) -> bool:
    """Take a public case off the site at once; nothing more is posted about it."""
    _must_say_why(reason)
    return _move(case, CaseStatus.HELD, by, reason)


def resume(case: Case, by: User) -> bool:
    if case.stage in CONFIDENTIAL_STAGES:
        raise NotAllowed(_("Mandat ad hoc et conciliation ne sont jamais publiés (art. L611-15 C. com.)."))
    return _move(case, CaseStatus.PUBLISHED, by)


def close(case: Case, by: User, outcome: str, note: str = "") -> bool:
    if not outcome:
        raise NotAllowed(_("Dites l’issue : emplois sauvegardés, perdus, campagne retirée…"))
    return _move(case, CaseStatus.CLOSED, by, note, outcome=outcome, outcome_note=note, closed_at=timezone.now())


def _move(case: Case, to: str, by: User, reason: str = "", **values) -> bool:
    """The one place where a status changes after submission."""
    if case.status == to:
        return False
    if to not in TRANSITIONS[case.status]:
        raise NotAllowed(
            _("Un dossier « %(status)s » ne peut pas devenir « %(to)s ».")
            % {"status": case.get_status_display(), "to": CaseStatus(to).label}
        )
    with transaction.atomic():
        moved = Case.objects.filter(pk=case.pk, status=case.status).update(
            status=to, updated_at=timezone.now(), version=case.version + 1, **values
        )
        if moved:
            CaseTransition.objects.create(case=case, from_status=case.status, to_status=to, by=by, reason=reason)
    if moved:
        case.refresh_from_db()
    return bool(moved)


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise NotAllowed(_("Dites pourquoi : le motif est envoyé au déclarant."))


def _public_slug(case: Case) -> str:
    wished = slugify(f"{case.company_name} {case.commune.name}")[:70] or "dossier"
    slug, number = wished, 2
    while Case.objects.filter(slug=slug).exclude(pk=case.pk).exists():
        slug, number = f"{wished}-{number}", number + 1
    return slug


def _new_secret(case: Case) -> str:
    """A fresh resume link, to be mailed; the old one stops working."""
    secret = codes.secret()
    Case.objects.filter(pk=case.pk).update(filing_key=codes.digest(secret))
    return secret


def _absolute(path: str) -> str:
    return settings.SITE_URL + path


def _tell(case: Case, subject: str, template: str, context: dict) -> None:
    """After the decision is stored, in French; a mail that does not leave undoes nothing and is logged."""

    def send() -> None:
        with translation.override(settings.LANGUAGE_CODE):
            body = render_to_string(f"campaigns/mail/{template}.txt", {"case": case, **context})
        try:
            EmailMessage(" ".join(subject.split()), body, to=[case.filer_email]).send()
        except (OSError, SMTPException) as error:
            logger.error("The mail about case %s did not leave: %s", case.pk, type(error).__name__)

    transaction.on_commit(send)
