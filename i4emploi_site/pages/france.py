"""A tile map: one square per département, placed roughly as on the map, overseas below."""

from dataclasses import dataclass

from campaigns.models import DEPARTEMENTS

ROWS = """
 ..  ..  ..  ..  ..  ..  62  59  ..  ..  ..  ..
 ..  ..  ..  ..  76  80  60  02  08  ..  ..  ..
 ..  ..  50  14  27  95  93  77  51  55  57  ..
 29  22  35  61  78  92  75  94  10  52  54  67
 ..  56  53  72  28  91  45  89  21  70  88  68
 ..  44  49  37  41  18  58  71  39  25  90  ..
 ..  85  79  86  36  23  03  69  01  74  ..  ..
 ..  ..  17  16  87  63  42  38  73  ..  ..  ..
 ..  ..  33  24  19  15  43  07  26  05  ..  ..
 ..  ..  40  47  46  12  48  30  84  04  06  ..
 ..  ..  64  32  82  81  34  ..  13  83  ..  ..
 ..  ..  ..  65  31  09  11  ..  ..  ..  ..  2B
 ..  ..  ..  ..  ..  ..  66  ..  ..  ..  ..  2A
971 972 973 974 976  .. 975 977 978  ..  ..  ..
984 986 987 988 989  ..  ..  ..  ..  ..  ..  ..
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
