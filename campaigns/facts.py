"""Facts with sources. Sources that disagree stay side by side; what was noted wrong is corrected or taken back.

A moderator can also delete one in the admin: nothing at all remains of it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns import correcting, holding
from campaigns.models import Case, CaseStatus, Document, Fact, FactKind, Unit, User
from campaigns.models.place import searchable

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
LEAST = {FactKind.JOBS_THREATENED: Decimal(1)}  # the others may well be none
OUTCOME = (FactKind.JOBS_TAKEN_OVER, FactKind.JOBS_LOST)  # what the closing of a case says
ROUNDED = "environ, arrondi"  # said with the figure that replaced an exact one
MOST = {Unit.JOBS: Decimal(500_000), Unit.EUROS: Decimal(10**11), Unit.NONE: Decimal(0)}


class NotPossible(correcting.NotPossible):
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
    document: Document | None = None,
    headline: bool = False,
) -> Fact:
    """Store a fact, once however often the button is pressed. Raises NotPossible while its words are held, or when it
    is to be put ahead and has no figure to show.
    """
    if headline and value is None:
        raise NotPossible(_no_figure())
    if kind == FactKind.PUBLIC_SUPPORT and value is None and not text:
        text = condition or _unknown_amount()
    said = {
        "kind": kind, "value": value, "unit": UNITS[kind], "text": text, "on": on, "source_label": source_label,
        "source_url": source_url, "giver": giver, "condition": condition, "document": document,
    }  # fmt: skip
    check_words(case, by, text, source_label, source_url, giver, condition)
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        fact = case.facts.filter(**said).first() or Fact.objects.create(case=case, recorded_by=by, **said)
        if headline:
            put_ahead(fact)
    return fact


def correct(fact: Fact, by: User, reason: str, *, read: str, **said) -> bool:
    """What the fact says instead, with its reason. False when it says so already. Raises correcting.NotPossible.

    `read`: what was `correcting.seen` of it when the correction was begun.
    """
    kind, value = said["kind"], said["value"]
    _check_outcome(fact)
    if kind == FactKind.PUBLIC_SUPPORT and value is None:
        said["text"] = said["condition"] or _unknown_amount()
    elif kind == FactKind.PUBLIC_SUPPORT and fact.value is None:
        said["text"] = ""  # what stood for the amount
    if fact.is_headline and kind != fact.kind:
        said["is_headline"] = False
    elif fact.is_headline and value is None:
        raise NotPossible(_no_figure())
    return correcting.correct(fact, by, reason, said | {"unit": UNITS[kind]}, read=read)


def take_back(fact: Fact, by: User, reason: str) -> bool:
    """False when it is gone already. Raises correcting.NotPossible."""
    _check_outcome(fact)
    return correcting.take_back(fact, by, reason)


def _check_outcome(fact: Fact) -> None:
    if fact.case.status == CaseStatus.CLOSED and fact.kind in OUTCOME:
        raise NotPossible(_("L’issue d’un dossier clos ne change que par la modération : écrivez-lui."))


def check_words(case: Case, by: User | None, *parts: str) -> None:
    """Raises NotPossible while these words are held. Call it outside of a transaction that its refusal would undo."""
    if held := holding.hold(case, words(*parts), _("un fait"), by):
        raise NotPossible(holding.explain(held))


def words(*parts: str) -> str:
    """The texts of a fact as one, for the register of words that a person must read."""
    return "\n".join(part for part in parts if part)


def put_ahead(fact: Fact) -> None:
    """Make it the figure of its kind that titles, posts and lists show; the others stay beside it. Raises NotPossible."""
    if fact.value is None:
        raise NotPossible(_no_figure())
    with transaction.atomic():
        fact.case = Case.objects.select_for_update(of=["self"]).get(pk=fact.case_id)
        _check_outcome(fact)
        fact.case.facts.filter(kind=fact.kind, is_headline=True).exclude(pk=fact.pk).update(is_headline=False)
        fact.is_headline = True
        fact.save(update_fields=["is_headline"])


@dataclass(frozen=True)
class Group:
    """The facts of a kind, the one put ahead first, and whether their figures contradict each other."""

    kind: str
    facts: list[Fact]
    differ: bool


def by_kind(known: Iterable[Fact]) -> tuple[list[Group], list[Fact]]:
    """The facts in the order in which a rescue goes, and the public support apart."""
    rows = sorted(known, key=lambda fact: (FactKind.values.index(fact.kind), not fact.is_headline, fact.pk))
    groups = [
        Group(str(label), same, differ(same))
        for kind, label in FactKind.choices
        if kind != FactKind.PUBLIC_SUPPORT and (same := [fact for fact in rows if fact.kind == kind])
    ]
    return groups, [fact for fact in rows if fact.kind == FactKind.PUBLIC_SUPPORT]


def differ(group: Sequence[Fact]) -> bool:
    """Whether figures of one kind contradict each other. Jobs counted on different days do not: the site lives on."""
    said: dict[date | None, set[Decimal]] = {}
    for fact in group:
        if fact.value is not None:
            day = fact.on if fact.kind == FactKind.JOBS_CONFIRMED else None
            said.setdefault(day, set()).add(fact.value)
    return any(len(values) > 1 for values in said.values())


def coarsen(case: Case) -> None:
    """A figure that only its pseudonymous filer gives is rounded, and the exact one is kept nowhere."""
    for fact in case.facts.filter(source_url="", value__isnull=False, unit=Unit.JOBS):
        fact.value, fact.text = rounded(fact.value or 0), ROUNDED
        fact.save(update_fields=["value", "text"])


def rounded(exact: Decimal | int) -> Decimal:
    nearest = Decimal(5 if exact < 100 else 10 if exact < 500 else 50)
    return max((exact / nearest).quantize(Decimal(1)) * nearest, nearest)


def is_rounded(fact: Fact) -> bool:
    return fact.text == ROUNDED


def most_threatened(case: Case) -> Decimal | None:
    """The highest figure of threatened jobs that anybody gave; None: nobody gave one."""
    said = [fact.value for fact in case.facts.all() if fact.kind == FactKind.JOBS_THREATENED and fact.value is not None]
    return max(said, default=None)


def known_total(supports: Sequence[Fact]) -> Decimal | None:
    """The sum of support in euros when each amount is known and no giver comes twice; else None: it would be a guess."""
    amounts = [support.value for support in supports if support.value is not None]
    sets = [_givers(support) for support in supports]
    once = len(set().union(*sets)) == sum(map(len, sets))
    if len(supports) < 2 or len(amounts) < len(supports) or not all(sets) or not once:
        return None
    return sum(amounts, Decimal(0))


def _givers(support: Fact) -> set[str]:
    """« Région, département et commune » are three: one of them alone may be giving the same money."""
    return {name for part in re.split(r",|;|\+|\bet\b", support.giver) if (name := searchable(part))}


def _unknown_amount() -> str:
    """Stored and read by everybody, so in the site's language, whatever that of the page."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("montant inconnu")


def _no_figure() -> str:
    return _("Ce fait n’a pas de chiffre : le titre et les publications ne peuvent pas le dire.")
