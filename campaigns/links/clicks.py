"""Following a short link.

Each request adds one row to the ledger and touches no counter, so a wave of clicks never queues for one row's lock;
`figures.count_clicks` counts the ledger afterwards.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from redis.exceptions import RedisError
from ulid import ULID

from campaigns.links.robots import is_robot
from campaigns.models import CONFIDENTIAL_STAGES, CaseStatus, Click, ClickKind
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.times import PARIS

log = logging.getLogger(__name__)

REPEAT_SECONDS = 30 * 60
PEOPLE_AN_ADDRESS = 50  # on one link, in an hour
PUBLIC_STATUSES = (CaseStatus.PUBLISHED, CaseStatus.CLOSED)

FIND = """
    SELECT link.id, link.withdrawn_at, rescue.slug, rescue.status, rescue.stage
    FROM campaigns_shortlink link JOIN campaigns_case rescue ON rescue.id = link.case_id
    WHERE link.code = %s
"""
STORE = "INSERT INTO campaigns_click (id, link_id, kind, at, counted) VALUES (%s, %s, %s, %s, false)"


class NoSuchLink(Exception):
    """No link has this code."""


class LinkClosed(Exception):
    """The link was withdrawn, or its case is not public."""


@dataclass(frozen=True)
class Followed:
    target_path: str
    click_id: str | None


def follow(code: str, method: str, user_agent: str, address: str, now: datetime, *, prefetch: bool = False) -> Followed:
    """Where the link leads, its click stored. Raises NoSuchLink or LinkClosed.

    The address serves to tell people apart and is not kept: see `visitor_mark`.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIND, [code])
        found = cursor.fetchone()
        if not found:
            raise NoSuchLink
        link_id, withdrawn_at, slug, status, stage = found
        if withdrawn_at or status not in PUBLIC_STATUSES or stage in CONFIDENTIAL_STAGES:
            raise LinkClosed
        kind = _kind(code, method, user_agent, address, now, prefetch)
        click_id = str(ULID.from_datetime(now))
        cursor.execute(STORE, [click_id, link_id, kind, now])
    return Followed(f"{reverse('case', args=[slug])}?via={click_id}", click_id)


def visitor_mark(address: str, user_agent: str, now: datetime) -> str:
    """Names a visitor for one day: without the site's secret it says nothing of the address, and it is never stored."""
    day = now.astimezone(PARIS).date().isoformat()
    said = f"{day}\n{address}\n{user_agent}".encode(errors="replace")
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()[:32]


def _kind(code: str, method: str, user_agent: str, address: str, now: datetime, prefetch: bool) -> str:
    if method == "HEAD":
        return ClickKind.HEAD
    if prefetch or is_robot(user_agent):
        return ClickKind.ROBOT
    return ClickKind.HUMAN if _somebody_new(code, user_agent, address, now) else ClickKind.REPEAT


def _somebody_new(code: str, user_agent: str, address: str, now: datetime) -> bool:
    """A browser not seen on this link for half an hour; of one address, no more than an office or a plant may hold."""
    try:
        first = cache.add(f"click:{code}:{visitor_mark(address, user_agent, now)}", 1, REPEAT_SECONDS)  # SET NX EX
        return first and not too_many(f"click:{code}", visitor_mark(address, "", now), PEOPLE_AN_ADDRESS)
    except RedisError:
        log.warning("Valkey does not answer: this click is taken for a first one.")
        return True


def click_of_case(click_id: str, case_id: int) -> Click | None:
    """The click that brought a visitor, if it is one and led to this case."""
    if not click_id or len(click_id) > 26:
        return None
    return Click.objects.filter(pk=click_id, link__case=case_id).select_related("link").first()
