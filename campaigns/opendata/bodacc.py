"""BODACC, the official gazette of court notices (https://bodacc-datadila.opendatasoft.com, Licence Ouverte 2.0).

Only notices of collective procedures about companies come out of here: conciliations are confidential (art. L611-15
C. com.), and what is about a person (typePersonne "pp", interdiction de gérer, faillite personnelle) is not ours.
"""

import logging
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.opendata import natures, opendatasoft
from campaigns.opendata.answers import BadAnswer
from campaigns.opendata.words import as_list, date_of, dates_in, folded, text, unpacked

DATASET = "annonces-commerciales"
COLLECTIVE = "collective"
NEWEST_FIRST = "dateparution desc,id desc"
CESSATION = re.compile(r"cessation des paiements\b(.{0,80})")
POSTPONED = re.compile(r"^\s*du\b.{8,30}\bau\b")  # « du 1er mars 2025 au 1er janvier 2025 »: the second holds

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """`kind` is annonce, rectificatif or annulation; `previous` is the id of the notice that the latter two are about,
    empty when they do not say. `company` is empty when the record does not say that it is one.
    """

    id: str
    kind: str
    published: date
    departement: str
    court: str
    sirens: tuple[str, ...]
    nature: str
    judgment_date: date | None
    complement: str
    company: str
    city: str
    postcode: str
    url: str
    cessation_paiements: date | None
    previous: str = ""


def notices_of(base_url: str, siren: str, since: date, timeout: float) -> list[Notice]:
    """What was published about a company since a day, the oldest first. Raises Unavailable or BadAnswer."""
    if not re.fullmatch(r"[0-9]{9}", siren):
        raise ValueError(f"not a SIREN: {siren!r}")
    read = _read(base_url, f"registre={opendatasoft.quoted(siren)}", since, timeout)
    return [notice for notice in read if siren in notice.sirens]


def notices_in(base_url: str, departement: str | None, since: date, timeout: float) -> list[Notice]:
    """What was published in a département since a day, the oldest first. Raises Unavailable or BadAnswer."""
    where = f"numerodepartement={opendatasoft.quoted(departement)}" if departement else ""
    return _read(base_url, where, since, timeout)


def openings(base_url: str, departement: str | None, since: date, timeout: float) -> list[Notice]:
    """The openings among them, about companies that say their name."""
    return [notice for notice in notices_in(base_url, departement, since, timeout) if opens(notice)]


def opens(notice: Notice) -> bool:
    return bool(notice.company and notice.sirens and natures.is_opening(notice.nature))


def _read(base_url: str, which: str, since: date, timeout: float) -> list[Notice]:
    clauses = [which, f'familleavis="{COLLECTIVE}"', f"dateparution>=date'{since.isoformat()}'"]
    where = " AND ".join(clause for clause in clauses if clause)
    records = opendatasoft.records(base_url, DATASET, where, timeout, NEWEST_FIRST)
    readable = [record for record in records if text(record.get("id")) and date_of(record.get("dateparution"))]
    if records and not readable:
        raise BadAnswer("no record has an id and a date")
    if len(readable) < len(records):
        logger.warning("BODACC: %d records without an id or a date", len(records) - len(readable))
    found = {notice.id: notice for notice in map(notice_of, readable) if notice}
    return sorted(found.values(), key=lambda notice: (notice.published, len(notice.id), notice.id))


def notice_of(record: dict) -> Notice | None:
    """The notice that a record holds; None when it is not about a company's collective procedure."""
    published = date_of(record.get("dateparution"))
    if record.get("familleavis") != COLLECTIVE or published is None:
        return None
    judgment = _dict(record.get("jugement"))
    nature, complement = text(judgment.get("nature")), text(judgment.get("complementJugement"))
    people = _people(record)
    companies = [person for person in people if not _is_a_person(person)]
    if (people and not companies) or natures.is_about_a_person(nature):
        return None
    if natures.is_about_a_person(complement):
        if natures.stage_of(nature) is None:  # « Autre jugement prononçant »: the sanction is all that it says
            return None
        complement = ""
    return Notice(
        id=text(record.get("id")),
        kind=_kind(record.get("typeavis")),
        published=published,
        departement=text(record.get("numerodepartement")),
        court=text(record.get("tribunal")),
        sirens=_sirens(record, people, companies),
        nature=nature,
        judgment_date=date_of(judgment.get("date")),
        complement=complement,
        company=_name(companies[0]) if companies else "",
        city=text(record.get("ville")),
        postcode=text(record.get("cp")),
        url=text(record.get("url_complete")),
        cessation_paiements=_cessation(complement, published),
        previous=_previous(record),
    )


def _dict(said: Any) -> dict:
    said = unpacked(said)
    return said if isinstance(said, dict) else {}


def _kind(said: object) -> str:
    words = folded(text(said))
    return next(
        (kind for stem, kind in (("rectif", "rectificatif"), ("annul", "annulation")) if stem in words), "annonce"
    )


def _people(record: dict) -> list[dict]:
    """« personne » is one or several; the list around it sometimes is a list too."""
    listed = [unpacked(one) for one in as_list(unpacked(record.get("listepersonnes")))]
    people = [person for one in listed if isinstance(one, dict) for person in as_list(one.get("personne"))]
    return [person for person in people if isinstance(person, dict)]


def _is_a_person(person: dict) -> bool:
    """What does not say that it is a company is taken for a person."""
    kind = text(person.get("typePersonne")).lower()
    return kind != "pm" if kind else not _name(person)


def _name(person: dict) -> str:
    return text(person.get("denomination")) or text(person.get("nomCommercial"))


def _sirens(record: dict, people: list[dict], companies: list[dict]) -> tuple[str, ...]:
    """The companies' own numbers: where people stand beside them, only those that a company gives as its own."""
    listed = record.get("registre")
    mine = [_digits(value) for value in (listed.split(",") if isinstance(listed, str) else as_list(listed))]
    if len(companies) < len(people):
        mine = [
            _digits(_dict(company.get("numeroImmatriculation")).get("numeroIdentification")) for company in companies
        ]
    return tuple(dict.fromkeys(siren for siren in mine if len(siren) == 9))


def _digits(said: object) -> str:
    return "".join(c for c in text(said) if c.isascii() and c.isdigit())


def _cessation(complement: str, published: date) -> date | None:
    """The day when payments stopped, which is always in the past of the notice (art. L631-8 C. com.)."""
    for after in CESSATION.findall(folded(complement)):
        days = [day for day in dates_in(after) if day <= published]
        if days:
            return days[1] if len(days) > 1 and POSTPONED.match(after) else days[0]
    return None


def _previous(record: dict) -> str:
    """« BODACC A », issue 20260191, notice 6050 → A202601916050, as ids are made."""
    said = _dict(record.get("parutionavisprecedent"))
    letter, issue = text(said.get("nomPublication"))[-1:].upper(), _digits(said.get("numeroParution"))
    number = _digits(said.get("numeroAnnonce")).lstrip("0")
    return f"{letter}{issue}{number}" if letter and issue and number else ""
