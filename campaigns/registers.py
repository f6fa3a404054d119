"""What the open registers answer: kept for a while, asked politely, and None when a register is not to be had.

Nothing here raises to a page: a register that is down, slow, or that changed its shape leaves the form to be typed.
"""

import logging
import math
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import CharField
from redis.exceptions import RedisError

from campaigns.models import Notice
from campaigns.opendata import bodacc, companies, townhalls
from campaigns.opendata.answers import BadAnswer, Unavailable
from campaigns.opendata.companies import Company
from i4emploi_site.lib import codes

Answer = TypeVar("Answer")
Ask = Callable[[str, float], Answer]  # of a base URL, and a patience in seconds

BODACC, COMPANIES, DIRECTORY = "BODACC", "COMPANIES", "DIRECTORY"
HOUR, DAY = 3600, 86_400
LONGEST_SILENCE = DAY
# A page that finds its register dumb does not make the next page wait for it; the gazette is read by no page.
PAUSES = {COMPANIES: 10, DIRECTORY: 10}
# 7 requests a second are allowed: 2 in each half second are at most 6 in any second, wherever it begins.
PACE, PACE_SECONDS, MOST_TURNS = 2, 0.5, 6

logger = logging.getLogger(__name__)


def find_companies(q: str, commune: str | None = None) -> list[Company] | None:
    """The active companies that answer to a name or a number, in a commune (INSEE code) if one is given.

    None: the register is not to be had. Fewer than 3 characters find nothing, and are not asked.
    """
    q = " ".join(q.replace("\0", "").split())
    if len(q) < companies.SHORTEST_QUESTION:
        return []
    name = codes.digest(f"{q.lower()}|{commune or ''}")
    return _answer(COMPANIES, name, DAY, lambda url, patience: companies.search(url, q, patience, commune_code=commune))


def find_company(siren: str) -> list[Company] | None:
    """The company of this number, active or not, in a list; an empty list when nobody has it."""
    found = _answer(COMPANIES, siren, DAY, lambda url, wait: companies.search(url, siren, wait, active_only=False))
    return None if found is None else [company for company in found if company.siren == siren]


def town_hall_addresses(commune_code: str) -> tuple[str, ...] | None:
    """The official addresses of a commune's town hall; empty when it gives none, None when nobody could tell."""
    return _answer(DIRECTORY, commune_code, HOUR, lambda url, wait: townhalls.addresses(url, commune_code, wait))


def notices_of(siren: str, since: date, today: date) -> list[bodacc.Notice] | None:
    return _published(_asked(BODACC, lambda url, patience: bodacc.notices_of(url, siren, since, patience)), today)


def notices_in(departement: str, since: date, today: date) -> list[bodacc.Notice] | None:
    return _published(_asked(BODACC, lambda url, patience: bodacc.notices_in(url, departement, since, patience)), today)


def _published(read: list[bodacc.Notice] | None, today: date) -> list[bodacc.Notice] | None:
    """Without what is dated in the future: such a slip would pass for the last word on a company for years."""
    if read is None:
        return None
    tomorrow = today + timedelta(days=1)
    ahead = [notice.id for notice in read if max(notice.published, notice.judgment_date or notice.published) > tomorrow]
    if ahead:
        logger.warning("BODACC: left out, dated in the future: %s", ", ".join(ahead))
    return [notice for notice in read if notice.id not in ahead]


def is_silent(register: str) -> bool:
    """Whether the register told us to wait, and the wait lasts."""
    return bool(_cached(lambda: cache.get(_silence(register))))


def keep(said: bodacc.Notice, siren: str) -> Notice:
    """Store a notice once, and what it says of the one that it corrects: replaced, or withdrawn."""
    values = {
        "kind": said.kind,
        "corrects": said.previous,
        "siren": siren,
        "published_on": said.published,
        "departement": said.departement,
        "court": said.court,
        "nature": said.nature,
        "judgment_on": said.judgment_date,
        "payments_ceased_on": said.cessation_paiements,
        "details": said.complement,
        "company_name": said.company,
        "city": said.city,
        "url": said.url if said.url.startswith("https://") else "",
    }
    with transaction.atomic():
        notice, made = Notice.objects.get_or_create(bodacc_id=said.id[:40], defaults=_clipped(values))
        if made and said.kind != "annonce":
            _correct(notice)
    return notice


