"""Who may open a page, and what its answer keeps to itself."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.models import Case, FormerSlug, User


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
    """The case, for those who work on it, also at an address of before; for anyone else there is nothing here."""
    mine = Case.objects.worked_on_by(request.user).select_related("commune")
    before = FormerSlug.objects.filter(slug=slug).values("case")
    return get_object_or_404(mine, Q(slug=slug) | Q(pk__in=before))


def team_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for those who work on the case: for anyone else there is nothing here."""

    @never_cache
    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    def wrapped(request: HttpRequest, slug: str, **more) -> HttpResponse:
        return view(request, case_worked_on(request, slug), **more)

    return wrapped
