"""A line chart drawn on the server: ink and blue, labelled directly, legible without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from i4emploi_site.lib.times import PARIS

WIDTH, HEIGHT = 480, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 16, 24


@dataclass(frozen=True)
class Chart:
    """Everything that the template needs to draw: all coordinates are in the viewBox's units."""

    line: str
    area: str
    gridlines: list[tuple[float, str]]
    dates: list[tuple[float, str, str]]
    last: tuple[float, float]
    first_value: int
    last_value: int
    width: int = WIDTH
    height: int = HEIGHT


def line_chart(points: Sequence[tuple[datetime, int]]) -> Chart | None:
    """None with fewer than two points: a line needs two."""
    if len(points) < 2:
        return None
    times = [at.timestamp() for at, _value in points]
    top = _round_up(max(value for _at, value in points))
    span = (times[-1] - times[0]) or 1

    def x(second: float) -> float:
        return round(LEFT + (second - times[0]) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    path = "L".join(f"{x(second)} {y(value)}" for second, (_at, value) in zip(times, points, strict=True))
    base = HEIGHT - BOTTOM
    pattern = "%H h" if span < 2 * 86400 else "%d/%m"
    shown = [(0, "start"), (len(points) // 2, "middle"), (len(points) - 1, "end")]
    return Chart(
        line=f"M{path}",
        area=f"M{x(times[0])} {base}L{path}L{x(times[-1])} {base}Z",
        gridlines=[(y(top * part / 2), _thousands(int(top * part / 2))) for part in range(3)],
        dates=[(x(times[i]), f"{points[i][0].astimezone(PARIS):{pattern}}", anchor) for i, anchor in shown],
        last=(x(times[-1]), y(points[-1][1])),
        first_value=points[0][1],
        last_value=points[-1][1],
    )


def _round_up(value: int) -> int:
    """The next 2, 4 or 10 of the same order of magnitude, so that half of it is whole."""
    size = 2
    while size < value:
        size = size * 2 if str(size)[0] in "2" else size * 10 // 4 if str(size)[0] == "4" else size * 2
    return size


def _thousands(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")
