"""When to read a post's counters again: often while it is young, then less and less (pure)."""

from datetime import datetime, timedelta

STEPS = (  # up to this age, read this often
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(hours=6), timedelta(minutes=20)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=6)),
    (timedelta(days=30), timedelta(days=1)),
)


def next_read(published_at: datetime, now: datetime, speed: float = 1.0) -> datetime | None:
    """The next instant worth a reading, or None once the post is too old. `speed` above 1 is a demo's time-lapse."""
    for age, pause in STEPS:
        if now - published_at < age:
            return now + pause / speed
    return None
