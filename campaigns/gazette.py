"""What BODACC publishes about watched cases becomes evidence and proposals; a person accepts them or not.

What should be proposed is worked out anew from the notices that stand, so reading twice changes nothing, a rectificatif
replaces and an annulation withdraws.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import formats, translation
from django.utils.translation import gettext as _

from campaigns import clock, registers, suggesting
from campaigns.models import (
    UNDER_WAY,
    Case,
    Milestone,
    MilestoneKind,
    Notice,
    NoticeKind,
    Proposal,
    ProposalKind,
    ProposalOrigin,
    ProposalState,
    Stage,
)
from campaigns.models.notice import NoticeQuerySet
from campaigns.opendata import natures
from i4emploi_site.lib.times import PARIS

HISTORY = timedelta(days=730)  # longer than any période d'observation: one page for one company, read whole each day
MOST_FAILURES = 5  # in a row: the register is down, and the next hour tries again
# How far a procedure went, to tell an old notice of where it came from from news of where it goes
PROGRESS: dict[str, int] = {
    Stage.SAUVEGARDE: 1,
    Stage.REDRESSEMENT: 2,
    Stage.LIQUIDATION_POURSUITE: 3,
    Stage.LIQUIDATION: 3,
    Stage.PLAN_CESSION: 3,
    Stage.PLAN_REDRESSEMENT: 3,
    Stage.CLOTURE: 4,
}
OBSERVED = (Stage.SAUVEGARDE, Stage.REDRESSEMENT)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """What the standing notices suggest; `key` is what it is and where it comes from."""

    key: str
    kind: str
    why: str
    notice: Notice
    stage: str = ""
    milestone_kind: str = ""
    at: datetime | None = None
    article: str = ""


def watch(now: datetime) -> int:
    """Read the gazette for each watched case that was not read today (Paris); how many SIRENs were read."""
    today, read, failures = now.astimezone(PARIS).date(), 0, 0
    due = Case.objects.filter(status__in=UNDER_WAY, siren__regex=r"^[0-9]{9}$")
    due = due.filter(Q(gazette_watched_on__isnull=True) | Q(gazette_watched_on__lt=today))
    for siren in dict.fromkeys(due.order_by("?").values_list("siren", flat=True)):  # none waits behind one that fails
        if failures == MOST_FAILURES:
            break
        if _read(siren, now):
            read, failures = read + 1, 0
        else:
            failures += 1
    return read


def _read(siren: str, now: datetime) -> bool:
    """One company, all or nothing: what fails is read again by the next run."""
    today = now.astimezone(PARIS).date()
    said = registers.notices_of(siren, today - HISTORY, today)
    if said is None:
        return False
    try:
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            kept = [registers.keep(notice, siren).pk for notice in said]
            cases = Case.objects.select_for_update(of=["self"]).filter(siren=siren, status__in=UNDER_WAY)
            for case in cases.order_by("pk"):
                settle(case, Notice.objects.filter(Q(siren=siren) | Q(pk__in=kept)), now)
                suggesting.refresh(case, now)  # its rules count from the notices
            cases.update(gazette_watched_on=today)
    except DatabaseError:
        logger.exception("BODACC: the notices of %s could not be stored", siren)
        return False
    return True


def settle(case: Case, notices: NoticeQuerySet, now: datetime) -> None:
    """Make the pending proposals of a locked case those that the standing notices suggest."""
    wanted = {offer.key: offer for offer in _offers(case, notices, now)}
    known = {proposal.key: proposal for proposal in case.proposals.filter(origin=ProposalOrigin.GAZETTE)}
    gone = [one.pk for key, one in known.items() if key not in wanted and one.state == ProposalState.PENDING]
    case.proposals.pending().filter(pk__in=gone).update(state=ProposalState.WITHDRAWN, decided_at=now)
    for key, offer in wanted.items():
        if key not in known:
            _propose(case, offer)
        elif known[key].state == ProposalState.WITHDRAWN:  # by us: it holds again
            back = {"state": ProposalState.PENDING, "decided_at": None}
            case.proposals.filter(pk=known[key].pk, state=ProposalState.WITHDRAWN).update(**back)


def _propose(case: Case, offer: Offer) -> None:
    Proposal.objects.create(
        case=case, origin=ProposalOrigin.GAZETTE, kind=offer.kind, key=offer.key, notice=offer.notice,
        stage=offer.stage, milestone_kind=offer.milestone_kind, at=offer.at, article=offer.article, why=offer.why[:400],
    )  # fmt: skip


def _offers(case: Case, notices: NoticeQuerySet, now: datetime) -> list[Offer]:
    standing = sorted(notices.standing(), key=_order)
    staged = [notice for notice in standing if _stage(notice)]
    latest = staged[-1] if staged else None
    offers = _look_again(case, list(notices), latest)
    if latest:
        offers += _stage_offer(case, latest) + _milestone_offers(case, latest, now)
    return offers


def _order(notice: Notice) -> tuple:
    return notice.judgment_on or notice.published_on, notice.published_on, notice.pk


def _stage(notice: Notice) -> str | None:
    stage = natures.stage_of(notice.nature)
    if stage == Stage.LIQUIDATION and natures.continues(f"{notice.nature} {notice.details}"):
        return Stage.LIQUIDATION_POURSUITE
    return stage


def _stage_offer(case: Case, notice: Notice) -> list[Offer]:
    stage = _stage(notice) or ""
    if _is_known(case, notice, stage):
        return []
    key = f"stage:{stage}:{notice.bodacc_id}"
    settled = case.proposals.filter(key__startswith=f"{key}:").exclude(
        state__in=[ProposalState.PENDING, ProposalState.WITHDRAWN]
    )
    if settled.exists():  # somebody decided, whatever stage the case was at
        return []
    return [Offer(f"{key}:from:{case.stage}", ProposalKind.STAGE, _said(notice), notice, stage=stage)]


def _is_known(case: Case, notice: Notice, stage: str) -> bool:
    """The case is there already, or was past it when it was filed; the gazette does not always say that activity goes on."""
    if case.stage == stage or (stage == Stage.LIQUIDATION and case.stage == Stage.LIQUIDATION_POURSUITE):
        return True
    is_older = notice.published_on < case.created_at.astimezone(PARIS).date()
    return is_older and PROGRESS.get(stage, 0) < PROGRESS.get(case.stage, 0)


def _milestone_offers(case: Case, notice: Notice, now: datetime) -> list[Offer]:
    """The end of the observation or of the activity, as a suggestion: a computed date is no legal fact."""
    stage, judged = _stage(notice) or "", notice.judgment_on
    begins = natures.is_opening(notice.nature) if stage in OBSERVED else stage == Stage.LIQUIDATION_POURSUITE
    if not judged or not begins:
        return []
    kind, [(article, _rule, months), *_longest] = clock.PERIODS[stage]
    day = clock.months_after(judged, months)
    if kind == MilestoneKind.FIN_MAINTIEN and (said := natures.continues_until(notice.details)):
        day, article = said, ""  # the judgment's own date needs no rule
    at = clock.end_of(day)
    if at <= now or Milestone.objects.standing().filter(case=case, kind=kind).exists():
        return []
    key = f"milestone:{kind}:{day.isoformat()}:{notice.bodacc_id}"
    why = _said(notice) + (" " + _estimated(kind) if article else "")
    return [Offer(key, ProposalKind.MILESTONE, why, notice, milestone_kind=kind, at=at, article=article)]


def _estimated(kind: str) -> str:
    if kind == MilestoneKind.FIN_OBSERVATION:
        return _("Date estimée : six mois après le jugement d’ouverture. Le tribunal peut en fixer une autre.")
    return _("Date estimée : trois mois après le jugement. Le tribunal peut en fixer une autre.")


def _look_again(case: Case, notices: list[Notice], latest: Notice | None) -> list[Offer]:
    by_id = {notice.bodacc_id: notice for notice in notices}
    offers = []
    for notice in notices:
        if notice.cancelled:
            continue
        why = ""
        is_news = latest is None or notice.published_on >= latest.published_on
        if notice.kind != NoticeKind.ANNONCE and notice.corrects:
            why = _why_corrected(case, notice, by_id.get(notice.corrects))
        elif notice.kind == NoticeKind.ANNULATION and is_news:
            why = _("%(notice)s Elle ne dit pas quelle annonce elle annule.") % {"notice": _said(notice)}
        elif natures.unsettles(notice.nature) and is_news:
            why = _("%(notice)s Cette décision en défait une autre : relisez le dossier.") % {"notice": _said(notice)}
        if why:
            offers.append(Offer(f"look_again:{notice.bodacc_id}", ProposalKind.LOOK_AGAIN, why, notice))
    return offers


def _why_corrected(case: Case, correction: Notice, corrected: Notice | None) -> str:
    """Why a person should look again at what they accepted; empty when nothing rests on the corrected notice."""
    accepted = case.proposals.filter(state=ProposalState.ACCEPTED)
    if corrected is None or not accepted.filter(notice=corrected).exclude(kind=ProposalKind.LOOK_AGAIN).exists():
        return ""
    same = (_stage(correction), correction.judgment_on) == (_stage(corrected), corrected.judgment_on)
    if correction.kind == NoticeKind.RECTIFICATIF and same:
        return ""
    return _("%(notice)s Vous aviez accepté une proposition tirée de l’annonce n° %(number)s : relisez-la.") % {
        "notice": _said(correction),
        "number": corrected.bodacc_id,
    }


def _said(notice: Notice) -> str:
    """« Bodacc du 6 octobre 2026 (annonce) : Jugement … du 29 septembre 2026. »"""
    nature = notice.nature[:160] or _("nature non précisée")
    words = {"day": _day(notice.published_on), "kind": notice.get_kind_display(), "nature": nature}
    if notice.judgment_on is None:
        return _("Bodacc du %(day)s (%(kind)s) : %(nature)s.") % words
    words["judged"] = _day(notice.judgment_on)
    return _("Bodacc du %(day)s (%(kind)s) : %(nature)s, du %(judged)s.") % words


def _day(day: date) -> str:
    return formats.date_format(day, "j F Y")
