"""Who may open a page, and what its answer keeps to itself."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.models import Case, User


class AuthenticatedHttpRequest(HttpRequest):
    """What `login_required` leaves of the requests."""

    user: User  # type: ignore[assignment]


def private(view):
    """Neither kept nor indexed nor referred from."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"  # no other site learns the secret; "no-referrer" would break CSRF
        return response

    return wrapped


def by_secret_link(view):
    """The secret in the address is what a forged form would lack: a session that expired loses nothing typed.

    Never for a page that signs somebody in.
    """
    return csrf_exempt(private(view))


def case_worked_on(request: HttpRequest, slug: str) -> Case:
    """The case, for those who work on it; for anyone else there is nothing here."""
    return get_object_or_404(Case.objects.worked_on_by(request.user).select_related("commune"), slug=slug)


def at_present_address(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mails sent before a case was published name its draft's address: it leads those who work on the case, and nobody
    else, to the present one. What was posted there is posted again. Stands below `login_required`.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, **more) -> HttpResponse:
        try:
            return view(request, slug, **more)
        except Http404:
            case = Case.objects.worked_on_by(request.user).filter(former_slugs__slug=slug).first()
            if case is None or request.resolver_match is None:
                raise
            page = reverse(request.resolver_match.view_name, kwargs={**more, "slug": case.slug})
            query = request.META["QUERY_STRING"]
            return redirect(f"{page}?{query}" if query else page, preserve_request=request.method == "POST")

    return wrapped


def team_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for those who work on the case: for anyone else there is nothing here."""

    @never_cache
    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @at_present_address
    def wrapped(request: HttpRequest, slug: str, **more) -> HttpResponse:
        return view(request, case_worked_on(request, slug), **more)

    return wrapped
