"""The doors of filing. The secret in the address is the key: these pages are neither indexed nor referred from."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns import filing
from campaigns.forms.filing import FORMS, initial_of
from campaigns.models import CONFIDENTIAL_STAGES, Case
from campaigns.views.visitors import address_of


def private(view):
    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"  # none at all would make the forms' origin check fail
        return response

    return wrapped


@private
@require_http_methods(["GET", "HEAD", "POST"])
def filing_begin(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        if filing.too_many("drafts", address_of(request), filing.DRAFTS_AN_HOUR):
            messages.error(request, _("Trop de dossiers commencés depuis votre adresse : réessayez dans une heure."))
            return render(request, "campaigns/filing/begin.html", status=429)
        _case, secret = filing.begin()
        return redirect("filing_step", secret, 1)
    return render(request, "campaigns/filing/begin.html")


@private
@require_http_methods(["GET", "HEAD", "POST"])
def filing_step(request: HttpRequest, secret: str, step: int) -> HttpResponse:
    case = _case_of(secret)
    if case.status not in filing.EDITABLE:
        return redirect("filing_done", secret)
    if step == filing.STEPS:
        return _review(request, case, secret)
    if step not in FORMS:
        raise Http404
    form = FORMS[step](request.POST or None, initial=initial_of(case, step))
    if request.method == "POST":
        valid = form.is_valid()
        filing.save(case, step, form.cleaned_data, secret)  # what is right is kept even when something else is wrong
        if valid:
            filing.reached(case, step + 1)
            return redirect("filing_step", secret, step + 1)
    context = {"case": case, "form": form, "step": step, "steps": filing.STEPS, "secret": secret}
    return render(request, f"campaigns/filing/step{step}.html", context, status=400 if form.errors else 200)


def _review(request: HttpRequest, case: Case, secret: str) -> HttpResponse:
    if request.method == "POST":
        try:
            filing.submit(case)
        except filing.NotEditable as refusal:
            messages.error(request, str(refusal))
            return redirect("filing_step", secret, filing.STEPS)
        return redirect("filing_done", secret)
    context = {
        "case": case,
        "step": filing.STEPS,
        "steps": filing.STEPS,
        "secret": secret,
        "missing": filing.missing(case),
        "confidential": case.stage in CONFIDENTIAL_STAGES,
        "facts": case.facts.all(),
        "milestones": case.milestones.all(),
    }
    return render(request, "campaigns/filing/review.html", context)


@private
@require_http_methods(["GET", "HEAD"])
def filing_done(request: HttpRequest, secret: str) -> HttpResponse:
    case = _case_of(secret)
    if case.status in filing.EDITABLE:
        return redirect("filing_step", secret, filing.STEPS)
    last = case.transitions.last()
    return render(request, "campaigns/filing/done.html", {"case": case, "last": last})


@private
@require_http_methods(["GET", "POST"])
def filing_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing (mail scanners open links); the button confirms."""
    try:
        case = filing.case_to_confirm(token)
        if request.method == "GET":
            return render(request, "campaigns/filing/confirm.html", {"case": case})
        confirmed = filing.confirm(token)
    except filing.LinkDead:
        return render(request, "campaigns/filing/confirm_gone.html", status=410)
    if confirmed.user and confirmed.user.is_active and not confirmed.user.is_staff:
        login(request, confirmed.user, backend="django.contrib.auth.backends.ModelBackend")
    return render(request, "campaigns/filing/confirmed.html", {"case": confirmed.case})


def _case_of(secret: str) -> Case:
    if (case := filing.by_secret(secret)) is None:
        raise Http404
    return case
