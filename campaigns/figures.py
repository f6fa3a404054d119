"""The only writer and reader of public numbers. Counters move by deltas, in the transaction that stores their cause."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q

from campaigns.models import Case, CaseFigures, Click, ClickKind, FigurePoint, Lead

COUNTERS = (
    "pledges",
    "pledged_reach",
    "posts_published",
    "posts_measured",
    "clicks",
    "clicks_excluded",
    "leads",
)


def add(case_id: int, *, delivered: int | None = None, read_at: datetime | None = None, **deltas: int) -> None:
    """Move a case's counters, making its row if there is none. Call it inside the transaction of the cause.

    `delivered=None` says that no network told anything: an unknown figure stays unknown. No counter falls below 0.
    """
    if unknown := set(deltas) - set(COUNTERS):
        raise TypeError(f"no such figure: {', '.join(sorted(unknown))}")
    changes = {name: delta for name, delta in deltas.items() if delta}
    sets = [f"{name} = GREATEST(f.{name} + %s, 0)" for name in changes]
    values: list = list(changes.values())
    if delivered is not None:
        sets.append("delivered = GREATEST(COALESCE(f.delivered, 0) + %s, 0)")
        values.append(delivered)
    if read_at is not None:
        sets.append("read_at = GREATEST(f.read_at, %s)")
        values.append(read_at)
    CaseFigures.objects.bulk_create([CaseFigures(case_id=case_id)], ignore_conflicts=True)
    if sets:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE campaigns_casefigures AS f SET {', '.join(sets)}, updated_at = now() WHERE case_id = %s",  # noqa: S608 - names from COUNTERS
                [*values, case_id],
            )


def of(case: Case) -> CaseFigures:
    """The figures of a case; all zero and unknown when nothing has happened yet."""
    return CaseFigures.objects.filter(case=case).first() or CaseFigures(case=case)


def series(case: Case) -> list[FigurePoint]:
    return list(FigurePoint.objects.filter(case=case).order_by("hour"))


def record_points(now: datetime) -> int:
    """Write this hour's point of every running case (again, if it is there already). Returns how many."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    points = [
        FigurePoint(
            case_id=figures.case_id,
            hour=hour,
            pledged_reach=figures.pledged_reach,
            delivered=figures.delivered,
            clicks=figures.clicks,
        )
        for figures in CaseFigures.objects.filter(case__in=Case.objects.running())
    ]
    FigurePoint.objects.bulk_create(
        points,
        update_conflicts=True,
        unique_fields=["case", "hour"],
        update_fields=["pledged_reach", "delivered", "clicks"],
    )
    return len(points)


def recount(case: Case) -> dict[str, int]:
    """What the ledgers say, to prove the counters: human clicks, other clicks, leads."""
    clicks = Click.objects.filter(link__case=case).aggregate(
        human=Count("pk", filter=Q(kind=ClickKind.HUMAN)), other=Count("pk", filter=~Q(kind=ClickKind.HUMAN))
    )
    return {
        "clicks": clicks["human"],
        "clicks_excluded": clicks["other"],
        "leads": Lead.objects.filter(case=case).count(),
    }


def count_clicks(batch: int = 5000) -> int:
    """Move uncounted clicks into the figures, each once, however many run at the same time. Returns how many."""
    with transaction.atomic():
        rows = list(
            Click.objects.filter(counted=False)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("pk")
            .values_list("pk", "kind", "link__case_id")[:batch]
        )
        Click.objects.filter(pk__in=[pk for pk, _kind, _case in rows]).update(counted=True)
        totals: dict[int, list[int]] = {}
        for _pk, kind, case_id in rows:
            totals.setdefault(case_id, [0, 0])[kind != ClickKind.HUMAN] += 1
        for case_id, (human, other) in sorted(totals.items()):  # one order for every worker: no deadlock
            add(case_id, clicks=human, clicks_excluded=other)
    return len(rows)
