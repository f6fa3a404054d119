"""Options of a datalist for what is being typed; the forms work without them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns import activities
from campaigns.models.place import find_communes

MOST_SUGGESTED = 12


@require_safe
def commune_search(request: HttpRequest) -> HttpResponse:
    typed = _typed(request)
    found = find_communes(typed)[:MOST_SUGGESTED] if len(typed) >= 2 else []
    options = [(str(commune), commune.departement_name) for commune in found]
    return render(request, "campaigns/filing/options.html", {"options": options})


@require_safe
def activity_search(request: HttpRequest) -> HttpResponse:
    typed = _typed(request)
    found = activities.matching(typed) if len(typed) >= 2 else []
    return render(request, "campaigns/filing/options.html", {"options": [(label, code) for code, label in found]})


def _typed(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:80]
