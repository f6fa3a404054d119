"""Filing a case in five saved steps: no account, and a secret link to come back by."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import confirming, facts, identity, rewording
from campaigns.models import (
    TRANSITIONS,
    Case,
    CaseStatus,
    CaseTransition,
    Confidence,
    Fact,
    FactKind,
    FilerRole,
    Milestone,
    Unit,
)
from i4emploi_site.lib import codes

ATTESTATION = gettext_lazy(
    "J’atteste que les informations données sont exactes à ma connaissance, que je peux en indiquer la source, et qu’elles ne "
    "révèlent rien d’un mandat ad hoc ni d’une conciliation, confidentiels par la loi (article L611-15 du code de commerce)."
)
ATTESTATION_CONFIDENTIAL = gettext_lazy(
    "J’atteste que les informations données sont exactes à ma connaissance, que je peux en indiquer la source, et que la qualité "
    "écrite ci-dessus me permet d’en parler ici. Je sais que cette procédure est confidentielle (article L611-15 du code de "
    "commerce) : ce dossier restera privé à ce stade."
)
EDITABLE = (CaseStatus.DRAFT, CaseStatus.CHANGES_ASKED)
STEPS = 5
REVIEW = STEPS + 1  # read again, and send
COLUMNS: dict[int, tuple[str, ...]] = {
    1: (
        "company_name", "siren", "siret", "registered_name", "headcount_code", "address", "commune",
        "naf_code", "naf_nomenclature", "sector",
    ),
    2: (),  # a figure and a date, which are facts and milestones
    3: ("stage", "court", "practitioner"),
    4: ("summary", "story", "needs", "naf_code", "naf_nomenclature", "sector"),
    5: ("evidence_url",),  # and who files: see `_keep_filer`
}  # fmt: skip
DRAFTS_AN_HOUR = 40  # from one address


class NotEditable(Exception):
    """The case is no longer in its filer's hands; the message is for them."""


@dataclass(frozen=True)
class Missing:
    step: int
    what: str


def attestation(case: Case) -> Promise:
    """What the filer of this case attests: it depends on whether the case may ever be public."""
    return ATTESTATION_CONFIDENTIAL if case.is_confidential else ATTESTATION


def begin() -> tuple[Case, str]:
    """A new draft, and the secret of its link: only the secret's digest is stored."""
    secret = codes.secret()
    return Case.objects.create(filing_key=codes.digest(secret)), secret


def by_secret(secret: str) -> Case | None:
    return Case.objects.select_related("commune").filter(filing_key=codes.digest(secret)).first()


def filed_fact(case: Case) -> Fact | None:
    return case.headline(FactKind.JOBS_THREATENED)


def filed_milestone(case: Case) -> Milestone | None:
    """The date of step 2, not one that was counted from it; one that the team cancelled stays so."""
    return case.milestones.standing().filter(rests_on=None).order_by("pk").first()


def save(case: Case, step: int, given: Mapping[str, Any], secret: str, following: str = "") -> str:
    """Keep what a step gave; a key that is absent leaves its column alone.

    Returns the secret of the link from now on: `following` (random when not given) once another mailbox holds it.

    Raises NotEditable, also when `case` was read by a link that another has replaced meanwhile.
    """
    changes = {name: given[name] for name in COLUMNS[step] if name in given}
    with transaction.atomic():
        read = Case.objects.filter(pk=case.pk, filing_key=case.filing_key, status__in=EDITABLE)
        mine = read.select_for_update(of=["self"]).first()
        if mine is None:
            raise NotEditable(_("Ce dossier est parti à la vérification : il ne se modifie plus par ce lien."))
        before = (identity.mailbox(mine), mine.pseudonymous)  # as it is now, not as it was read
        changes |= _keep_filer(mine, given) | _attest(mine, case, given) if step == 5 else {}
        changes |= mine.with_stage(given["stage"]) if step == 3 and "stage" in given else {}
        Case.objects.filter(pk=mine.pk).update(**changes, updated_at=timezone.now())
        if step == 2:
            _keep_jobs(mine, given)
            _keep_milestone(mine, given)
        mine.refresh_from_db()
        if mine.pseudonymous:
            facts.coarsen(mine)
        secret = _write_elsewhere(mine, before, secret, following or codes.secret())
    case.refresh_from_db()
    return secret


def _write_elsewhere(mine: Case, before: tuple[str, bool], secret: str, following: str) -> str:
    """Once the mailbox or the pseudonym is another: the link that the mailbox before was sent opens nothing more."""
    now = identity.mailbox(mine)
    if (now, mine.pseudonymous) == before:
        return secret
    Case.objects.filter(pk=mine.pk).update(
        filer_email_confirmed_at=None
    )  # whoever gives up the pseudonym has an account
    if now and now != before[0]:
        if before[0]:
            confirming.new_link(mine, secret := following)
        transaction.on_commit(lambda: _send_resume_link(mine, secret), robust=True)
    return secret


