"""What a moderator sees on arriving: how much of each kind waits for a decision, and the cases that burn."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.deciding import DecidingAdmin
from campaigns.models import Case, CaseStatus
from i4emploi_site.lib import times

FIRST_CASES = 5


@dataclass(frozen=True)
class Pile:
    """Rows of one kind that wait, and the list that shows just those."""

    name: str
    count: int
    address: str


def context(request: HttpRequest, page: dict[str, Any]) -> dict[str, Any]:
    """The admin's own hook for its first page (`DASHBOARD_CALLBACK`)."""
    cases = admin.site.get_model_admin(Case)
    if cases.has_view_permission(request):
        waiting = cases.get_queryset(request).filter(status=CaseStatus.SUBMITTED)
        page["cases_waiting"] = waiting.count()
        page["first_cases"] = [_line(case) for case in waiting.select_related("commune")[:FIRST_CASES]]
    page["piles_waiting"] = [
        _pile(request, desk) for desk in admin.site._registry.values()
        if isinstance(desk, DecidingAdmin) and desk.has_view_permission(request)
    ]  # fmt: skip
    return page


def _line(case: Case) -> dict[str, Any]:
    left = times.time_left(case.next_at, timezone.now()) if case.next_at else ""
    return {"case": case, "left": left, "address": reverse("admin:campaigns_case_change", args=[case.pk])}


def _pile(request: HttpRequest, desk: DecidingAdmin) -> Pile:
    waiting = desk.open_states[0]
    rows = reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist")
    return Pile(
        str(desk.opts.verbose_name_plural),
        desk.get_queryset(request).filter(state=waiting).count(),
        f"{rows}?state__exact={waiting}",
    )
