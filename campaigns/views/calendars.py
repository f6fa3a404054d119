"""Feeds that a calendar follows, for anyone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import http_date
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from campaigns.models import DEPARTEMENTS, Case
from campaigns.sharekit import calendar


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def case_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    case = get_object_or_404(Case.objects.public().select_related("commune"), slug=slug)
    answer = _feed(calendar.of_case(case), f"{case.slug}.ics")
    if not case.pseudonymous:
        answer["Last-Modified"] = http_date(calendar.changed_at(case).timestamp())
    return answer


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def departement_calendar(request: HttpRequest, departement: str) -> HttpResponse:
    """Known by its ETag alone: a case that is held takes its instants along, and no date would tell that it left."""
    if departement not in DEPARTEMENTS:
        raise Http404
    return _feed(calendar.of_departement(departement), f"echeances-{departement}.ics")


def _feed(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Content-Language"] = "fr"
    return answer
