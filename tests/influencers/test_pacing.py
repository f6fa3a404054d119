"""The rules of pacing hold for any instant, the nights when the clocks change included."""

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace

from hypothesis import example, given
from hypothesis import strategies as st

from i4emploi_site.lib.times import PARIS
from influencers import broadcasting, pacing

CLOCK = st.times().map(lambda at: at.replace(second=0, microsecond=0))
CHANGES = [datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
NEAR_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-1500, 1500)
)
INSTANTS = NEAR_A_CHANGE | st.integers(0, 2_000_000).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
NIGHTS = st.builds(
    lambda start, hours: (start, (datetime.combine(CHANGES[0], start) + hours).time()),
    CLOCK, st.timedeltas(timedelta(minutes=1), timedelta(hours=22)).map(lambda long: long - long % timedelta(minutes=1)),
)  # fmt: skip
LAGS = st.timedeltas(timedelta(), timedelta(hours=2))
SECOND_QUARTER_PAST_TWO = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 2 h 15 in Paris, for the second time that night


def is_quiet(at: datetime, quiet_from: time, quiet_until: time) -> bool:
    clock = at.astimezone(PARIS).time()
    if quiet_from < quiet_until:
        return quiet_from <= clock < quiet_until
    return quiet_from != quiet_until and not quiet_until <= clock < quiet_from


@given(INSTANTS, NIGHTS, LAGS)
@example(SECOND_QUARTER_PAST_TWO, (time(22), time(2, 30)), timedelta())
def test_nobody_is_posted_for_in_their_quiet_hours_and_nobody_before_their_time(at, night, lag):
    quiet_from, quiet_until = night
    moved = pacing.out_of_quiet_hours(at, quiet_from, quiet_until, lag).astimezone(UTC)
    assert not is_quiet(moved, quiet_from, quiet_until)
    assert moved == at or is_quiet(at, quiet_from, quiet_until)
    assert timedelta() <= moved - at <= timedelta(hours=25) + lag


@given(INSTANTS, CLOCK)
def test_without_quiet_hours_nothing_moves(at, clock):
    for quiet_from, quiet_until in ((None, None), (clock, None), (None, clock), (clock, clock)):
        assert pacing.out_of_quiet_hours(at, quiet_from, quiet_until, timedelta(hours=1)) == at


@given(st.integers(0, 300), INSTANTS, st.integers(0, 1440), st.text(max_size=8))
def test_each_has_a_slice_of_its_own_and_a_seed_always_says_the_same(count, start, minutes, seed):
    slots = pacing.spread(count, start, minutes, seed)
    assert slots == pacing.spread(count, start, minutes, seed)
    assert len(slots) == count
    slice_ = timedelta(minutes=minutes) / count if count else timedelta()
    hair = timedelta(microseconds=count + 1)
    for number, slot in enumerate(slots):
        assert start + slice_ * number - hair <= slot <= start + slice_ * (number + 1) + hair


@given(st.integers(1, 60), st.integers(1, 240), INSTANTS)
def test_whose_nights_end_together_leave_in_their_order_and_apart(count, minutes, at):
    person = SimpleNamespace(quiet_from=time(22), quiet_until=time(8))
    broadcast = SimpleNamespace(pk=1, at=at, spread_minutes=minutes)
    slots = broadcasting.slots_of(broadcast, [SimpleNamespace(influencer=person)] * count)
    asked = pacing.spread(count, at, minutes, seed="1")
    waited = [slot for slot, wish in zip(slots, asked, strict=True) if slot != wish]
    assert waited == sorted(set(waited))
    assert all(time(8) <= slot.astimezone(PARIS).time() <= time(8, 30) for slot in waited)


@given(st.sets(st.integers(1, 10_000), max_size=80), st.integers(0, 100), st.text(max_size=8))
def test_a_share_is_the_asked_part_and_one_who_joins_moves_one_other_at_most(ids, percent, seed):
    share = pacing.share_of(ids, percent, seed)
    assert share <= ids
    assert abs(len(share) - len(ids) * percent / 100) <= 0.5
    assert len(share - pacing.share_of(ids | {10_001}, percent, seed)) <= 1


@given(INSTANTS)
def test_tomorrow_is_the_same_time_by_the_clock(at):
    tomorrow = pacing.same_time_tomorrow(at).astimezone(PARIS)
    assert tomorrow.date() == at.astimezone(PARIS).date() + timedelta(days=1)
    assert timedelta(hours=23) <= tomorrow.astimezone(UTC) - at <= timedelta(hours=25)


@given(st.integers(-2, 10_000))
def test_the_wait_grows_to_an_hour_and_no_further(attempts):
    assert timedelta(seconds=15) <= pacing.backoff(attempts) <= pacing.backoff(attempts + 1) <= timedelta(hours=1)
