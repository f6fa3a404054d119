"""Decisions on cases: every change of status goes through one door, is recorded, and reaches the filer by mail."""

from collections.abc import Callable
from datetime import date
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from stdnum.fr import siren as siren_rules

from campaigns import closing, decision_mail, holding, questions
from campaigns.models import (
    TRANSITIONS,
    Case,
    CaseFigures,
    CaseMember,
    CaseStatus,
    CaseTransition,
    FilerRole,
    FormerSlug,
    Outcome,
    User,
)
from i4emploi_site.lib import codes

DRAFT_SLUG = "brouillon-"


class NotAllowed(Exception):
    """The decision cannot be taken; the message is for the person who tried."""


def publish(case: Case, by: User | None) -> CaseTransition:
    """Visible at once. Refuses a confidential stage, an unconfirmed address and missing pieces."""
    return _move(
        case,
        CaseStatus.PUBLISHED,
        by,
        only_from=[CaseStatus.SUBMITTED],
        prepare=_first_publication,
        tell_all=decision_mail.published,
    )


def ask_changes(case: Case, by: User | None, reason: str) -> CaseTransition:
    """Back to the filer, who receives the reason and a new link: the old one dies with it."""
    reason, secret = _reason(reason), codes.secret()
    return _move(
        case, CaseStatus.CHANGES_ASKED, by, reason,
        prepare=lambda locked: {"filing_key": codes.digest(secret)},
        tell=partial(decision_mail.changes_asked, secret=secret, reason=reason),
    )  # fmt: skip


def reject(case: Case, by: User | None, reason: str) -> CaseTransition:
    reason = _reason(reason)
    return _move(case, CaseStatus.REJECTED, by, reason, tell=partial(decision_mail.rejected, reason=reason))


def hold(case: Case, by: User | None, reason: str) -> CaseTransition:
    """Out of sight at once; nothing is posted about it any more. The reason stays at the desk."""
    return _move(case, CaseStatus.HELD, by, _reason(reason), tell_all=decision_mail.suspended)


def resume(case: Case, by: User | None) -> CaseTransition:
    return _move(
        case,
        CaseStatus.PUBLISHED,
        by,
        only_from=[CaseStatus.HELD],
        prepare=_refuse_obstacles,
        tell_all=decision_mail.published,
    )


def close(
    case: Case,
    by: User | None,
    outcome: str,
    note: str = "",
    *,
    jobs_saved: int | None = None,
    jobs_lost: int | None = None,
    judged_on: date | None = None,
    source_label: str = "",
    source_url: str = "",
    words_read: bool = False,
) -> CaseTransition:
    """The end of the case, with the jobs saved and lost as facts (None: unknown) and their source, the judgment if there is one.

    `words_read`: whoever closes says that they read the words of a confidential procedure in what they write.
    """
    if outcome not in Outcome.values:
        raise NotAllowed(_("Choisissez l’issue du dossier."))

    note = note.strip()
    said = closing.judged(jobs_saved, jobs_lost, judged_on, source_label, source_url)

    def prepare(locked: Case) -> dict:
        if locked.is_confidential:
            raise NotAllowed(_confidential())
        if holding.words_in(note, source_label, source_url) and not (by and words_read):
            raise NotAllowed(_("Relisez les mots d’une procédure confidentielle, puis cochez la case qui le dit."))
        if by:
            closing.let_words_through(locked, by, note, said)
        closing.settle(locked, by, outcome, said)
        return {"outcome": outcome, "outcome_note": note, "closed_at": timezone.now()}

    return _move(case, CaseStatus.CLOSED, by, note, prepare=prepare)


def obstacles(case: Case) -> list[str]:
    """Why the case cannot be published as it stands; empty when it can."""
    found = []
    if case.is_confidential:
        found.append(_confidential())
    if not case.filer_email_confirmed_at:
        found.append(_("L’adresse e-mail du déclarant n’est pas confirmée."))
    found += _without_reader(case)
    needed = [
        (case.company_name, _("l’entreprise")),
        (case.commune_id, _("la commune")),
        (case.stage, _("l’étape de la procédure")),
        (case.summary, _("la phrase qui résume")),
        (case.story, _("ce qui se passe")),
        (case.attested_at, _("l’attestation du déclarant")),
    ]
    if lacking := [name for value, name in needed if not value]:
        found.append(_("Il manque : %(what)s.") % {"what": ", ".join(lacking)})
    return found


def _without_reader(case: Case) -> list[str]:
    """Leads are read by the team alone: a case that nobody would read is not published."""
    if User.objects.team_of(case).exists():
        return []
    if case.pseudonymous:
        return [
            _("Le déclarant garde un pseudonyme : ajoutez à l’équipe un élu, le CSE ou un autre lecteur des pistes.")
        ]
    if case.filer_email_confirmed_at and not _filer_account(case):
        return [_("Le compte du déclarant est fermé : ajoutez à l’équipe quelqu’un qui lise les pistes.")]
    return []


def _filer_account(case: Case) -> User | None:
    """The open account of who filed, to make them one of the team; none under a pseudonym."""
    filer = None if case.pseudonymous else User.objects.of_mailbox(case.filer_email)
    return filer if filer and filer.is_active else None


