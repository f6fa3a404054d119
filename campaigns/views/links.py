"""`/r/<code>`: the door of every post, poster and hand-share."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.links import clicks
from campaigns.links.robots import is_prefetch
from i4emploi_site.lib.visitors import address_of


@require_safe
def follow_link(request: HttpRequest, code: str) -> HttpResponse:
    now = timezone.now()
    user_agent = request.headers.get("User-Agent", "")
    prefetch = is_prefetch(request.headers)
    try:
        followed = clicks.follow(code, request.method or "", user_agent, address_of(request), now, prefetch=prefetch)
    except clicks.NoSuchLink:
        return _private(render(request, "campaigns/links/gone.html", {"withdrawn": False}, status=404))
    except clicks.LinkClosed:
        return _private(render(request, "campaigns/links/gone.html", {"withdrawn": True}, status=410))
    return _private(HttpResponseRedirect(followed.target_path))


def _private(response: HttpResponse) -> HttpResponse:
    """Every click must reach us, and the code is nobody else's business."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "origin"
    return response
