"""Following a short link: one row per request, written before the redirect answers."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import redis
from django.conf import settings
from django.core.cache import cache
from ulid import ULID

from campaigns.links import robots
from campaigns.models import Click, ClickKind, ShortLink
from i4emploi_site.lib.times import PARIS

REPEAT_SECONDS = 30 * 60


@dataclass(frozen=True)
class Followed:
    target: str
    click_id: str


def follow(link: ShortLink, method: str, headers: Mapping[str, str], address: str, now: datetime) -> Followed:
    """Record the request and say where it leads. The click's id travels along, so that a lead can name its click."""
    kind = robots.kind_of(method, headers)
    if kind == ClickKind.HUMAN and _seen_lately(link.code, address, headers.get("User-Agent", ""), now):
        kind = ClickKind.REPEAT
    click = Click.objects.create(id=str(ULID.from_datetime(now)), link=link, kind=kind, at=now)
    return Followed(f"{link.case.get_absolute_url()}?via={click.pk}", click.pk)


def _seen_lately(code: str, address: str, user_agent: str, now: datetime) -> bool:
    """Whether this visitor followed this link in the last half hour; no address is stored, only a daily salted hash."""
    day = now.astimezone(PARIS).date().isoformat()
    mark = hmac.new(settings.SECRET_KEY.encode(), f"{day}|{code}|{address}|{user_agent}".encode(), hashlib.sha256)
    try:
        return not cache.add(f"click:{mark.hexdigest()[:32]}", 1, REPEAT_SECONDS)
    except redis.RedisError:
        return False  # without Valkey a repeat counts as a person: better than losing the click


def click_of_case(click_id: str, case_id: int) -> Click | None:
    """The click that brought a visitor, if it is one and led to this case."""
    if not click_id or len(click_id) > 26:
        return None
    return Click.objects.filter(pk=click_id, link__case=case_id).select_related("link").first()
