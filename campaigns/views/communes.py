from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns import filing


@require_safe
def commune_search(request: HttpRequest) -> HttpResponse:
    """The options of a datalist for what is being typed; the form works without it."""
    typed = request.GET.get("commune", "")[:80]
    found = filing.find_communes(typed)[:12] if len(typed) >= 2 else []
    return render(request, "campaigns/filing/communes.html", {"communes": found})
