"""How registers write words and dates."""

import json
import re
import unicodedata
from datetime import date
from typing import Any

MONTHS = {
    name: number
    for number, name in enumerate(
        [
            "janvier",
            "fevrier",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "aout",
            "septembre",
            "octobre",
            "novembre",
            "decembre",
        ],
        1,
    )
}
IN_WORDS = r"(\d{1,2})\s*(?:er)?\s+([a-z]+)\.?\s+(\d{4})"
IN_DIGITS = r"(\d{1,2})/(\d{1,2})/(\d{4})"
ISO = r"(\d{4})-(\d{2})-(\d{2})"
ANY_DATE = re.compile(rf"\b(?:{ISO}|{IN_DIGITS}|{IN_WORDS})\b")


def folded(text: str) -> str:
    """Without accents, case, typographic apostrophes or doubled spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe").replace("Œ", "oe"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


def dates_in(text: str) -> list[date]:
    """The dates of a text in their order: 2026-09-29, 29/09/2026, 29 septembre 2026, 1er mars 2010."""
    read = (_date(*found.groups()) for found in ANY_DATE.finditer(folded(text)))
    return [day for day in read if day]


def date_of(said: object) -> date | None:
    """The one date that a field holds; None when it holds none that exists."""
    found = dates_in(said) if isinstance(said, str) else []
    return found[0] if found else None


def _date(*parts: str | None) -> date | None:
    iso, digits, words = parts[:3], parts[3:6][::-1], parts[6:][::-1]
    year, month, day = next(three for three in (iso, digits, words) if three[0])
    try:
        return date(int(year or 0), MONTHS.get(month or "") or int(month or 0), int(day or 0))
    except ValueError:
        return None


def unpacked(said: Any) -> Any:
    """A field that is JSON within JSON: what it holds, or None when it is null or cannot be read."""
    if not isinstance(said, str):
        return said
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def as_list(said: Any) -> list:
    """A field that holds one thing, several, or none."""
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def text(said: object) -> str:
    """A field that is text, without what PostgreSQL cannot hold; empty when it is null or something else."""
    if isinstance(said, int) and not isinstance(said, bool):
        return str(said)
    return said.replace("\0", "").encode(errors="ignore").decode().strip() if isinstance(said, str) else ""
