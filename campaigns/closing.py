"""The end of a case: what the judgment says, the dates that fall, and the mail that tells it to whoever worked for it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from campaigns import facts, following_up, holding, identity, milestones
from campaigns.models import Case, FactKind, Outcome, User


def judged(
    jobs_saved: int | None, jobs_lost: int | None, judged_on: date | None, source_label: str, source_url: str
) -> list[dict[str, Any]]:
    """What the judgment says, as `facts.record` takes it; one that says no figure is an event."""
    source = {"on": judged_on, "source_label": source_label, "source_url": source_url}
    figures = [(FactKind.JOBS_TAKEN_OVER, jobs_saved), (FactKind.JOBS_LOST, jobs_lost)]
    known = [
        {"kind": kind, "value": jobs, "text": "", "headline": True, **source}
        for kind, jobs in figures
        if jobs is not None
    ]
    if known or not source_label:
        return known
    with translation.override(settings.LANGUAGE_CODE):
        return [{"kind": FactKind.EVENT, "text": _("Jugement"), **source}]


def let_words_through(case: Case, by: User, note: str, said: list[dict[str, Any]]) -> None:
    """Whoever closes a case has read the words of a confidential procedure that they write: the register says so."""
    holding.let_through(case, note, _("l’issue du dossier"), by)
    for fact in said:
        holding.let_through(case, facts.words(fact["text"], fact["source_label"], fact["source_url"]), _("un fait"), by)


def settle(locked: Case, by: User | None, outcome: str, said: list[dict[str, Any]]) -> None:
    """Store what was judged, plan the questions to come, end the dates; the mails leave once it is kept."""
    for fact in said:
        facts.record(locked, by, **fact)
    following_up.plan(locked, outcome, timezone.now())
    milestones.end(locked, _over(outcome))
    transaction.on_commit(lambda: _tell(locked.pk), robust=True)


def _over(outcome: str) -> str:
    """Why the dates to come do not come any more: read by everybody, so in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Le dossier est clos : %(outcome)s.") % {"outcome": Outcome(outcome).label}


def _tell(case_pk: int) -> None:
    """One mail to the filer and one to each of the team; whoever is both reads it once."""
    case = Case.objects.select_related("commune").get(pk=case_pk)
    subject, body = _write(case)
    about = f"Closing of case {case.pk}"
    identity.write_to(case, subject, body, about=about, awaited=True)
    identity.write_to_team(case, subject, body, about)


def _write(case: Case) -> tuple[str, str]:
    """Names nobody: whoever filed the case stays out of it."""
    months = [str(one.months) for one in case.follow_ups.order_by("months")]
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "case": case,
            "outcome": case.get_outcome_display(),
            "figures": [case.headline(kind) for kind in facts.OUTCOME],
            "months": get_text_list(months, _("et")),
            "page": settings.SITE_URL + case.get_absolute_url(),
        }
        subject = _("Le dossier %(case)s est clos : %(outcome)s") % {"case": case, "outcome": context["outcome"]}
        return subject, render_to_string("campaigns/mail/closed.txt", context)