def warnings(case: Case) -> list[str]:
    """What a moderator should look at before deciding; reads facts and milestones, so prefetch them for a list."""
    found = []
    if case.is_confidential:
        found.append(_confidential())
    if words := confidential_words(case):
        found.append(_("Mots à relire (procédure confidentielle ?) : %(words)s.") % {"words": ", ".join(words)})
    if not case.filer_email_confirmed_at:
        found.append(_("L’adresse e-mail du déclarant n’est pas confirmée."))
    if case.siren and not siren_rules.is_valid(case.siren):
        found.append(_("Le SIREN est faux."))
    if not case.evidence_url:
        found.append(_("Aucun lien de preuve."))
    if not case.facts.all():
        found.append(_("Aucun chiffre sourcé."))
    milestones = [milestone for milestone in case.milestones.all() if milestone.cancelled_at is None]
    if not milestones:
        found.append(_("Aucune échéance : le dossier n’aura pas d’horloge."))
    elif all(milestone.at <= timezone.now() for milestone in milestones):
        found.append(_("Toutes les échéances sont passées."))
    return found


def confidential_words(case: Case) -> list[str]:
    """The words of confidential procedures found in any free text of the case."""
    texts = [case.company_name, case.court, case.practitioner, case.summary, case.story, case.needs, case.outcome_note]
    texts += [f"{fact.text} {fact.source_label}" for fact in case.facts.all()]
    texts += [f"{milestone.note} {milestone.source_label}" for milestone in case.milestones.all()]
    return holding.words_in(*texts)


def _confidential() -> str:
    return _(
        "Mandat ad hoc et conciliation sont confidentiels (art. L611-15 C. com.) : ce dossier ne peut pas être public."
    )


def _reason(reason: str) -> str:
    if not (reason := reason.strip()):
        raise NotAllowed(_("Écrivez le motif."))
    return reason


def _move(
    case: Case,
    to: str,
    by: User | None,
    reason: str = "",
    *,
    only_from: list[str] | None = None,
    prepare: Callable[[Case], dict] = lambda locked: {},
    tell: decision_mail.ToFiler | None = None,
    tell_all: decision_mail.ToAll | None = None,
) -> CaseTransition:
    """The one door between statuses. A second press of the button finds the status changed, and is refused.

    `tell` writes to the filer; `tell_all` to the team too, with the team's page, which is none for a sealed filer.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=["self"]).select_related("commune").get(pk=case.pk)
        before = locked.status
        if to not in TRANSITIONS[before] or (only_from and before not in only_from):
            raise NotAllowed(
                _("Ce dossier est maintenant « %(status)s » : cette décision n’est plus possible.")
                % {"status": locked.get_status_display()}
            )
        _update(locked, before, prepare(locked) | {"status": to, "updated_at": timezone.now()})
        step = CaseTransition.objects.create(
            case=locked, from_status=before, to_status=to, by=by, reason=reason,
            read=questions.as_read(locked) if to == CaseStatus.CHANGES_ASKED else {},
        )  # fmt: skip
        if to == CaseStatus.PUBLISHED and before == CaseStatus.SUBMITTED:
            _open_to_the_public(locked)
        if tell:
            transaction.on_commit(lambda: decision_mail.to_filer(locked.pk, tell), robust=True)
        if tell_all:
            transaction.on_commit(lambda: decision_mail.to_all(locked.pk, tell_all), robust=True)
    case.refresh_from_db()
    return step


def _update(locked: Case, before: str, changes: dict) -> None:
    """Apply the changes if the status is still `before`; a slug that another case has takes the next free number."""
    wished = changes.get("slug", "")
    for number in range(2, 200):
        try:
            with transaction.atomic():
                if not Case.objects.filter(pk=locked.pk, status=before).update(**changes):
                    raise NotAllowed(_("Ce dossier a changé entre-temps : rechargez la page."))
            return
        except IntegrityError:
            if not wished or not Case.objects.filter(slug=changes["slug"]).exclude(pk=locked.pk).exists():
                raise
            changes["slug"] = f"{wished}-{number}"
    raise NotAllowed(_("Aucune adresse libre pour ce dossier."))


def _refuse_obstacles(locked: Case) -> dict:
    if found := obstacles(locked):
        raise NotAllowed(" ".join(found))
    return {}


def _first_publication(locked: Case) -> dict:
    _refuse_obstacles(locked)
    changes: dict = {"published_at": timezone.now()}
    if locked.slug.startswith(DRAFT_SLUG):
        place = locked.commune.name if locked.commune else ""
        changes["slug"] = slugify(f"{locked.company_name} {place}")[:75].strip("-")
    return changes


def _open_to_the_public(case: Case) -> None:
    """`case` as it was read, before it had its public address."""
    if case.slug.startswith(DRAFT_SLUG):
        FormerSlug.objects.create(slug=case.slug, case=case)
    CaseFigures.objects.get_or_create(case=case)
    if filer := _filer_account(case):
        role = case.filer_role or FilerRole.OTHER
        CaseMember.objects.get_or_create(case=case, user=filer, defaults={"role": role})
