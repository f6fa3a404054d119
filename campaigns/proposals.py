"""What a person decides about proposals. Nothing is applied without them, and nothing to a case that moved meanwhile."""

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import clock, suggesting
from campaigns.models import (
    CONFIDENTIAL_STAGES,
    UNDER_WAY,
    Authority,
    Case,
    Confidence,
    Milestone,
    Proposal,
    ProposalKind,
    ProposalOrigin,
    ProposalState,
    Stage,
    User,
)

FROM = ":from:"  # ends the key of a change of stage: the stage where the case was


class NotPossible(Exception):
    """Why the decision cannot be taken; the message is for the person who tried."""


def accept(proposal: Proposal, by: User) -> None:
    """Apply it to the case, once. Raises NotPossible, and then the case has not changed."""
    suggesting.refresh(proposal.case, timezone.now())  # apart: what it withdraws stays withdrawn after a refusal
    with transaction.atomic():
        case = Case.objects.select_for_update(of=["self"]).get(pk=proposal.case_id)
        if case.status not in UNDER_WAY:
            words = {"status": case.get_status_display()}
            raise NotPossible(_("Ce dossier est maintenant « %(status)s » : rien ne s’y applique plus.") % words)
        suggesting.refresh(case, timezone.now())  # again, now that nobody else changes the case
        _check_still_true(proposal)
        _decide(proposal, ProposalState.ACCEPTED, by)
        if proposal.kind == ProposalKind.STAGE:
            _change_stage(case, proposal)
        elif proposal.kind == ProposalKind.MILESTONE:
            _add_milestone(case, proposal)
        suggesting.refresh(case, timezone.now())
    proposal.refresh_from_db()


def dismiss(proposal: Proposal, by: User, reason: str) -> None:
    """Set it aside, for a reason that stays: the same is never proposed again. Raises NotPossible."""
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    _decide(proposal, ProposalState.DISMISSED, by, reason)
    proposal.refresh_from_db()


def _check_still_true(proposal: Proposal) -> None:
    notice = proposal.notice
    if proposal.kind != ProposalKind.LOOK_AGAIN and notice and not notice.stands:
        raise NotPossible(_("L’annonce a été corrigée ou annulée : écartez cette proposition."))
    if Proposal.objects.filter(pk=proposal.pk, origin=ProposalOrigin.CLOCK, state=ProposalState.WITHDRAWN).exists():
        raise NotPossible(
            _("Rien n’a été appliqué : ce dont cette proposition était calculée a changé, ou sa date est passée.")
        )
    if proposal.kind == ProposalKind.MILESTONE and proposal.at and proposal.at <= timezone.now():
        raise NotPossible(_("Cette date est passée : écartez cette proposition."))


def withdraw_gazettes(case: Case) -> None:
    """The case is about another company than the notices that were read."""
    gone = {"state": ProposalState.WITHDRAWN, "decided_at": timezone.now()}
    case.proposals.pending().filter(origin=ProposalOrigin.GAZETTE).update(**gone)
    Case.objects.filter(pk=case.pk).update(gazette_watched_on=None)


def _decide(proposal: Proposal, state: str, by: User, reason: str = "") -> None:
    changes = {"state": state, "decided_by": by, "decided_at": timezone.now(), "reason": reason}
    if not Proposal.objects.pending().filter(pk=proposal.pk).update(**changes):
        raise NotPossible(_("Cette proposition n’attend plus : rechargez la page."))


def _change_stage(case: Case, proposal: Proposal) -> None:
    if proposal.stage not in Stage.values or proposal.stage in CONFIDENTIAL_STAGES:  # art. L611-15 C. com.
        raise NotPossible(_("Aucune proposition ne mène à une procédure confidentielle."))
    before = proposal.key.partition(FROM)[2] if FROM in proposal.key else case.stage
    here = Case.objects.filter(pk=case.pk, stage=before, status__in=UNDER_WAY)
    if not here.update(**case.with_stage(proposal.stage), version=F("version") + 1, updated_at=timezone.now()):
        raise NotPossible(_("Le dossier a changé d’étape depuis cette proposition : rechargez la page."))


def _add_milestone(case: Case, proposal: Proposal) -> None:
    if proposal.at is None:
        raise NotPossible(_("Cette proposition n’a pas de date."))
    same = Milestone.objects.standing().filter(case=case, kind=proposal.milestone_kind)
    if not proposal.notice_id:
        same = same.filter(at=proposal.at)
    if same.exists():
        raise NotPossible(_("Le dossier a déjà cette échéance."))
    with translation.override(settings.LANGUAGE_CODE):
        grounds = _grounds(proposal)
    basis = _computed_from(case, proposal)
    Milestone.objects.create(case=case, kind=proposal.milestone_kind, at=proposal.at, rests_on=basis, **grounds)
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1, updated_at=timezone.now())


def _computed_from(case: Case, proposal: Proposal) -> Milestone | None:
    """The date that a rule counted from; the gazette's dates stand by themselves."""
    kind = clock.COUNTED_FROM.get(proposal.milestone_kind) if proposal.origin == ProposalOrigin.CLOCK else None
    return case.milestones.upcoming(timezone.now()).filter(kind=kind).first() if kind else None


def _grounds(proposal: Proposal) -> dict[str, str]:
    """A date that a rule gives is estimated; what a judgment says is announced."""
    notice = proposal.notice
    grounds: dict[str, str] = {"confidence": Confidence.ESTIMATED if proposal.article else Confidence.ANNOUNCED}
    if proposal.article:
        grounds |= {
            "authority": Authority.LOI,
            "note": _("Date calculée : %(article)s") % {"article": proposal.article},
        }
    if notice:
        label = _("Bodacc, annonce n° %(number)s") % {"number": notice.bodacc_id}
        grounds |= {"authority": Authority.TRIBUNAL, "source_label": label, "source_url": notice.url}
    return grounds