def _correct(notice: Notice) -> None:
    if not notice.corrects and (guessed := _meant(notice)):
        notice.corrects = guessed.bodacc_id
        notice.save(update_fields=["corrects"])
    # A rectificatif without a judgment corrects an address or a name: what was judged still stands.
    if notice.corrects and (notice.nature or notice.kind == "annulation"):
        changes = {"cancelled": True} if notice.kind == "annulation" else {"superseded_by": notice.bodacc_id}
        Notice.objects.filter(bodacc_id=notice.corrects).exclude(pk=notice.pk).update(**changes)


def _meant(notice: Notice) -> Notice | None:
    """The notice that a correction is about when it does not say: the last one of the same judgment."""
    before = Notice.objects.filter(siren=notice.siren, published_on__lte=notice.published_on, cancelled=False)
    before = before.exclude(pk=notice.pk).exclude(kind="annulation").order_by("-published_on", "-pk")
    same = before.filter(nature=notice.nature) if notice.nature else before.none()
    if notice.judgment_on is None:
        return same.first()
    return same.filter(judgment_on=notice.judgment_on).first() or (
        (same.first() or before.filter(judgment_on=notice.judgment_on).first())
        if notice.kind == "rectificatif"
        else None
    )


def _clipped(values: dict[str, Any]) -> dict[str, Any]:
    """Texts no longer than their columns."""
    longest = {field.name: field.max_length for field in Notice._meta.fields if isinstance(field, CharField)}
    return {name: value[: longest[name]] if longest.get(name) else value for name, value in values.items()}


def _answer(register: str, name: str, seconds: int, ask: Ask[Answer]) -> Answer | None:
    """The kept answer, or a new one that is kept."""
    key = f"registers:1:{register}:{name}"
    if (kept := _cached(lambda: cache.get(key))) is not None:
        return kept
    said = _asked(register, ask)
    if said is not None:
        _cached(lambda: cache.set(key, said, seconds))
    return said


def _asked(register: str, ask: Ask[Answer]) -> Answer | None:
    if is_silent(register) or (register == COMPANIES and not _waited_for_turn(register)):
        return None
    try:
        return ask(settings.OPEN_DATA[register], settings.OPEN_DATA_TIMEOUT_SECONDS)
    except Unavailable as error:
        logger.warning("%s is not to be had: %s", register, error)
        _be_silent(register, error.retry_after)
    except BadAnswer as error:
        logger.error("%s answers otherwise than it is documented: %s", register, error)
    except ValueError as error:  # a number or a code that is none
        logger.warning("%s was not asked: %s", register, error)
    return None


def _be_silent(register: str, retry_after: float | None) -> None:
    seconds = PAUSES.get(register, 0) if retry_after is None else math.ceil(retry_after)
    if seconds > 0:
        _cached(lambda: cache.set(_silence(register), True, min(seconds, LONGEST_SILENCE)))


def _silence(register: str) -> str:
    return f"registers:silent:{register}"


def _waited_for_turn(register: str) -> bool:
    for _turn in range(MOST_TURNS):
        now = time.time()
        if has_turn(register, now):
            return True
        time.sleep(PACE_SECONDS - now % PACE_SECONDS)
    return False


def has_turn(register: str, at: float) -> bool:
    """Takes one of the requests that every process together may make around `at` (seconds). Without Valkey, all may."""
    key = f"registers:pace:{register}:{int(at // PACE_SECONDS)}"
    _cached(lambda: cache.add(key, 0, 10))
    taken = _cached(lambda: cache.incr(key))
    return taken is None or taken <= PACE


def _cached(use: Callable[[], Any]) -> Any:
    """Valkey's answer; None without it."""
    try:
        return use()
    except (RedisError, ValueError):  # ValueError: a counter that ended between two calls
        return None
