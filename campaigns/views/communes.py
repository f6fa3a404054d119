from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.models import Commune


@require_safe
def commune_search(request: HttpRequest) -> HttpResponse:
    """The options of a datalist for what is being typed; the form works without it."""
    typed = request.GET.get("q", "")[:80]
    found = Commune.objects.matching(typed)[:12] if len(typed) >= 2 else []
    return render(request, "campaigns/filing/communes.html", {"communes": found})
