"""Facts with sources. A fact that turned out wrong is answered by another with its own source: both stay side by side.

Only a moderator takes one away, in the admin, and only what should never have been written.
"""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import holding
from campaigns.models import Case, Fact, FactKind, Unit, User

UNITS: dict[str, str] = {
    FactKind.JOBS_THREATENED: Unit.JOBS,
    FactKind.JOBS_PROMISED: Unit.JOBS,
    FactKind.JOBS_TAKEN_OVER: Unit.JOBS,
    FactKind.JOBS_LOST: Unit.JOBS,
    FactKind.JOBS_CONFIRMED: Unit.JOBS,
    FactKind.PUBLIC_SUPPORT: Unit.EUROS,
    FactKind.PRICE: Unit.EUROS,
    FactKind.EVENT: Unit.NONE,
}
MOST = {Unit.JOBS: Decimal(500_000), Unit.EUROS: Decimal(10**11), Unit.NONE: Decimal(0)}


class NotPossible(Exception):
    """Why the fact is not taken; the message is for people."""


def record(
    case: Case,
    by: User | None,
    kind: str,
    source_label: str,
    *,
    value: Decimal | int | None = None,
    text: str = "",
    on: date | None = None,
    source_url: str = "",
    giver: str = "",
    condition: str = "",
    headline: bool = False,
) -> Fact:
    """Store a fact, once however often the button is pressed. Raises NotPossible while its words are held."""
    said = {
        "kind": kind, "value": value, "unit": UNITS[kind], "text": text, "on": on, "source_label": source_label,
        "source_url": source_url, "giver": giver, "condition": condition,
    }  # fmt: skip
    check_words(case, by, text, source_label, source_url, giver, condition)
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        fact = case.facts.filter(**said).first() or Fact.objects.create(case=case, recorded_by=by, **said)
        if headline:
            put_ahead(fact)
    return fact


def check_words(case: Case, by: User | None, *parts: str) -> None:
    """Raises NotPossible while these words are held. Call it outside of a transaction that its refusal would undo."""
    if held := holding.hold(case, "\n".join(part for part in parts if part), _("un fait"), by):
        raise NotPossible(holding.explain(held))


def put_ahead(fact: Fact) -> None:
    """Make it the figure of its kind that titles, posts and lists show; the others stay beside it."""
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=fact.case_id)
        fact.case.facts.filter(kind=fact.kind, is_headline=True).exclude(pk=fact.pk).update(is_headline=False)
        fact.is_headline = True
        fact.save(update_fields=["is_headline"])


def known_total(supports: list[Fact]) -> Decimal | None:
    """The sum of support in euros when each amount is known and each giver is named once; else None: it would be a guess."""
    amounts = [support.value for support in supports]
    givers = [support.giver.casefold() for support in supports]
    if len(supports) < 2 or None in amounts or len(set(givers)) != len(givers):
        return None
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
