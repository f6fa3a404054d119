"""The court's calendar as rules: working days, dates that the law lets one expect, alerts before a date.

Nothing here is a legal fact: every date is an estimate, which a person confirms or dismisses.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Protocol, TypeVar

import holidays

from i4emploi_site.lib.times import LAST_MINUTE, PARIS

ALSACE = "6AE"
MOSELLE = "57"
# Code of the département or collectivity → the subdivision of `holidays`; the others keep the national days.
SUBDIVISIONS = {
    "57": MOSELLE, "67": ALSACE, "68": ALSACE,
    "971": "971", "972": "972", "973": "973", "974": "974", "976": "976",
    "975": "PM", "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip

ESTIMATED = "estimated"

HEARD_IN_COURT = ("sauvegarde", "redressement", "liquidation_poursuite", "liquidation")
# kind, article, rule, working days before the hearing
BEFORE_HEARING = (
    ("amelioration", "R642-1 C. com.", "offers_improved_until", 2),
    ("avis_cse", "L642-5 C. com.", "cse_heard_until", 1),
)
COUNTED_FROM = {kind: "audience" for kind, _article, _rule, _days in BEFORE_HEARING}
# stage: kind, then (article, rule, months since the judgment) from the first end to the last that the law allows
PERIODS = {
    "sauvegarde": (
        "fin_observation",
        (("L621-3 C. com.", "observation_first", 6), ("L621-3 C. com.", "observation_longest", 12)),
    ),
    "redressement": (
        "fin_observation",
        (("L631-7 C. com.", "observation_first", 6), ("L631-7 C. com.", "observation_longest", 18)),
    ),
    "liquidation_poursuite": (
        "fin_maintien",
        (("L641-10 C. com.", "activity_first", 3), ("L641-10 C. com.", "activity_longest", 6)),
    ),
}

ORDER = ("dldo", "amelioration", "audience", "delibere")  # of a sale (art. L642-2 to L642-5 C. com.)

THRESHOLDS = {  # the loosest first
    "30d": timedelta(days=30),
    "7d": timedelta(days=7),
    "2d": timedelta(days=2),
    "24h": timedelta(hours=24),
}


@dataclass(frozen=True)
class Dated:
    """A milestone as the rules need it."""

    kind: str
    at: datetime
    cancelled: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A date that a rule lets one expect; `rule` and `inputs` are what a sentence of explanation is built from."""

    kind: str
    at: datetime | None  # Europe/Paris; None: the law is worth citing, and gives no date
    article: str
    rule: str
    inputs: Mapping[str, date | datetime | int | str] = field(default_factory=dict, hash=False)
    confidence: str = ESTIMATED

    @property
    def key(self) -> str:
        """The same rule on the same date is the same suggestion."""
        return f"{self.rule}:{self.at.date().isoformat() if self.at else ''}"


