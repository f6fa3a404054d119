"""The dates that the law lets one expect, kept as proposals: a computed date changes nothing until a person accepts it."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import formats, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import clock
from campaigns.models import (
    UNDER_WAY,
    Case,
    Confidence,
    Milestone,
    MilestoneKind,
    Notice,
    Proposal,
    ProposalKind,
    ProposalOrigin,
    ProposalState,
    Stage,
)
from campaigns.models.case import CaseQuerySet
from campaigns.models.notice import NoticeQuerySet
from campaigns.opendata import natures
from i4emploi_site.lib.times import full_date

WHY: dict[str, Promise] = {
    "offers_improved_until": gettext_lazy(
        "Les offres s’améliorent jusqu’à deux jours ouvrés avant l’audience du %(hearing)s (%(article)s)."
    ),
    "cse_heard_until": gettext_lazy(
        "Le CSE donne son avis au plus tard le jour ouvré avant l’audience du %(hearing)s (%(article)s), soit le %(day)s."
    ),
    "observation_first": gettext_lazy(
        "La période d’observation ouverte le %(since)s dure d’abord %(months)s mois (%(article)s). Le tribunal peut en fixer "
        "une autre."
    ),
    "observation_longest": gettext_lazy(
        "Renouvelée, la période d’observation ouverte le %(since)s ne dépasse pas %(months)s mois (%(article)s)."
    ),
    "activity_first": gettext_lazy(
        "L’activité maintenue depuis le %(since)s l’est d’abord pour %(months)s mois (%(article)s). Le tribunal peut en décider "
        "autrement."
    ),
    "activity_longest": gettext_lazy(
        "Prolongé une fois, le maintien de l’activité depuis le %(since)s ne dépasse pas %(months)s mois (%(article)s)."
    ),
    "florange_search": gettext_lazy(
        "À partir de %(employees)s salariés, l’employeur qui ferme un site cherche un repreneur (%(article)s) et en informe le "
        "maire : demandez-lui ses dates."
    ),
}
JUST_CHANGED = timedelta(minutes=5)  # several turns of the minute that looks for them
ESTIMATED = gettext_lazy("Date estimée : à confirmer avant de la montrer.")


def refresh_all(now: datetime) -> None:
    _refresh(Case.objects.filter(status__in=UNDER_WAY), now)


def refresh_changed(now: datetime) -> None:
    """The cases that somebody touched a moment ago: whoever moves a date sees at once what follows from it."""
    _refresh(Case.objects.filter(status__in=UNDER_WAY, updated_at__gt=now - JUST_CHANGED), now)


def _refresh(cases: CaseQuerySet, now: datetime) -> None:
    for case in cases.order_by("pk"):
        refresh(case, now)


def refresh(case: Case, now: datetime) -> None:
    """Make the computed dates and the pending computed proposals those of the clock as it stands now.

    Running it again changes nothing.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=["self"]).select_related("commune").get(pk=case.pk)
        _let_fall(locked, now)
        wanted = {f"clock:{new.key}": new for new in _suggested(locked, now)}
        known = {kept.key: kept for kept in locked.proposals.filter(origin=ProposalOrigin.CLOCK)}
        pending = {key for key, kept in known.items() if kept.state == ProposalState.PENDING}
        locked.proposals.pending().filter(key__in=pending - wanted.keys()).update(
            state=ProposalState.WITHDRAWN, decided_at=now
        )
        for key, suggestion in wanted.items():
            if key not in known:
                _propose(locked, key, suggestion)
        back = locked.proposals.filter(key__in=wanted.keys(), state=ProposalState.WITHDRAWN)
        back.update(state=ProposalState.PENDING, decided_at=None)  # the hearing came back to its date


def _let_fall(case: Case, now: datetime) -> None:
    """A date that a person accepted from the clock falls with what it was counted from, and may be proposed again.

    Once a person said better who set it and how sure it is, it stands by itself.
    """
    if case.status not in UNDER_WAY:
        return
    given = {f"clock:{key}" for key in clock.still_given(*_clock_of(case), now)}
    accepted = case.proposals.filter(origin=ProposalOrigin.CLOCK, state=ProposalState.ACCEPTED)
    for proposal in accepted.exclude(key__in=given).filter(at__gt=now):
        same = case.milestones.standing().filter(kind=proposal.milestone_kind, at=proposal.at)
        for computed in same.filter(confidence=Confidence.ESTIMATED).select_related("rests_on"):
            case.milestones.filter(pk=computed.pk).cancel(_why_it_falls(case, computed))
            accepted.filter(pk=proposal.pk).update(state=ProposalState.WITHDRAWN)
            Case.objects.filter(pk=case.pk).update(version=F("version") + 1, updated_at=now)


