"""The court's calendar: working days of every département, dates exact across both clock changes, alerts told once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from campaigns import clock
from campaigns.clock import Dated, alerts_due, nth_working_day_before, suggestions
from campaigns.models import DEPARTEMENTS
from i4emploi_site.lib.times import PARIS

FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)
days = st.dates(FIRST, LAST)
places = st.sampled_from(sorted(DEPARTEMENTS))
instants = st.builds(
    lambda day, hour, zone: datetime.combine(day, hour, tzinfo=zone), days, st.times(), st.sampled_from([UTC, PARIS])
)
METROPOLITAN = [code for code in DEPARTEMENTS if len(code) == 2]


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)


NOW = paris(2027, 5, 3, 9)


def suggested(stage="redressement", hearing=None, place="19", now=NOW, opened_on=None, maintained_since=None):
    known = [Dated("audience", hearing)] if hearing else []
    return {new.rule: new for new in suggestions(stage, known, place, opened_on, maintained_since, now)}


def national_holidays(year: int) -> set[date]:
    """Art. L3133-1 C. trav., written without the library that the code uses."""
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    moving = [easter(year) + timedelta(days=n) for n in (1, 39, 50)]
    return {date(year, month, day) for month, day in fixed} | set(moving)


def holidays_of(year: int, place: str) -> set[date]:
    """With the two days of art. L3134-13 C. trav. in Moselle, Bas-Rhin and Haut-Rhin."""
    local = {easter(year) - timedelta(days=2), date(year, 12, 26)} if place in ("57", "67", "68") else set()
    return national_holidays(year) | local


def test_every_day_of_seven_years_is_what_the_code_du_travail_says_in_every_metropolitan_departement():
    closed = {place: set().union(*(holidays_of(y, place) for y in range(2024, 2031))) for place in METROPOLITAN}
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        for place in METROPOLITAN:
            assert clock.is_working_day(day, place) == (day.weekday() < 5 and day not in closed[place]), (day, place)


@given(days, places)
def test_no_place_works_on_a_national_holiday_nor_at_the_weekend(day, place):
    if day.weekday() >= 5 or day in national_holidays(day.year):
        assert not clock.is_working_day(day, place)


@given(days, st.integers(1, 6), places)
def test_the_nth_working_day_before_has_just_n_working_days_up_to_the_eve(day, n, place):
    found = nth_working_day_before(day, n, place)
    between = [found + timedelta(days=i) for i in range((day - found).days)]
    assert clock.is_working_day(found, place)
    assert sum(clock.is_working_day(each, place) for each in between) == n


@pytest.mark.parametrize(
    ("day", "n", "place", "expected"),
    [
        (date(2027, 5, 18), 1, "19", date(2027, 5, 14)),  # Tuesday after Pentecost Monday: the eve is Friday
        (date(2027, 5, 18), 2, "19", date(2027, 5, 13)),
        (date(2027, 5, 7), 2, "19", date(2027, 5, 4)),  # Friday after Ascension
        (date(2024, 12, 27), 1, "67", date(2024, 12, 24)),  # 25 and 26 December in Strasbourg
        (date(2024, 12, 27), 1, "68", date(2024, 12, 24)),
        (date(2024, 12, 27), 1, "19", date(2024, 12, 26)),
        (date(2026, 4, 7), 1, "57", date(2026, 4, 2)),  # Good Friday and Easter Monday in Moselle
        (date(2026, 4, 7), 1, "54", date(2026, 4, 3)),  # next door, Good Friday is worked
        (date(2026, 1, 1), 1, "19", date(2025, 12, 31)),  # on a holiday itself
        (date(2026, 1, 2), 1, "19", date(2025, 12, 31)),  # over the New Year
        (date(2026, 1, 2), 2, "19", date(2025, 12, 30)),
        (date(2029, 1, 2), 2, "19", date(2028, 12, 28)),  # Tuesday 2 January: Friday 29, Thursday 28
        (date(2025, 5, 28), 1, "971", date(2025, 5, 26)),  # 27 May, abolition of slavery in Guadeloupe
        (date(2025, 5, 23), 1, "972", date(2025, 5, 21)),  # 22 May in Martinique
        (date(2025, 6, 11), 1, "973", date(2025, 6, 6)),  # 10 June in Guyane, after Pentecost Monday the 9th
        (date(2027, 12, 21), 1, "974", date(2027, 12, 17)),  # 20 December in La Réunion
        (date(2027, 4, 28), 1, "976", date(2027, 4, 26)),  # 27 April in Mayotte
        (date(2027, 4, 28), 1, "989", date(2027, 4, 27)),  # Clipperton: unknown, national days
        (date(2027, 4, 28), 1, "", date(2027, 4, 27)),  # no commune yet
    ],
)
def test_working_days_checked_by_hand(day, n, place, expected):
    assert nth_working_day_before(day, n, place) == expected


@pytest.mark.parametrize("n", [0, -2])
def test_days_are_counted_from_one(n):
    with pytest.raises(ValueError, match="from 1"):
        nth_working_day_before(FIRST, n, "19")


def test_a_hearing_after_pentecost_gives_its_two_dates_with_their_articles():
    found = suggested(hearing=paris(2027, 5, 18, 14))
    offers, cse = found["offers_improved_until"], found["cse_heard_until"]
    assert (offers.kind, offers.at, offers.article) == ("amelioration", paris(2027, 5, 13, 23, 59), "R642-1 C. com.")
    assert (cse.kind, cse.at, cse.article) == ("avis_cse", paris(2027, 5, 14, 23, 59), "L642-5 C. com.")
    assert offers.inputs == {"hearing": paris(2027, 5, 18, 14), "working_days": 2, "departement": "19"}
    assert {new.confidence for new in found.values()} == {"estimated"}


def test_a_hearing_stored_in_utc_counts_from_its_day_in_paris():
    late_evening = datetime(2027, 5, 18, 22, 30, tzinfo=UTC)  # half past midnight on the 19th
    assert suggested(hearing=late_evening)["cse_heard_until"].at == paris(2027, 5, 18, 23, 59)


@pytest.mark.parametrize(
    ("hearing", "utc"),
    [
        (paris(2027, 3, 29, 14), datetime(2027, 3, 25, 22, 59, tzinfo=UTC)),  # winter time still
        (paris(2027, 3, 31, 9), datetime(2027, 3, 26, 22, 59, tzinfo=UTC)),  # after Easter Monday and the change
        (paris(2027, 4, 1, 9), datetime(2027, 3, 30, 21, 59, tzinfo=UTC)),  # summer time
        (paris(2027, 11, 2, 9), datetime(2027, 10, 28, 21, 59, tzinfo=UTC)),
        (paris(2027, 11, 4, 9), datetime(2027, 11, 2, 22, 59, tzinfo=UTC)),
    ],
)
def test_both_clock_changes_keep_the_hour_of_paris(hearing, utc):
    now = datetime(2027, 1, 4, tzinfo=UTC)
    assert suggested(hearing=hearing, now=now)["offers_improved_until"].at == utc


@given(days, st.times(), places)
def test_every_date_of_a_hearing_is_a_working_evening_before_it(day, hour, place):
    hearing = datetime.combine(day, hour.replace(fold=0), tzinfo=PARIS)
    found = suggested(hearing=hearing, place=place, now=paris(2023, 1, 1))
    offers, cse = found["offers_improved_until"].at, found["cse_heard_until"].at
    assert offers.tzinfo is PARIS
    assert (offers.hour, offers.minute) == (23, 59)
    assert offers < cse < hearing
    assert clock.is_working_day(offers.date(), place)
    assert clock.is_working_day(cse.date(), place)


def test_a_cancelled_hearing_a_past_one_or_one_outside_a_procedure_suggests_nothing():
    hearing = Dated("audience", paris(2027, 5, 18, 14), cancelled=True)
    assert suggestions("redressement", [hearing], "19", None, None, NOW) == []
    assert suggested(hearing=paris(2027, 4, 27, 14)) == {}
    assert suggested("fermeture_annoncee", hearing=paris(2027, 5, 18, 14)).keys() == {"florange_search"}
    assert suggested("conciliation", hearing=paris(2027, 5, 18, 14), opened_on=date(2027, 4, 1)) == {}


def test_the_next_hearing_counts_when_there_are_two():
    known = [Dated("audience", paris(2027, 6, 15, 9)), Dated("audience", paris(2027, 5, 18, 14))]
    found = suggestions("redressement", known, "19", None, None, NOW)
    assert [new.at for new in found] == [paris(2027, 5, 13, 23, 59), paris(2027, 5, 14, 23, 59)]


def test_what_stands_is_not_suggested_again_and_what_was_cancelled_or_has_passed_is():
    hearing = Dated("audience", paris(2027, 5, 18, 14))

    def kinds(*more):
        return [new.kind for new in suggestions("redressement", [hearing, *more], "19", None, None, NOW)]

    elsewhere = paris(2027, 5, 12, 12)
    assert kinds(Dated("amelioration", elsewhere)) == ["avis_cse"]
    assert kinds(Dated("amelioration", elsewhere, cancelled=True)) == ["amelioration", "avis_cse"]
    assert kinds(Dated("amelioration", paris(2027, 4, 20, 23, 59))) == [
        "amelioration",
        "avis_cse",
    ]  # of a first hearing


def test_what_has_passed_is_not_suggested_to_the_minute():
    hearing = paris(2027, 5, 18, 14)
    assert "offers_improved_until" in suggested(hearing=hearing, now=paris(2027, 5, 13, 23, 58))
    assert suggested(hearing=hearing, now=paris(2027, 5, 13, 23, 59)).keys() == {"cse_heard_until"}


@pytest.mark.parametrize(
    ("stage", "since", "expected"),
    [
        ("redressement", date(2027, 4, 30), [(2027, 10, 30), (2028, 10, 30)]),
        ("sauvegarde", date(2027, 4, 30), [(2027, 10, 30), (2028, 4, 30)]),
        ("liquidation_poursuite", date(2027, 4, 30), [(2027, 7, 30), (2027, 10, 30)]),
        ("sauvegarde", date(2027, 8, 31), [(2028, 2, 29), (2028, 8, 31)]),  # clipped to a leap February
        ("redressement", date(2026, 12, 31), [(2027, 6, 30), (2028, 6, 30)]),
        ("liquidation_poursuite", date(2027, 3, 31), [(2027, 6, 30), (2027, 9, 30)]),
        ("redressement", date(2026, 9, 29), [(2028, 3, 29)]),  # the first end has passed
        ("liquidation", date(2027, 4, 30), []),
        ("cloture", date(2027, 4, 30), []),
    ],
)
def test_periods_end_on_the_same_day_of_a_later_month(stage, since, expected):
    found = suggestions(stage, [], "19", since, since, NOW)
    assert [new.at for new in found] == [paris(*day, 23, 59) for day in expected]


def test_periods_cite_their_articles_and_say_from_when_they_count():
    first, longest = suggestions("redressement", [], "19", date(2027, 4, 30), date(2027, 4, 1), NOW)
    assert {first.article, longest.article} == {"L631-7 C. com."}
    assert longest.inputs == {"since": date(2027, 4, 30), "months": 18}
    (maintained, _longest) = suggestions("liquidation_poursuite", [], "19", None, date(2027, 4, 1), NOW)
    assert (maintained.kind, maintained.article) == ("fin_maintien", "L641-10 C. com.")


def test_an_unknown_opening_gives_no_end_of_a_period():
    assert suggested("redressement") == {}
    assert suggested("liquidation_poursuite", opened_on=date(2027, 4, 1)) == {}


def test_the_florange_law_is_cited_without_a_date():
    (found,) = suggestions("fermeture_annoncee", [], "19", None, None, NOW)
    assert (found.kind, found.at, found.article) == ("recherche_repreneur", None, "L1233-57-9 C. trav.")
    known = [Dated("recherche_repreneur", paris(2027, 8, 1, 12))]
    assert suggestions("fermeture_annoncee", known, "19", None, None, NOW) == []


@given(days, st.integers(0, 40))
def test_months_keep_the_day_or_end_with_the_month(day, months):
    found = clock.months_after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)


@given(st.sampled_from(sorted(clock.PERIODS)), days, places)
def test_a_longer_period_ends_later_and_at_midnight_in_paris(stage, since, place):
    first, longest = suggestions(stage, [], place, since, since, paris(2020, 1, 1))
    assert first.at.astimezone(UTC) < longest.at.astimezone(UTC)
    for new in (first, longest):
        assert (new.at.hour, new.at.minute) == (23, 59)
        assert new.at.astimezone(UTC).astimezone(PARIS) == new.at


def test_suggestions_keep_their_key_until_their_date_moves():
    one, same = (suggested(hearing=paris(2027, 5, 18, hour))["cse_heard_until"].key for hour in (9, 14))
    assert one == same != suggested(hearing=paris(2027, 5, 20, 9))["cse_heard_until"].key


def test_a_moment_is_an_hour_of_paris_and_the_skipped_hour_is_refused():
    assert clock.moment(date(2027, 7, 1), time(14)) == datetime(2027, 7, 1, 12, tzinfo=UTC)
    assert clock.moment(date(2027, 10, 31), time(2, 30)).astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="02:30"):
        clock.moment(date(2027, 3, 28), time(2, 30))


AT = paris(2027, 5, 18, 14)


@pytest.mark.parametrize(
    ("left", "sent", "due"),
    [
        (timedelta(days=30, seconds=1), set(), []),
        (timedelta(days=30), set(), ["30d"]),
        (timedelta(days=29), {"30d"}, []),
        (timedelta(days=5), set(), ["7d"]),  # filed five days before: not the thirty days' too
        (timedelta(days=5), {"30d"}, ["7d"]),
        (timedelta(days=5), {"7d"}, []),
        (timedelta(days=2), {"30d", "7d"}, ["2d"]),
        (timedelta(hours=24), {"2d"}, ["24h"]),
        (timedelta(hours=1), set(), ["24h"]),
        (timedelta(seconds=1), {"24h"}, []),
        (timedelta(days=5), {"24h"}, []),  # a tighter one was told: nothing looser follows
        (timedelta(), set(), []),
        (timedelta(days=-1), set(), []),
    ],
)
def test_the_tightest_threshold_alone_is_due(left, sent, due):
    assert alerts_due(AT, AT.astimezone(UTC) - left, sent) == due


@pytest.mark.parametrize(
    ("at", "before"),
    [
        (paris(2027, 3, 28, 9), paris(2027, 3, 27, 8)),  # that night has 23 hours
        (paris(2027, 10, 31, 9), paris(2027, 10, 30, 10)),  # and that one 25
    ],
)
def test_twenty_four_hours_are_hours_that_pass_across_both_clock_changes(at, before):
    assert alerts_due(at, before, {"2d"}) == ["24h"]
    assert alerts_due(at, before - timedelta(minutes=1), {"2d"}) == []


@given(instants, st.lists(st.integers(0, 40 * 24 * 60), min_size=1, max_size=60))
def test_each_threshold_is_told_at_most_once_and_in_order_whenever_one_looks(at, minutes_before):
    sent: list[str] = []
    for minutes in sorted(minutes_before, reverse=True):
        sent += alerts_due(at, at.astimezone(UTC) - timedelta(minutes=minutes), set(sent))
    assert sent == [name for name in clock.THRESHOLDS if name in sent]
    soonest = min((minutes for minutes in minutes_before if minutes), default=None)
    reached = [n for n, threshold in clock.THRESHOLDS.items() if soonest and timedelta(minutes=soonest) <= threshold]
    assert (sent[-1:] == reached[-1:]) or (not soonest and sent == [])
