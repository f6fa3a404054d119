"""Bringing every sealed column of the database under the newest key of the vault."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models

from i4emploi_site.lib.vault import Sealed, SealedField, VaultClosed, is_newest, sealed_anew

BATCH = 200


@dataclass
class Report:
    newest: int = 0  # rows that need no older key
    older: int = 0  # that need one: rewritten by `rotate`, counted by `inspect`
    closed: list[str] = field(default_factory=list)  # that no key opens: model and primary key, never the content


def sealed_columns() -> Iterator[tuple[type[models.Model], SealedField]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield from ((model, column) for column in model._meta.local_fields if isinstance(column, SealedField))


def inspect() -> Report:
    """What the rows need, without writing."""
    report = Report()
    for model, column in sealed_columns():
        for pk, sealed in _rows(model, column):
            if is_newest(sealed):
                report.newest += 1
            elif _anew(sealed) is None:
                report.closed.append(_named(model, column, pk))
            else:
                report.older += 1
    return report


def rotate() -> Report:
    """Each row is a statement of its own, so that it may be killed and run again."""
    report = Report()
    for model, column in sealed_columns():
        for pk, sealed in _rows(model, column):
            _rotate(report, model, column, pk, sealed)
    return report


def _rotate(report: Report, model: type[models.Model], column: SealedField, pk: object, sealed: Sealed | None) -> None:
    rows = model._base_manager.filter(pk=pk)
    while sealed and not is_newest(sealed):
        if not (anew := _anew(sealed)):
            report.closed.append(_named(model, column, pk))
            return
        if rows.filter(**{column.attname: sealed}).update(**{column.attname: anew}):
            report.older += 1
            return
        # written meanwhile, perhaps by a process that does not know the new key yet, or gone
        sealed = rows.values_list(column.attname, flat=True).first()
    report.newest += bool(sealed)


def _rows(model: type[models.Model], column: SealedField) -> Iterator[tuple[object, Sealed]]:
    found = model._base_manager.exclude(**{column.attname: ""}).exclude(**{column.attname: None}).order_by("pk")
    page = list(found.values_list("pk", column.attname)[:BATCH])
    while page:
        yield from page
        page = list(found.filter(pk__gt=page[-1][0]).values_list("pk", column.attname)[:BATCH])


def _anew(sealed: Sealed) -> Sealed | None:
    try:
        return sealed_anew(sealed)
    except VaultClosed:
        return None


def _named(model: type[models.Model], column: SealedField, pk: object) -> str:
    return f"{model._meta.label} {pk} ({column.name})"
