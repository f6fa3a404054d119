"""Filing a case in five saved steps: no account, a secret link to come back by, a confirmed e-mail before anyone publishes."""

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache as memo
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import (
    CONFIDENTIAL_STAGES,
    TRANSITIONS,
    Case,
    CaseStatus,
    CaseTransition,
    Fact,
    FactKind,
    Milestone,
    Unit,
    User,
)
from i4emploi_site.lib import codes, mail
from i4emploi_site.lib.limits import too_many

ATTESTATION = gettext_lazy(
    "J’atteste que les informations données sont exactes à ma connaissance, que je peux en indiquer la source, et qu’elles ne "
    "révèlent rien d’un mandat ad hoc ni d’une conciliation, confidentiels par la loi (article L611-15 du code de commerce)."
)
ATTESTATION_CONFIDENTIAL = gettext_lazy(
    "J’atteste que les informations données sont exactes à ma connaissance et que je peux en indiquer la source. Je sais que "
    "cette procédure est confidentielle (article L611-15 du code de commerce) : ce dossier restera privé à ce stade."
)
EDITABLE = (CaseStatus.DRAFT, CaseStatus.CHANGES_ASKED)
STEPS = 5
COLUMNS = {
    1: ("company_name", "siren", "commune"),
    2: ("stage", "court", "practitioner"),
    3: ("summary", "story", "needs", "naf_code", "sector"),
    4: ("filer_role", "filer_name", "filer_email", "evidence_url"),
}
CONFIRMATION_SALT = "campaigns.filing.confirmation"
CONFIRMATION_LIFE = timedelta(days=14)
DRAFTS_AN_HOUR = 40  # from one address
MAILS_AN_HOUR = 6  # to one mailbox
CORRECTIONS_AN_HOUR = 6  # of one case's address


class NotEditable(Exception):
    """The case is no longer in its filer's hands; the message is for them."""


class LinkDead(Exception):
    """The confirmation link is unknown, too old, or for an address that the filer has since changed."""


@dataclass(frozen=True)
class Missing:
    step: int
    what: str


@dataclass(frozen=True)
class Confirmed:
    case: Case
    user: User | None  # None: the address was confirmed before, and the link proves nothing new


def attestation(case: Case) -> Promise:
    """What the filer of this case attests: it depends on whether the case may ever be public."""
    return ATTESTATION_CONFIDENTIAL if case.stage in CONFIDENTIAL_STAGES else ATTESTATION


def begin() -> tuple[Case, str]:
    """A new draft, and the secret of its link: only the secret's digest is stored."""
    secret = codes.secret()
    return Case.objects.create(filing_key=codes.digest(secret)), secret


def by_secret(secret: str) -> Case | None:
    return Case.objects.select_related("commune").filter(filing_key=codes.digest(secret)).first()


@memo
def _naf() -> dict[str, str]:
    with contextlib.redirect_stdout(io.StringIO()):  # the package prints when it is imported
        from naf import DB
    return {code: str(entry) for code, entry in DB.items()}


def sector_of(naf_code: str) -> str | None:
    """The official name of an activity (NAF rév. 2, « 21.20Z »), or None."""
    return _naf().get(naf_code)


def filed_fact(case: Case) -> Fact | None:
    return case.facts.filter(kind=FactKind.JOBS_THREATENED, is_headline=True).first()


def filed_milestone(case: Case) -> Milestone | None:
    return case.milestones.order_by("pk").first()


def save(case: Case, step: int, given: Mapping[str, Any], secret: str) -> None:
    """Keep what a step gave; a key that is absent leaves its column alone. Raises NotEditable."""
    changes = {name: given[name] for name in COLUMNS[step] if name in given}
    if step == 4 and "attested" in given:
        changes |= {"attested_at": timezone.now(), "attestation": str(attestation(case))} if given["attested"] else {}
    email = changes.get("filer_email")
    with transaction.atomic():
        mine = Case.objects.select_for_update(of=["self"]).filter(pk=case.pk, status__in=EDITABLE).first()
        if mine is None:
            raise NotEditable(_("Ce dossier est parti à la vérification : il ne se modifie plus par ce lien."))
        email_is_new = email is not None and email != mine.filer_email  # as it is now, not as it was read
        if email_is_new:
            changes["filer_email_confirmed_at"] = None
        Case.objects.filter(pk=case.pk).update(**changes, updated_at=timezone.now())
        if step == 2:
            _keep_jobs(case, given)
            _keep_milestone(case, given)
        if email_is_new and email:
            transaction.on_commit(lambda: _send_resume_link(case.pk, secret), robust=True)
    case.refresh_from_db()


def reached(case: Case, step: int) -> None:
    """Remember the furthest step, so that the link opens where the filer stopped."""
    Case.objects.filter(pk=case.pk, filing_step__lt=step).update(filing_step=step)
    case.filing_step = max(case.filing_step, step)


def _keep_jobs(case: Case, given: Mapping[str, Any]) -> None:
    if not {"jobs", "jobs_source", "jobs_source_url"} <= given.keys():
        return
    fact = filed_fact(case)
    if given["jobs"] is None:
        if fact:
            fact.delete()
        return
    fact = fact or Fact(case=case, kind=FactKind.JOBS_THREATENED, unit=Unit.JOBS, is_headline=True)
    fact.value = given["jobs"]
    fact.source_label, fact.source_url = given["jobs_source"], given["jobs_source_url"]
    fact.save()