def _attest(mine: Case, case: Case, given: Mapping[str, Any]) -> dict[str, Any]:
    """The words accepted, unless the stage changed meanwhile and they are no longer those of this case."""
    if not given.get("attested"):
        return {}
    if mine.is_confidential != case.is_confidential:
        return {"attested_at": None, "attestation": ""}
    return {"attested_at": timezone.now(), "attestation": _attested(mine, given.get("speaker", ""))}


def _attested(case: Case, speaker: str) -> str:
    """The words accepted; for a confidential procedure, first in what quality the filer may speak of it."""
    words = str(attestation(case))
    return f"« {speaker} »\n{words}" if speaker and case.is_confidential else words


def _keep_filer(mine: Case, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that say who files: under a pseudonym they say nothing, and the identity goes under seal."""
    if "pseudonymous" not in given:  # it was refused: nothing is kept in clear meanwhile
        return {}
    name, email = given.get("filer_name", ""), given.get("filer_email", "")
    if given["pseudonymous"] and mine.has_account:
        return {}  # an account bears the name already: sealing it here would hide nothing
    if given["pseudonymous"]:
        in_clear = ("", "") if mine.pseudonymous else (mine.filer_name, mine.filer_email)
        identity.keep(mine, name or in_clear[0], email or in_clear[1])
        shown = {"filer_name": given.get("pseudonym", ""), "filer_email": "", "filer_role": FilerRole.WORKER}
        return {"pseudonymous": True, **shown}
    if mine.pseudonymous and not (name and email):
        return {}
    identity.forget(mine)
    said = {"filer_name": name, "filer_email": email, "filer_role": given.get("filer_role", "")}
    return {"pseudonymous": False} | {column: value for column, value in said.items() if value}


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
    fact.value, fact.text = given["jobs"], ""
    fact.source_label, fact.source_url = given["jobs_source"], given["jobs_source_url"]
    fact.save()


def _keep_milestone(case: Case, given: Mapping[str, Any]) -> None:
    names = {"milestone_at", "milestone_kind", "milestone_authority", "milestone_source", "milestone_source_url"}
    if not names <= given.keys():
        return
    milestone = filed_milestone(case)
    if milestone and milestone.at != given["milestone_at"]:  # nobody has read them yet: the case was never public
        milestone.computed.filter(confidence=Confidence.ESTIMATED).delete()
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
        (3, case.stage or case.filing_step > 3, _("l’étape de la procédure")),  # « je ne sais pas » is an answer
        (4, case.summary, _("la phrase qui résume")),
        (4, case.story, _("ce qui se passe")),
        (5, case.filer_role, _("qui vous êtes")),
        (5, case.filer_name or case.pseudonymous, _("votre nom")),
        (5, identity.mailbox(case), _("votre adresse e-mail")),
        (5, case.attested_at, _("votre attestation")),
    ]
    return [Missing(step, what) for step, value, what in needed if not value]


def to_reword(case: Case) -> list[rewording.Reword]:
    return rewording.needed(case, filed_fact(case), filed_milestone(case))


def submit(case: Case, secret: str, let_stand: Collection[str] = ()) -> bool:
    """Hand the case to the moderators, once however often the button is pressed; False when it had left already.

    `let_stand`: the keys of what its filer read again and leaves as it is.
    Raises NotEditable when something is missing, or tells who keeps a pseudonym.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        before = locked.status
        if CaseStatus.SUBMITTED not in TRANSITIONS[before]:
            return False
        if lacking := missing(locked):
            raise NotEditable(_("Il manque encore : %(what)s.") % {"what": ", ".join(item.what for item in lacking)})
        if telling := [item for item in to_reword(locked) if not item.stands(let_stand)]:
            raise NotEditable(" ".join(item.what for item in telling))
        now = timezone.now()
        Case.objects.filter(pk=case.pk, status=before).update(
            status=CaseStatus.SUBMITTED, submitted_at=now, updated_at=now
        )
        CaseTransition.objects.create(case=locked, from_status=before, to_status=CaseStatus.SUBMITTED)
        if not locked.filer_email_confirmed_at:
            transaction.on_commit(lambda: confirming.send(locked, secret), robust=True)
    case.refresh_from_db()
    return True


def _send_resume_link(case: Case, secret: str) -> None:
    page = settings.SITE_URL + reverse("filing_step", args=[secret, case.filing_step])
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("i4emploi : votre lien pour reprendre votre dossier")  # neither the plant nor a word of the sender
        body = render_to_string("campaigns/mail/resume.txt", {"case": case, "page": page})
    identity.write_to(case, subject, body, about=f"Case {case.pk}")
