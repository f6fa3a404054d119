"""When to read again: a post's counters, or whether a person published what was offered to them (pure)."""

from datetime import datetime, timedelta

STEPS = (  # up to this age, read this often
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(hours=6), timedelta(minutes=20)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=6)),
    (timedelta(days=30), timedelta(days=1)),
)
# After an offer: at 2, 10 and 30 minutes, 2 and 12 hours, then once a day for a week. A network may ask money for each
# look (X does), and people publish soon or not at all.
LOOKS = (
    timedelta(minutes=2), timedelta(minutes=8), timedelta(minutes=20), timedelta(minutes=90), timedelta(hours=10),
    *[timedelta(days=1)] * 7,
)  # fmt: skip


def next_look(looks: int, now: datetime) -> datetime | None:
    """When to look for an offered post again after so many looks; None once it is no use."""
    return now + LOOKS[looks] if looks < len(LOOKS) else None


def next_read(published_at: datetime, now: datetime, speed: float = 1.0) -> datetime | None:
    """The next instant worth a reading, or None once the post is too old. `speed` above 1 is a demo's time-lapse."""
    for age, pause in STEPS:
        if now - published_at < age:
            return now + pause / speed
    return None
