"""What was typed, refused, and not yet mended when its author went back: kept for a day, away from every session.

A session row may be that of an account: it must not say who files what.
"""

from collections.abc import Mapping

from django.core.cache import cache
from redis.exceptions import RedisError

from i4emploi_site.lib.vault import keyed_digest

DAY_SECONDS = 24 * 3600
MOST = 40_000  # characters of one form


def keep(case_pk: int, step: int, typed: Mapping[str, str]) -> None:
    """Without Valkey nothing is kept: what was right is in the case already."""
    try:
        if sum(map(len, typed.values())) <= MOST:
            cache.set(_key(case_pk, step), dict(typed), DAY_SECONDS)
    except RedisError:
        return


def read(case_pk: int, step: int) -> dict[str, str] | None:
    try:
        return cache.get(_key(case_pk, step))
    except RedisError:
        return None


def forget(case_pk: int, *steps: int) -> None:
    try:
        cache.delete_many([_key(case_pk, step) for step in steps])
    except RedisError:
        return  # gone after a day


def _key(case_pk: int, step: int) -> str:
    return f"typed:{keyed_digest(f'{case_pk} {step}')}"
