"""The dates of the court clock, as people set, move and cancel them; each change keeps its reason and counts for calendars."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import holding
from campaigns.models import Case, Milestone, Postponement, User


class NotPossible(Exception):
    """Why the date stays as it is; the message is for the person who tried."""


def add(case: Case, by: User, **said) -> Milestone:
    """A new date, once however often the button is pressed.

    Raises NotPossible while its words are held, and when the clock has this date with something else said of it.
    """
    _check_words(case, by, *(said.get(name, "") for name in ("note", "source_label", "source_url")))
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        if same := case.milestones.standing().filter(kind=said["kind"], at=said["at"]).first():
            if _says(same, said):
                return same
            raise NotPossible(_("Cette échéance est déjà à l’horloge : changez ce qu’on en dit avec « Préciser »."))
        made = Milestone.objects.create(case=case, **said)
        _touch(case.pk)
    return made


def postpone(
    milestone: Milestone, to_at: datetime, by: User | None, reason: str, source_label: str = "", source_url: str = ""
) -> Postponement:
    """Move a milestone and keep where it was, why, and on whose word. Raises NotPossible."""
    reason, before = _reason(milestone.case, by, reason, source_label, source_url), milestone.at
    if before == to_at:
        raise NotPossible(_("La date est la même."))
    with transaction.atomic():
        changes = {"at": to_at, "sequence": F("sequence") + 1, "updated_at": timezone.now()}
        if not Milestone.objects.standing().filter(pk=milestone.pk, at=before).update(**changes):
            raise NotPossible(_("Cette échéance a bougé entre-temps : rechargez la page."))
        moved = Postponement.objects.create(
            milestone=milestone, from_at=before, to_at=to_at, by=by,
            reason=reason, source_label=source_label, source_url=source_url,
        )  # fmt: skip
        _touch(milestone.case_id)
    milestone.at = to_at
    return moved


def specify(milestone: Milestone, by: User | None, **said) -> None:
    """Say better who set a date, how sure it is and how one knows. The date itself is postponed. Raises NotPossible."""
    _check_words(milestone.case, by, *(said[name] for name in ("note", "source_label", "source_url")))
    if _says(milestone, said):
        return
    with transaction.atomic():
        changes = {**said, "sequence": F("sequence") + 1, "updated_at": timezone.now()}
        if not Milestone.objects.standing().filter(pk=milestone.pk, at=milestone.at).update(**changes):
            raise NotPossible(_("Cette échéance a bougé entre-temps : rechargez la page."))
        _touch(milestone.case_id)
    milestone.refresh_from_db()


def cancel(milestone: Milestone, by: User | None, reason: str) -> None:
    """It will not take place: it leaves the clock, and stays on record and in calendars as cancelled. Raises NotPossible."""
    reason = _reason(milestone.case, by, reason)
    now = timezone.now()
    with transaction.atomic():
        changes = {"cancelled_at": now, "cancelled_reason": reason, "sequence": F("sequence") + 1, "updated_at": now}
        if not Milestone.objects.standing().filter(pk=milestone.pk).update(**changes):
            raise NotPossible(_("Cette échéance est déjà annulée."))
        _touch(milestone.case_id)
    milestone.refresh_from_db()


def _says(milestone: Milestone, said: dict) -> bool:
    return all(getattr(milestone, name) == value for name, value in said.items())


def _touch(case_pk: int) -> None:
    Case.objects.filter(pk=case_pk).update(version=F("version") + 1, updated_at=timezone.now())


def _reason(case: Case, by: User | None, reason: str, *sources: str) -> str:
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    _check_words(case, by, reason, *sources)
    return reason


def _check_words(case: Case, by: User | None, *parts: str) -> None:
    if held := holding.hold(case, "\n".join(part for part in parts if part), _("une échéance"), by):
        raise NotPossible(holding.explain(held))
