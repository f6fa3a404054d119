"""The national roll of the elected (RNE, ministry of the Interior, Licence Ouverte 2.0), from one of its quarterly files.

Of a row, only the name, the commune, the mandate and its first day are read: birth, sex, occupation stay in the file.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from campaigns.opendata.words import date_of, folded, text

EMPTY_WORDS = {
    "de",
    "du",
    "des",
    "la",
    "le",
    "les",
    "l",
    "d",
    "s",
    "insee",
    "maire",
    "maires",
    "elu",
    "elue",
    "conseiller",
}
# What each column means, once the empty words are gone; the names drift from file to file.
COLUMNS = {
    "commune": ({"code", "commune"}, {"code", "communes"}),
    "name": ({"nom"},),
    "first_name": ({"prenom"},),
    "since": ({"date", "debut", "mandat"},),
}
OPTIONAL = {
    "departement": ({"code", "departement"}, {"code", "departements"}),
    "function": ({"libelle", "fonction"}, {"fonction"}),
    "function_since": ({"date", "debut", "fonction"},),
}
SAID = {
    "commune": "Code de la commune",
    "name": "Nom de l’élu",
    "first_name": "Prénom de l’élu",
    "since": "Date de début du mandat",
}
LONGEST = 80


class BadFile(Exception):
    """The file is not a roll that can be read; the message says what it lacks."""

    def __init__(self, message: str, column: str = ""):
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Mandate:
    name: str
    first_name: str
    commune_code: str
    mandate: str
    since: date | None


def mandates(path: Path, unreadable: Callable[[int], None] = lambda line: None) -> Iterator[Mandate]:
    """The mandates of a file; `unreadable` is told the line of each row without a name or a commune. Raises BadFile."""
    with open(path, encoding=_encoding(path), newline="") as lines:
        rows = csv.reader((line.replace("\0", "") for line in lines), delimiter=";")
        try:
            places = _columns(next(rows, []))
            for row in rows:
                if mandate := _mandate(row, places):
                    yield mandate
                elif any(row):
                    unreadable(rows.line_num)
        except csv.Error as error:
            raise BadFile(f"line {rows.line_num}: {error}") from error


def _encoding(path: Path) -> str:
    """UTF-8, with or without a mark; what is not UTF-8 is Windows' Latin."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open(path, "rb") as source:
        try:
            while part := source.read(1 << 20):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8-sig"


def _columns(header: list[str]) -> dict[str, int]:
    meanings = [set(re.findall(r"[a-z0-9]+", folded(name))) - EMPTY_WORDS for name in header]
    places = {}
    for name, accepted in (COLUMNS | OPTIONAL).items():
        place = next((place for place, words in enumerate(meanings) if words in accepted), None)
        if place is not None:
            places[name] = place
        elif name in COLUMNS:
            raise BadFile(f"column missing: {SAID[name]}", SAID[name])
    return places


def _mandate(row: list[str], places: dict[str, int]) -> Mandate | None:
    said = {name: text(row[place]) if place < len(row) else "" for name, place in places.items()}
    code = commune_code(said["commune"], said.get("departement", ""))
    if not code or not said["name"]:
        return None
    return Mandate(
        name=said["name"][:LONGEST],
        first_name=said["first_name"][:LONGEST],
        commune_code=code,
        mandate=(said.get("function") or _mandate_of_the_file(places))[:LONGEST],
        since=date_of(said["since"]),
    )


def _mandate_of_the_file(places: dict[str, int]) -> str:
    """Mayors have a file of their own, which dates the function without naming it; councillors' names it or is empty."""
    return "Maire" if "function_since" in places and "function" not in places else "Conseiller municipal"


def commune_code(said: str, departement: str = "") -> str:
    """The INSEE code: « 1001 » once lost its zero; « 004 » stands beside its département. Empty when it is none."""
    code, departement = said.upper(), departement.upper()
    if len(code) <= 3 and code.isdigit() and code.isascii() and departement:
        code = departement.rjust(2, "0") + code.zfill(5 - max(2, len(departement)))[-3:]
    code = code.zfill(5) if len(code) == 4 else code
    return code if re.fullmatch(r"(?:[0-9]{2}|2[AB])[0-9]{3}", code) else ""