def _why_it_falls(case: Case, computed: Milestone) -> str:
    """Everybody reads it, so in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        basis, kind = computed.rests_on, clock.COUNTED_FROM.get(computed.kind, "")
        if basis and basis.cancelled_at:
            reason = _("Elle était calculée d’après une autre échéance (%(kind)s), qui a été annulée.")
        elif basis and basis.kind != kind:
            reason = _("Elle était calculée d’après une autre échéance (%(kind)s), corrigée depuis en : %(now)s.")
        elif basis and case.stage in clock.HEARD_IN_COURT:
            reason = _("Elle était calculée d’après une autre échéance (%(kind)s), qui a changé de date.")
        else:
            return _("Elle était calculée d’après l’étape de la procédure ou une annonce, qui a changé.")
        return reason % {"kind": MilestoneKind(kind).label, "now": basis.get_kind_display()}


def _clock_of(case: Case) -> tuple[str, list[clock.Dated], str, date | None, date | None]:
    """What the rules count from: stage, dates, département, days of the judgments."""
    known = [clock.Dated(kept.kind, kept.at, kept.cancelled_at is not None) for kept in case.milestones.all()]
    departement = case.commune.departement if case.commune else ""
    return (case.stage, known, departement, *_judged_on(case))


def _suggested(case: Case, now: datetime) -> list[clock.Suggestion]:
    if case.status not in UNDER_WAY:
        return []
    said = _said_by_the_gazette(case)
    return [new for new in clock.suggestions(*_clock_of(case), now) if (new.kind, new.at) not in said]


def _said_by_the_gazette(case: Case) -> set[tuple[str, datetime | None]]:
    """What the notices propose already, or proposed and a person decided about."""
    read = case.proposals.filter(origin=ProposalOrigin.GAZETTE, kind=ProposalKind.MILESTONE)
    return set(read.exclude(state=ProposalState.WITHDRAWN).values_list("milestone_kind", "at"))


def _judged_on(case: Case) -> tuple[date | None, date | None]:
    """The days of the judgments that opened the procedure and kept the activity going, as the gazette tells them.

    A judgment that says itself until when the activity goes on leaves nothing to reckon.
    """
    opened_on = maintained_since = None
    for notice in _standing_notices(case):  # the oldest first: the last judgment counts
        stage = natures.stage_of(notice.nature)
        if stage == case.stage and natures.is_opening(notice.nature):
            opened_on = notice.judgment_on
        words = f"{notice.nature} {notice.details}"
        if stage == Stage.LIQUIDATION and natures.continues(words):
            maintained_since = None if natures.continues_until(words) else notice.judgment_on
    return opened_on, maintained_since


def _standing_notices(case: Case) -> NoticeQuerySet:
    judged = Notice.objects.standing().filter(siren=case.siren, judgment_on__isnull=False)
    return judged.order_by("judgment_on", "pk") if case.siren else judged.none()


def _propose(case: Case, key: str, suggestion: clock.Suggestion) -> None:
    """What has no date, or no kind of milestone here, is only something to look at again."""
    dated = suggestion.at is not None and suggestion.kind in MilestoneKind.values
    Proposal.objects.create(
        case=case, origin=ProposalOrigin.CLOCK, key=key, at=suggestion.at, article=f"art. {suggestion.article}",
        kind=ProposalKind.MILESTONE if dated else ProposalKind.LOOK_AGAIN,
        milestone_kind=suggestion.kind if dated else "", why=explain(suggestion),
    )  # fmt: skip


def explain(suggestion: clock.Suggestion) -> str:
    """The sentence that goes with a computed date, in French: moderators and teams read the same row."""
    with translation.override(settings.LANGUAGE_CODE):
        words = {name: _in_words(value) for name, value in suggestion.inputs.items()}
        words["article"] = _("art. %(article)s") % {"article": suggestion.article}
        if suggestion.at is None:
            return str(WHY[suggestion.rule]) % words
        words["day"] = _in_words(suggestion.at.date())
        return f"{str(WHY[suggestion.rule]) % words} {ESTIMATED}"


def _in_words(value: date | datetime | int | str) -> str:
    if isinstance(value, datetime):
        return full_date(value)
    return formats.date_format(value, "j F Y") if isinstance(value, date) else str(value)
