"""The national page: the most urgent case, the list by time left, the map, the ledger of outcomes."""

from collections import Counter

from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import (
    CONFIDENTIAL_STAGES,
    DEPARTEMENTS,
    REGIONS,
    Case,
    CaseStatus,
    FactKind,
    Milestone,
    Outcome,
    Stage,
)
from i4emploi_site.pages.france import tiles

MOST_SHOWN = 100
CLOSED_SHOWN = 6
PUBLIC_STAGES = {value: label for value, label in Stage.choices if value not in CONFIDENTIAL_STAGES}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    public, running = Case.objects.public(), Case.objects.running()
    wanted = _wanted(request)
    standing = Milestone.objects.standing().prefetch_related("postponements")
    cases = list(
        _filtered(running, wanted)
        .by_urgency(now)
        .select_related("commune", "figures")
        .prefetch_related(Prefetch("milestones", standing), "facts")[: MOST_SHOWN + 1]
    )
    for case in cases:
        case.next_milestone = next((m for m in case.milestones.all() if m.at > now), None)
        case.jobs = case.headline(FactKind.JOBS_THREATENED)
    places = Counter(dict(running.values_list("commune__departement").annotate(Count("pk"))))
    outcomes = dict(public.filter(status=CaseStatus.CLOSED).values_list("outcome").annotate(Count("pk")))
    context = {
        "now": now,
        "cases": cases[:MOST_SHOWN],
        "more": len(cases) > MOST_SHOWN,
        "urgent": next((case for case in cases[:1] if case.next_milestone), None) if not wanted else None,
        "tiles": tiles(places),
        "wanted": wanted,
        "chosen": _in_words(wanted),
        "filters": _filters(running, places),
        "running": sum(places.values()),
        "ledger": [(value, label, outcomes.get(value, 0)) for value, label in Outcome.choices],
        "closed": public.filter(status=CaseStatus.CLOSED).select_related("commune").order_by("-closed_at")[:CLOSED_SHOWN],
    }  # fmt: skip
    return render(request, "site/home.html", context)


def _wanted(request: HttpRequest) -> dict[str, str]:
    """The filters of the address that mean something; anything else is ignored."""
    known = {"departement": DEPARTEMENTS, "region": REGIONS, "etape": PUBLIC_STAGES}
    wanted = {name: value for name, values in known.items() if (value := request.GET.get(name, "")) in values}
    if sector := request.GET.get("secteur", "").replace("\x00", "")[:120]:
        wanted["secteur"] = sector
    return wanted


def _filtered(cases, wanted: dict[str, str]):
    if departement := wanted.get("departement"):
        cases = cases.filter(commune__departement=departement)
    if region := wanted.get("region"):
        cases = cases.filter(commune__departement__in=[code for code, (_n, r) in DEPARTEMENTS.items() if r == region])
    if stage := wanted.get("etape"):
        cases = cases.filter(stage=stage)
    if sector := wanted.get("secteur"):
        cases = cases.filter(sector__iexact=sector)
    return cases


def _in_words(wanted: dict[str, str]) -> list[str]:
    names = {code: name for code, (name, _region) in DEPARTEMENTS.items()}
    words = {"departement": names, "region": REGIONS, "etape": PUBLIC_STAGES}
    return [str(words[name][value]) if name in words else value for name, value in wanted.items()]


def _filters(running, places: Counter) -> dict[str, list[tuple[str, str, int]]]:
    """What one can choose: (value, label, how many running cases), by the name that it has in the address."""
    regions: Counter = Counter()
    for departement, count in places.items():
        regions[DEPARTEMENTS[departement][1]] += count
    stages = Counter(dict(running.values_list("stage").annotate(Count("pk"))))
    sectors = Counter(dict(running.exclude(sector="").values_list("sector").annotate(Count("pk"))))
    return {
        "etape": [(value, str(label), stages[value]) for value, label in PUBLIC_STAGES.items() if stages[value]],
        "secteur": [(name, name, count) for name, count in sorted(sectors.items())],
        "region": sorted(((code, REGIONS[code], count) for code, count in regions.items()), key=lambda row: row[1]),
        "departement": [(code, DEPARTEMENTS[code][0], count) for code, count in sorted(places.items())],
    }