@cache
def _public_holidays(subdivision: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays("FR", subdiv=subdivision)


def is_working_day(day: date, departement: str) -> bool:
    """A *jour ouvré*: Monday to Friday, and no public holiday of the place.

    Good Friday is a holiday in the communes of 57, 67 and 68 that have a Protestant church: it counts as one in all of
    them, which errs towards the earlier date. Where `holidays` does not know a place, the national days count.
    """
    return day.weekday() < 5 and day not in _public_holidays(SUBDIVISIONS.get(departement))


def nth_working_day_before(day: date, n: int, departement: str) -> date:
    """The nth jour ouvré before `day`, which need not be one itself. Raises ValueError unless n ≥ 1."""
    if n < 1:
        raise ValueError("n counts working days before the day, from 1")
    for _found in range(n):
        day -= timedelta(days=1)
        while not is_working_day(day, departement):
            day -= timedelta(days=1)
    return day


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has none such (art. 641 CPC)."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def moment(day: date, at: time) -> datetime:
    """An hour of a day in Paris; of the hour that October has twice, the first. Raises ValueError for the one that
    March skips.
    """
    local = datetime.combine(day, at, tzinfo=PARIS)
    if local.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError(f"{day} has no {at:%H:%M} in Paris")
    return local


def end_of(day: date) -> datetime:
    return moment(day, LAST_MINUTE)


def suggestions(
    stage: str,
    milestones: Iterable[Dated],
    departement: str,
    opened_on: date | None,
    maintained_since: date | None,
    now: datetime,
) -> list[Suggestion]:
    """What the law lets one expect next, soonest first, undated last.

    Left out: the past, and each kind of which one stands and is still to come. One that has passed does not stop the
    next: the hearing was put off, the period renewed. Of several hearings to come, the next one counts.
    """
    coming = _coming(milestones, now)
    found = _given(stage, _hearings(coming)[:1], departement, opened_on, maintained_since)
    kinds = {known.kind for known in coming}
    due = [new for new in found if new.kind not in kinds and (new.at is None or _utc(new.at) > _utc(now))]
    return sorted(due, key=lambda new: (new.at is None, new.at and _utc(new.at)))


def still_given(
    stage: str,
    milestones: Iterable[Dated],
    departement: str,
    opened_on: date | None,
    maintained_since: date | None,
    now: datetime,
) -> set[str]:
    """The keys of all that the rules give, counted from whichever hearing to come, whether or not it is dated already."""
    hearings = _hearings(_coming(milestones, now))
    return {new.key for new in _given(stage, hearings, departement, opened_on, maintained_since)}


def _coming(milestones: Iterable[Dated], now: datetime) -> list[Dated]:
    return [known for known in milestones if not known.cancelled and _utc(known.at) > _utc(now)]


def _hearings(coming: list[Dated]) -> list[datetime]:
    return sorted((known.at for known in coming if known.kind == "audience"), key=_utc)


def _given(
    stage: str, hearings: list[datetime], departement: str, opened_on: date | None, maintained_since: date | None
) -> list[Suggestion]:
    return [
        *(new for hearing in hearings for new in _before_hearing(stage, hearing, departement)),
        *_ends_of_period(stage, maintained_since if stage == "liquidation_poursuite" else opened_on),
        *_search_for_a_buyer(stage),
    ]


def _before_hearing(stage: str, hearing: datetime, departement: str) -> Iterator[Suggestion]:
    """« Jusqu’à deux jours ouvrés avant » is read as the last minute of the second working day before the hearing, of
    which the words say most; a court may read them more strictly, so the date is an estimate.
    """
    if stage not in HEARD_IN_COURT:
        return
    day = hearing.astimezone(PARIS).date()
    for kind, article, rule, n in BEFORE_HEARING:
        at = end_of(nth_working_day_before(day, n, departement))
        yield Suggestion(kind, at, article, rule, {"hearing": hearing, "working_days": n, "departement": departement})


def _ends_of_period(stage: str, since: date | None) -> Iterator[Suggestion]:
    """The first end of the period and the last that the law allows. Not carried over to a working day: the period of a
    judgment is no time limit for an act (art. 642 CPC).
    """
    if stage not in PERIODS or since is None:
        return
    kind, ends = PERIODS[stage]
    for article, rule, months in ends:
        yield Suggestion(kind, end_of(months_after(since, months)), article, rule, {"since": since, "months": months})


def _search_for_a_buyer(stage: str) -> Iterator[Suggestion]:
    """Loi Florange: from 1,000 employees, closing a site obliges to look for a buyer; the employer sets the dates."""
    if stage == "fermeture_annoncee":
        yield Suggestion("recherche_repreneur", None, "L1233-57-9 C. trav.", "florange_search", {"employees": 1000})


def alerts_due(milestone_at: datetime, now: datetime, sent: set[str]) -> list[str]:
    """The threshold to tell now: at most the tightest that is reached, and none once it or a tighter one was sent.

    Thresholds are hours that pass: 24 h before 9:00 on the Sunday of a clock change is 8:00 or 10:00 the day before.
    """
    left = _utc(milestone_at) - _utc(now)
    if left <= timedelta():
        return []
    reached = [name for name, threshold in THRESHOLDS.items() if left <= threshold]
    tighter = list(THRESHOLDS)[len(reached) :]
    return [] if not reached or sent & {reached[-1], *tighter} else [reached[-1]]


class OnClock(Protocol):
    kind: str
    at: datetime


Date = TypeVar("Date", bound=OnClock)


def misordered(coming: Iterable[Date]) -> list[tuple[Date, Date]]:
    """The dates to come that stand in another order than a sale goes: the one that should be first, then the other."""
    ordered = [known for known in coming if known.kind in ORDER]
    return [
        (first, then)
        for first in ordered
        for then in ordered
        if ORDER.index(first.kind) < ORDER.index(then.kind) and _utc(first.at) > _utc(then.at)
    ]


def _utc(at: datetime) -> datetime:
    """Two Paris instants compare and subtract as wall clocks: in UTC they do as time passes."""
    return at.astimezone(UTC)
