"""Whole registers, from files that an operator downloads: the roll of the elected, the communes."""

import csv
import gzip
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction
from django.db.models import ForeignObjectRel

from campaigns.models import DEPARTEMENTS, Commune, ElectedOfficial
from campaigns.models.place import searchable
from campaigns.opendata import elected
from campaigns.opendata.elected import BadFile

ELECTED_COLUMNS = ("commune_code", "last_name", "first_name", "search_name", "mandate", "since")
COMMUNE_COLUMNS = ("name", "search_name", "postcodes", "departement", "population")
NULL = "\\N"
BATCH = 5000


class Refused(Exception):
    """The file would lose too much of what is known; the message says how to insist."""


@dataclass(frozen=True)
class ElectedCounts:
    before: int
    after: int
    unreadable: int


@dataclass(frozen=True)
class CommuneCounts:
    """`kept`: no longer in the file, but something here is about them."""

    added: int
    changed: int
    same: int
    deleted: int
    kept: int


def import_elected(path: Path, force: bool = False) -> ElectedCounts:
    """Replace the whole roll, all or nothing. Raises BadFile or Refused."""
    unreadable: list[int] = []
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as rows:
        after = _write(rows, path, unreadable)
        with transaction.atomic(), connection.cursor() as cursor:
            table = connection.ops.quote_name(ElectedOfficial._meta.db_table)
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")  # of two imports, one waits
            before = ElectedOfficial.objects.count()
            _refuse_losses(before, after, force)
            ElectedOfficial.objects.all().delete()
            rows.seek(0)
            copy = f"COPY {table} ({', '.join(ELECTED_COLUMNS)}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')"
            cursor.copy_expert(copy, rows)
    return ElectedCounts(before, after, len(unreadable))


def _write(rows: IO[str], path: Path, unreadable: list[int]) -> int:
    writer, count = csv.writer(rows), 0
    for mandate in elected.mandates(path, unreadable.append):
        name = searchable(f"{mandate.first_name} {mandate.name}")[:160]
        since = mandate.since.isoformat() if mandate.since else NULL
        writer.writerow([mandate.commune_code, mandate.name, mandate.first_name, name, mandate.mandate, since])
        count += 1
    return count


def _refuse_losses(before: int, after: int, force: bool) -> None:
    if not after:
        raise Refused("the file holds no row that can be read: nothing was changed")
    if after < before / 2 and not force:
        raise Refused(f"{after} rows would replace {before}: nothing was changed; --force does it all the same")


def import_communes(path: Path, force: bool = False) -> CommuneCounts:
    """Bring the communes to what the file says; none that anything here is about is deleted. Raises BadFile or Refused."""
    said = {commune.code: commune for commune in _communes(path)}
    with transaction.atomic():
        known = {commune.code: commune for commune in Commune.objects.select_for_update()}
        _refuse_losses(len(known), len(said), force)
        added = [commune for code, commune in said.items() if code not in known]
        changed = [one for code, one in said.items() if code in known and _values(one) != _values(known[code])]
        Commune.objects.bulk_create(added, BATCH)
        Commune.objects.bulk_update(changed, COMMUNE_COLUMNS, BATCH)
        gone = known.keys() - said.keys()
        used = gone & _used()
        Commune.objects.filter(code__in=gone - used).delete()
    same = len(said) - len(added) - len(changed)
    return CommuneCounts(len(added), len(changed), same, len(gone) - len(used), len(used))


def _values(commune: Commune) -> list:
    return [getattr(commune, name) for name in COMMUNE_COLUMNS]


def _used() -> set[str]:
    """The communes that any row of any table points at."""
    pointing = [one for one in Commune._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)]
    return {
        code
        for relation in pointing
        for code in relation.related_model._default_manager.values_list(relation.field.attname, flat=True).distinct()
        if code is not None
    }


def _communes(path: Path) -> list[Commune]:
    try:
        text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode("utf-8-sig")
        rows = json.loads(text) if text.lstrip().startswith("[") else [line.split("\t") for line in text.splitlines()]
    except (ValueError, OSError, EOFError) as error:
        raise BadFile(f"{path.name} is neither the project's table nor a JSON list of communes") from error
    read = (_of_json(row) if isinstance(row, dict) else _of_table(row) for row in rows)
    return [_checked(one, number) for number, one in enumerate(read, 1) if one]


def _of_table(row: Any) -> Commune:
    if not isinstance(row, list) or len(row) != 6:
        raise BadFile(
            "a line of the table has six columns: code, name, search name, postcodes, département, population"
        )
    code, name, search_name, postcodes, departement, population = row
    return Commune(
        code=code, name=name, search_name=search_name, postcodes=postcodes, departement=departement,
        population=int(population) if population.isdigit() else None,
    )  # fmt: skip


def _of_json(row: dict) -> Commune | None:
    """An entry of `communes.json` of @etalab/decoupage-administratif; delegated communes and boroughs are none."""
    if row.get("type", "commune-actuelle") != "commune-actuelle":
        return None
    code, name = str(row.get("code", "")), str(row.get("nom", ""))
    departement = row.get("departement") or code[: 3 if code.startswith(("97", "98")) else 2]
    population = row.get("population")
    return Commune(
        code=code, name=name, search_name=searchable(name), postcodes=",".join(map(str, row.get("codesPostaux") or [])),
        departement=departement, population=population if isinstance(population, int) else None,
    )  # fmt: skip


def _checked(commune: Commune, number: int) -> Commune:
    is_one = elected.commune_code(commune.code) == commune.code and commune.departement in DEPARTEMENTS
    if not is_one or not 0 < len(commune.name) <= 60 or len(commune.postcodes) > 200:
        raise BadFile(f"entry {number}: {commune.code!r} {commune.name!r} ({commune.departement!r}) is no commune")
    return commune
