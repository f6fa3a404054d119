"""The national page: the most urgent case, the list by time left, the map, the ledger of outcomes."""

from collections import Counter

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import DEPARTEMENTS, REGIONS, Case, CaseStatus, FactKind, Outcome, Stage
from i4emploi_site.pages.france import tiles

MOST_SHOWN = 100


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    public = Case.objects.public()
    running = public.filter(status=CaseStatus.PUBLISHED)
    chosen = _filtered(running, request)
    cases = list(
        chosen.by_urgency(now).select_related("commune", "figures").prefetch_related("milestones__postponements", "facts")[:MOST_SHOWN]
    )
    for case in cases:
        case.next_milestone = next((m for m in case.milestones.all() if m.at > now), None)
        case.jobs = next(
            (f.value for f in case.facts.all() if f.is_headline and f.kind == FactKind.JOBS_THREATENED), None
        )
    by_departement = Counter(dict(running.values_list("commune__departement").annotate(Count("pk"))))
    outcomes = dict(public.filter(status=CaseStatus.CLOSED).values_list("outcome").annotate(Count("pk")))
    context = {
        "now": now,
        "cases": cases,
        "urgent": cases[0] if cases and cases[0].next_milestone else None,
        "tiles": tiles(by_departement),
        "departements": [(code, DEPARTEMENTS[code][0], count) for code, count in sorted(by_departement.items()) if code],
        "stages": [(stage, Stage(stage).label) for stage in sorted(set(running.values_list("stage", flat=True)))],
        "running": sum(by_departement.values()),
        "ledger": [(label, outcomes.get(value, 0)) for value, label in Outcome.choices],
        "chosen": _names_of_filters(request),
        "closed": public.filter(status=CaseStatus.CLOSED).select_related("commune").order_by("-closed_at")[:6],
    }  # fmt: skip
    return render(request, "site/home.html", context)


def _filtered(cases, request: HttpRequest):
    departement, region, stage = (request.GET.get(name, "") for name in ("departement", "region", "etape"))
    if departement:
        cases = cases.filter(commune__departement=departement)
    if region:
        cases = cases.filter(commune__departement__in=[code for code, (_n, r) in DEPARTEMENTS.items() if r == region])
    if stage:
        cases = cases.filter(stage=stage)
    return cases


def _names_of_filters(request: HttpRequest) -> list[str]:
    names = []
    if code := request.GET.get("departement"):
        names.append(DEPARTEMENTS.get(code, (code,))[0])
    if code := request.GET.get("region"):
        names.append(REGIONS.get(code, code))
    if code := request.GET.get("etape"):
        names.append(dict(Stage.choices).get(code, code))
    return names
