"""A tile map: one square per département, placed roughly as on the map, overseas below."""

from dataclasses import dataclass

from campaigns.models import DEPARTEMENTS

ROWS = """
 ..  ..  ..  ..  76  80  62  59  08  ..  ..  ..
 ..  ..  50  27  95  60  93  02  55  57  ..  ..
 ..  22  14  61  78  92  75  77  51  54  67  ..
 29  35  53  72  28  91  94  10  52  88  68  ..
 ..  56  44  49  37  41  45  89  21  70  90  ..
 ..  ..  85  86  36  18  03  58  71  39  25  ..
 ..  ..  17  79  87  23  63  42  69  01  74  ..
 ..  ..  33  16  24  19  15  43  38  73  ..  ..
 ..  ..  ..  47  82  46  48  07  26  05  ..  ..
 ..  ..  64  40  32  81  12  30  84  04  06  ..
 ..  ..  ..  65  31  09  11  34  13  83  ..  2B
 ..  ..  ..  ..  ..  66  ..  ..  ..  ..  ..  2A
971 972 973 974 976
"""

PLACES: dict[str, tuple[int, int]] = {
    code: (column + 1, row + 1)
    for row, line in enumerate(ROWS.strip("\n").splitlines())
    for column, code in enumerate(line.split())
    if code != ".."
}


@dataclass(frozen=True)
class Tile:
    code: str
    name: str
    column: int
    row: int
    cases: int

    @property
    def shade(self) -> int:
        """0 (no case) to 3 (three cases or more)."""
        return min(self.cases, 3)


def tiles(cases_by_departement: dict[str, int]) -> list[Tile]:
    """Every département, from north to south, with how many cases it has."""
    places = sorted(PLACES.items(), key=lambda item: (item[1][1], item[1][0]))
    return [
        Tile(code, DEPARTEMENTS[code][0], column, row, cases_by_departement.get(code, 0))
        for code, (column, row) in places
    ]