def _keep_milestone(case: Case, given: Mapping[str, Any]) -> None:
    names = {"milestone_at", "milestone_kind", "milestone_authority", "milestone_source", "milestone_source_url"}
    if not names <= given.keys():
        return
    milestone = filed_milestone(case)
    if given["milestone_at"] is None:
        if milestone:
            milestone.delete()
        return
    milestone = milestone or Milestone(case=case)
    milestone.kind, milestone.at = given["milestone_kind"], given["milestone_at"]
    milestone.authority = given["milestone_authority"]
    milestone.source_label, milestone.source_url = given["milestone_source"], given["milestone_source_url"]
    milestone.note = given.get("milestone_note", "")
    milestone.save()


def missing(case: Case) -> list[Missing]:
    """What the case still lacks before it can be sent, with the step where it is given."""
    needed = [
        (1, case.company_name, _("le nom de l’entreprise")),
        (1, case.commune_id, _("la commune")),
        (2, case.stage, _("l’étape de la procédure")),
        (3, case.summary, _("la phrase qui résume")),
        (3, case.story, _("ce qui se passe")),
        (4, case.filer_role, _("qui vous êtes")),
        (4, case.filer_name, _("votre nom")),
        (4, case.filer_email, _("votre adresse e-mail")),
        (4, case.attested_at, _("votre attestation")),
    ]
    return [Missing(step, what) for step, value, what in needed if not value]


def submit(case: Case) -> bool:
    """Hand the case to the moderators, once however often the button is pressed; False when it had left already.

    Raises NotEditable when something is missing.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        before = locked.status
        if CaseStatus.SUBMITTED not in TRANSITIONS[before]:
            return False
        if lacking := missing(locked):
            raise NotEditable(_("Il manque encore : %(what)s.") % {"what": ", ".join(item.what for item in lacking)})
        now = timezone.now()
        Case.objects.filter(pk=case.pk, status=before).update(
            status=CaseStatus.SUBMITTED, submitted_at=now, updated_at=now
        )
        CaseTransition.objects.create(case=locked, from_status=before, to_status=CaseStatus.SUBMITTED)
        if not locked.filer_email_confirmed_at:
            transaction.on_commit(lambda: send_confirmation(locked), robust=True)
    case.refresh_from_db()
    return True


def correct_address(case: Case, email: str) -> bool:
    """Send the confirmation elsewhere, while no address is confirmed. False when it is too late or too often."""
    if too_many("corrections", str(case.pk), CORRECTIONS_AN_HOUR):
        return False
    waiting = Case.objects.filter(pk=case.pk, status=CaseStatus.SUBMITTED, filer_email_confirmed_at__isnull=True)
    if not waiting.update(filer_email=email, updated_at=timezone.now()):
        return False
    case.refresh_from_db()
    return send_confirmation(case)


def confirmation_token(case: Case) -> str:
    return signing.dumps({"case": case.pk, "email": case.filer_email}, salt=CONFIRMATION_SALT)


def case_to_confirm(token: str) -> Case:
    """The case that the mailed link is about. Raises LinkDead."""
    try:
        said = signing.loads(token, salt=CONFIRMATION_SALT, max_age=CONFIRMATION_LIFE)
    except signing.BadSignature:
        raise LinkDead from None
    case = Case.objects.filter(pk=said["case"], filer_email=said["email"]).first()
    if case is None:
        raise LinkDead
    return case


def confirm(token: str) -> Confirmed:
    """The filer holds the mailbox: confirm it once, and give them their account. Raises LinkDead."""
    case = case_to_confirm(token)
    with transaction.atomic():
        first_time = Case.objects.filter(
            pk=case.pk, filer_email=case.filer_email, filer_email_confirmed_at__isnull=True
        ).update(filer_email_confirmed_at=timezone.now())
        user = _account_of(case) if first_time else None
    case.refresh_from_db()
    return Confirmed(case, user)


def _account_of(case: Case) -> User:
    user = User.objects.filter(email__iexact=case.filer_email).first()
    if user is None:
        try:
            with transaction.atomic():
                user = User.objects.create_user(case.filer_email, display_name=case.filer_name)
        except IntegrityError:  # made by another request meanwhile
            user = User.objects.get(email__iexact=case.filer_email)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


def send_confirmation(case: Case) -> bool:
    page = settings.SITE_URL + reverse("filing_confirm", args=[confirmation_token(case)])
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Confirmez votre adresse pour %(case)s") % {"case": case}
        context = {"case": case, "page": page, "confidential": case.stage in CONFIDENTIAL_STAGES}
        return _send(case, subject, render_to_string("campaigns/mail/confirm.txt", context))


def _send_resume_link(case_pk: int, secret: str) -> bool:
    case = Case.objects.select_related("commune").get(pk=case_pk)
    page = settings.SITE_URL + reverse("filing_step", args=[secret, case.filing_step])
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Votre lien pour reprendre le dossier %(case)s") % {"case": case}
        return _send(case, subject, render_to_string("campaigns/mail/resume.txt", {"case": case, "page": page}))


def _send(case: Case, subject: str, body: str) -> bool:
    if too_many("mails", case.filer_email, MAILS_AN_HOUR):
        return False
    return mail.send(case.filer_email, subject, body, about=f"Case {case.pk}")
