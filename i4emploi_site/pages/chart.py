"""Line charts drawn on the server: ink and blue, labelled directly, legible without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import formats

from i4emploi_site.lib.times import PARIS

WIDTH, HEIGHT = 480, 150
LEFT, RIGHT, TOP, BOTTOM = 64, 14, 22, 24
MOST_POINTS = 120  # more would not be seen at this width
NOTE_LENGTH = 34
LEAST_GAP = 80  # between two dates under the line, so that they never touch


@dataclass(frozen=True)
class Note:
    """What happened at a moment of the line."""

    x: float
    y: float
    words: str
    anchor: str


@dataclass(frozen=True)
class Chart:
    """Everything that the template needs to draw: all coordinates are in the viewBox's units."""

    line: str
    area: str
    gridlines: list[tuple[float, str]]
    dates: list[tuple[float, str, str]]
    notes: list[Note]
    last: tuple[float, float]
    first_value: str
    last_value: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def line_chart(
    points: Sequence[tuple[datetime, int | None]], events: Sequence[tuple[datetime, str]] = ()
) -> Chart | None:
    """None with fewer than two known points: a line needs two, and an unknown one is not a 0."""
    known = [(at, value) for at, value in points if value is not None]
    if len(known) < 2:
        return None
    known = known[:: -(-len(known) // MOST_POINTS)] + ([known[-1]] if len(known) > MOST_POINTS else [])
    times = [at.timestamp() for at, _value in known]
    top = _round_up(max(value for _at, value in known))
    span = (times[-1] - times[0]) or 1

    def x(second: float) -> float:
        return round(LEFT + (second - times[0]) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    path = "L".join(f"{x(second)} {y(value)}" for second, (_at, value) in zip(times, known, strict=True))
    base = HEIGHT - BOTTOM
    pattern = "%H:%M" if span < 3 * 3600 else "%H h" if span < 2 * 86400 else "%d/%m"
    shown = [(0, "start"), (len(known) - 1, "end")]
    middle = len(known) // 2
    if x(times[middle]) - LEFT > LEAST_GAP and x(times[middle]) < WIDTH - RIGHT - LEAST_GAP:
        shown.insert(1, (middle, "middle"))
    notes = []
    for at, words in events:
        second = at.timestamp()
        if times[-1] < second <= times[-1] + 3600:  # a point is its hour's
            second = times[-1]
        if times[0] <= second <= times[-1]:
            value = [v for t, (_at, v) in zip(times, known, strict=True) if t <= second][-1]
            short = words if len(words) <= NOTE_LENGTH else words[: NOTE_LENGTH - 1].rstrip() + "…"
            notes.append(Note(x(second), y(value), short, "end" if x(second) > WIDTH / 2 else "start"))
    return Chart(
        line=f"M{path}",
        area=f"M{x(times[0])} {base}L{path}L{x(times[-1])} {base}Z",
        gridlines=[(y(top * part / 2), thousands(int(top * part / 2))) for part in range(3)],
        dates=[(x(times[i]), f"{known[i][0].astimezone(PARIS):{pattern}}", anchor) for i, anchor in shown],
        notes=notes[-1:],  # one note is read, several overlap
        last=(x(times[-1]), y(known[-1][1])),
        first_value=thousands(known[0][1]),
        last_value=thousands(known[-1][1]),
    )


def _round_up(value: int) -> int:
    """The next 2, 4, 6, 8 or 10 of the same order of magnitude, so that half of it is whole."""
    unit = 10 ** (len(str(value)) - 1)
    return next(step * unit for step in (2, 4, 6, 8, 10, 20) if step * unit >= value)


def thousands(value: int) -> str:
    return formats.number_format(value, use_l10n=True, force_grouping=True)
