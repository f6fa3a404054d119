"""The dates of the court clock, as people set, move and cancel them; each change keeps its reason and counts for calendars."""

import re
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from campaigns import clock, holding, suggesting
from campaigns.models import (
    Case,
    CaseStatus,
    Milestone,
    Postponement,
    User,
)
from campaigns.models.milestone import MilestoneQuerySet
from i4emploi_site.lib.times import PARIS

SAID = ("authority", "confidence", "source_label", "source_url", "note")  # what is said of a date, beside the date
ENDED = (CaseStatus.CLOSED, CaseStatus.REJECTED)


class NotPossible(Exception):
    """Why the date stays as it is; the message is for the person who tried."""


def add(case: Case, by: User, **said) -> Milestone:
    """A new date, once however often the button is pressed.

    Raises NotPossible while its words are held, and when the clock has this date with something else said of it.
    """
    _check_words(case, by, *(said.get(name, "") for name in ("note", "source_label", "source_url")))
    with transaction.atomic():
        locked = _open(case)
        if same := case.milestones.standing().filter(kind=said["kind"], at=said["at"]).first():
            if _says(same, said):
                return same
            raise NotPossible(_("Cette échéance est déjà à l’horloge : changez ce qu’on en dit avec « Préciser »."))
        made = Milestone.objects.create(case=case, **said)
        _touch(locked)
    return made


def postpone(milestone: Milestone, to_at: datetime, by: User | None, reason: str, **said: str) -> Postponement:
    """Move a milestone, say who set the new date and how one knows, and keep what was said of the former one.

    `said`: the columns of SAID that change with it. Raises NotPossible.
    """
    sources = said.get("source_label", ""), said.get("source_url", "")
    reason, before = _reason(milestone.case, by, reason, said.get("note", ""), *sources), milestone.at
    if before == to_at:
        raise NotPossible(_("La date est la même."))
    with transaction.atomic():
        case = _open(milestone.case)
        former = _still(milestone)
        moved = _record(former, to_at, by, reason=reason, source_label=sources[0], source_url=sources[1])
        _row(former).change(at=to_at, **said)
        _touch(case)
    milestone.refresh_from_db()
    return moved


def specify(milestone: Milestone, by: User | None, **said: str) -> None:
    """Say better who set a date, how sure it is and how one knows, and keep what was said. The date itself is postponed.

    Raises NotPossible.
    """
    _check_words(milestone.case, by, *(said[name] for name in ("note", "source_label", "source_url")))
    with transaction.atomic():
        case = _open(milestone.case)
        former = _still(milestone)
        if _says(former, said):  # pressed twice
            return
        _record(former, former.at, by)
        _row(former).change(**said)
        _touch(case)
    milestone.refresh_from_db()


def cancel(milestone: Milestone, by: User | None, reason: str) -> None:
    """It will not take place: it leaves the clock, and stays on record and in calendars as cancelled. Raises NotPossible."""
    reason = _reason(milestone.case, by, reason)
    with transaction.atomic():
        case = _open(milestone.case)
        if not _row(milestone).standing().cancel(reason):
            raise NotPossible(_("Cette échéance est déjà annulée."))
        _touch(case)
    milestone.refresh_from_db()


def end(case: Case, reason: str) -> None:
    """The case ends: what its clock still waited for does not come any more. `case` is locked."""
    case.milestones.upcoming(timezone.now()).cancel(reason)


def outdated_words(case: Case) -> list[tuple[str, str]]:
    """(« 11 décembre », the name of the text): days that dates no longer have, and that the case's texts still say."""
    dates = list(case.milestones.prefetch_related("postponements"))
    today = {_day(one.at) for one in dates if one.cancelled_at is None}
    gone = {_day(moved.from_at) for one in dates for moved in one.postponements.all()}
    gone |= {_day(one.at) for one in dates if one.cancelled_at}
    texts = [(case.summary, _("la phrase qui résume")), (case.story, _("le récit")), (case.needs, _("les besoins"))]
    return [(day, name) for day in sorted(gone - today) for text, name in texts if _tells(text, day)]


def misordered(case: Case) -> list[tuple[Milestone, Milestone]]:
    """The dates to come that stand in another order than a sale goes: the one that should come first, then the other."""
    return clock.misordered(case.milestones.upcoming(timezone.now()))


def _tells(text: str, day: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(day)}\b", text, re.IGNORECASE) is not None


def _day(at: datetime) -> str:
    """As the case's texts write it: they are in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return formats.date_format(at.astimezone(PARIS), "j F")


def _open(case: Case) -> Case:
    """The case, locked. Raises NotPossible when it is over."""
    locked = Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
    if locked.status in ENDED:
        raise NotPossible(_("Ce dossier est clos : ses dates ne changent plus."))
    return locked


def _still(milestone: Milestone) -> Milestone:
    """The row as it is stored, standing and on the date that was read. Raises NotPossible."""
    stored = Milestone.objects.standing().filter(pk=milestone.pk, at=milestone.at).first()
    if stored is None:
        raise NotPossible(_("Cette échéance a bougé entre-temps : rechargez la page."))
    return stored


def _record(former: Milestone, to_at: datetime, by: User | None, **why: str) -> Postponement:
    said = {name: getattr(former, name) for name in SAID}
    return Postponement.objects.create(milestone=former, from_at=former.at, to_at=to_at, by=by, said_before=said, **why)


def _row(milestone: Milestone) -> MilestoneQuerySet:
    return Milestone.objects.filter(pk=milestone.pk)


def _says(milestone: Milestone, said: dict) -> bool:
    return all(getattr(milestone, name) == value for name, value in said.items())


def _touch(case: Case) -> None:
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1, updated_at=now)
    suggesting.refresh(case, now)


def _reason(case: Case, by: User | None, reason: str, *sources: str) -> str:
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    _check_words(case, by, reason, *sources)
    return reason


def _check_words(case: Case, by: User | None, *parts: str) -> None:
    if held := holding.hold(case, "\n".join(part for part in parts if part), _("une échéance"), by):
        raise NotPossible(holding.explain(held))
