"""The only reader and writer of public numbers: counters moved by deltas in the transaction that stores their cause."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from campaigns.models import Case, CaseFigures, Click, ClickKind, FigurePoint, Lead

MAKE_ROW = """
    INSERT INTO campaigns_casefigures
        (case_id, pledges, pledged_reach, posts_published, posts_measured, clicks, clicks_excluded, leads, updated_at)
    VALUES (%s, 0, 0, 0, 0, 0, 0, 0, now())
    ON CONFLICT (case_id) DO NOTHING
"""

KEEP_POINTS = """
    INSERT INTO campaigns_figurepoint (case_id, hour, pledged_reach, delivered, clicks)
    SELECT figures.case_id, %(hour)s, figures.pledged_reach, figures.delivered, figures.clicks
    FROM campaigns_casefigures figures JOIN campaigns_case rescue ON rescue.id = figures.case_id
    WHERE rescue.status = 'published' OR figures.updated_at >= %(hour)s
    ON CONFLICT (case_id, hour) DO UPDATE
    SET pledged_reach = EXCLUDED.pledged_reach, delivered = EXCLUDED.delivered, clicks = EXCLUDED.clicks
"""

CLAIM_CLICKS = """
    WITH claimed AS (
        SELECT id FROM campaigns_click WHERE NOT counted ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    ), marked AS (
        UPDATE campaigns_click click SET counted = true FROM claimed WHERE click.id = claimed.id
        RETURNING click.link_id, click.kind
    )
    SELECT link.case_id, count(*) FILTER (WHERE marked.kind = %(human)s), count(*)
    FROM marked JOIN campaigns_shortlink link ON link.id = marked.link_id
    GROUP BY link.case_id ORDER BY link.case_id
"""


def add(
    case_id: int,
    *,
    pledges: int = 0,
    pledged_reach: int = 0,
    posts_published: int = 0,
    posts_measured: int = 0,
    delivered: int | None = None,
    clicks: int = 0,
    clicks_excluded: int = 0,
    leads: int = 0,
    read_at: datetime | None = None,
) -> None:
    """Move the counters of a case by these deltas; call it in the transaction that stores their cause.

    `delivered=None` means that no network said anything: an unknown figure stays unknown. No counter goes below 0.
    Whoever adds to several cases in one transaction does so in the order of their ids, or two runs may deadlock.
    """
    deltas = {
        "pledges": pledges,
        "pledged_reach": pledged_reach,
        "posts_published": posts_published,
        "posts_measured": posts_measured,
        "clicks": clicks,
        "clicks_excluded": clicks_excluded,
        "leads": leads,
    }
    changes: dict[str, Any] = {name: Greatest(F(name) + delta, Value(0)) for name, delta in deltas.items() if delta}
    if delivered is not None:
        changes["delivered"] = Greatest(Coalesce(F("delivered"), Value(0)) + delivered, Value(0))
    if read_at is not None:
        changes["read_at"] = Greatest(Coalesce(F("read_at"), Value(read_at)), Value(read_at))
    if not changes:
        return
    changes["updated_at"] = timezone.now()
    if not CaseFigures.objects.filter(pk=case_id).update(**changes):
        with connection.cursor() as cursor:
            cursor.execute(MAKE_ROW, [case_id])
        CaseFigures.objects.filter(pk=case_id).update(**changes)


def of(case: Case) -> CaseFigures:
    """The figures of a case as they are now; a case that nothing happened to has none stored, and all at rest."""
    return CaseFigures.objects.filter(pk=case.pk).first() or CaseFigures(case=case)


def series(case: Case) -> list[FigurePoint]:
    """The hourly points of a case, oldest first."""
    return list(FigurePoint.objects.filter(case=case).order_by("hour"))


def record_points(now: datetime) -> int:
    """Keep the figures of every running case as the point of this hour; running it twice changes nothing."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(KEEP_POINTS, {"hour": hour})
        return cursor.rowcount


def recount(case: Case) -> dict[str, int]:
    """What the ledgers say, to compare with the counters; `clicks_waiting` are stored but not counted yet."""
    human = Q(kind=ClickKind.HUMAN)
    ledger = Click.objects.filter(link__case=case).aggregate(
        clicks=Count("pk", filter=human & Q(counted=True)),
        clicks_excluded=Count("pk", filter=~human & Q(counted=True)),
        clicks_waiting=Count("pk", filter=Q(counted=False)),
    )
    return {**ledger, "leads": Lead.objects.filter(case=case).count()}


def count_clicks(batch: int = 5000) -> int:
    """Move a batch of uncounted clicks into the figures; returns how many. Runs at the same time share them out."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(CLAIM_CLICKS, {"batch": batch, "human": ClickKind.HUMAN})
            per_case = cursor.fetchall()
        for case_id, human, total in per_case:
            add(case_id, clicks=human, clicks_excluded=total - human)
    return sum(total for _case_id, _human, total in per_case)
