"""When to post: pure rules on instants, quiet hours and daily caps (all clock times are Europe/Paris)."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

from i4emploi_site.lib.times import PARIS

MORNING = timedelta(minutes=30)  # over which those leave who waited for the end of their quiet hours


def spread(count: int, start: datetime, minutes: int, seed: str) -> list[datetime]:
    """`count` instants over `minutes` after `start`, one in each equal slice, at a random moment of the slice.

    The same seed gives the same instants, so that a preview and the real thing agree.
    """
    chance = random.Random(seed)  # noqa: S311 - jitter, not a secret
    slice_seconds = minutes * 60 / count if count else 0
    return [start + timedelta(seconds=slice_seconds * (i + chance.random())) for i in range(count)]


def share_of(ids: Iterable[int], percent: int, seed: str) -> set[int]:
    """So many of a hundred of `ids`, to the nearest. Always the same for a seed, whatever their order; one that joins or
    leaves moves one other at most.
    """
    ranked = sorted(ids, key=lambda each: sha256(f"{seed}:{each}".encode()).digest())
    return set(ranked[: (len(ranked) * percent + 50) // 100])


def out_of_quiet_hours(
    at: datetime, quiet_from: time | None, quiet_until: time | None, lag: timedelta = timedelta()
) -> datetime:
    """`at`, or `lag` after the end of the quiet hours that it falls in; hours that cross midnight are one night.

    The lag keeps those apart whose nights end together; it is left out where it would lead into the next quiet hours.
    """
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return at
    local = at.astimezone(PARIS)
    clock = local.time()
    crosses_midnight = quiet_from > quiet_until
    quiet = clock >= quiet_from or clock < quiet_until if crosses_midnight else quiet_from <= clock < quiet_until
    if not quiet:
        return at
    day = local.date() + timedelta(days=1 if crosses_midnight and clock >= quiet_from else 0)
    fold = local.fold  # in autumn an hour comes twice
    end = datetime.combine(day, quiet_until.replace(fold=fold), PARIS).astimezone(UTC)
    late = end + lag
    return late if out_of_quiet_hours(late, quiet_from, quiet_until) == late else end


def start_of_day(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(PARIS).date(), time(0), PARIS)


def same_time_tomorrow(at: datetime) -> datetime:
    """The same clock time on the next day in Paris, whatever the change of hour in between."""
    local = at.astimezone(PARIS)
    return datetime.combine(local.date() + timedelta(days=1), local.time(), PARIS)


def backoff(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt that was not carried out: 15 s, 30 s, 1 min, 2 min…, at most an hour."""
    return timedelta(seconds=min(15 * 2 ** max(attempts - 1, 0), 3600))
