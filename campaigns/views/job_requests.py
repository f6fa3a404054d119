"""#i4emploiR: asking for a job, reading and relaying what others ask, helping, and the seeker's own page."""

from collections import Counter
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import divisions, helping
from campaigns import job_requests as asking
from campaigns.forms.job_request import HelpForm, JobRequestForm
from campaigns.models import DEPARTEMENTS, REGIONS, Case, JobRequest
from campaigns.sharekit import hand
from campaigns.views.access import by_secret_link
from i4emploi_site.lib.visitors import address_of

LISTED_A_PAGE = 30


@require_safe
def job_requests(request: HttpRequest) -> HttpResponse:
    published = asking.public(timezone.now())
    wanted, found = _wanted(request), published
    if region := wanted.get("region"):
        found = found.filter(asking.in_regions([region]))
    if sector := wanted.get("secteur"):
        found = found.filter(naf_division=sector)
    context = {
        "page": Paginator(found.order_by("-published_at", "-pk"), LISTED_A_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "query": urlencode(wanted),
        "chosen": [_named(name, value) for name, value in wanted.items()],
        "filters": _filters(published, wanted),
    }
    return render(request, "campaigns/job_requests/list.html", context)


def _wanted(request: HttpRequest) -> dict[str, str]:
    """The filters of the address that mean something; anything else is ignored."""
    known = {"region": REGIONS, "secteur": divisions.NAMES}
    return {name: value for name, values in known.items() if (value := request.GET.get(name, "")) in values}


def _named(name: str, value: str) -> str:
    return REGIONS[value] if name == "region" else divisions.named(value)


def _filters(published, wanted: dict[str, str]) -> dict[str, list]:
    """(address, name, count, whether it is chosen) of each region and sector where something is asked."""
    places = published.order_by().values_list("commune__departement").annotate(Count("pk"))
    regions: Counter[str] = Counter()
    for departement, count in places:
        regions[DEPARTEMENTS[departement][1]] += count
    sectors = published.order_by().exclude(naf_division="").values_list("naf_division").annotate(Count("pk"))
    return {"region": _links("region", regions, wanted), "secteur": _links("secteur", dict(sectors), wanted)}


def _links(name: str, counts: dict[str, int], wanted: dict[str, str]) -> list[tuple[str, str, int, bool]]:
    rows = [
        (f"?{urlencode(wanted | {name: value})}", _named(name, value), count, wanted.get(name) == value)
        for value, count in counts.items()
    ]
    return sorted(rows, key=lambda row: row[1])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def job_request_new(request: HttpRequest) -> HttpResponse:
    slug = request.GET.get("dossier", "")
    case = Case.objects.public().select_related("commune").filter(slug=slug).first() if slug else None
    form = JobRequestForm(request.POST or None)
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        if asking.too_many_from(address_of(request)):
            form.add_error(None, _("Trop d’envois depuis votre adresse : réessayez dans une heure."))
            status = 429
        elif refusal := _ask(form, case):
            form.add_error(None, refusal)
            status = 409
        else:
            return redirect("job_request_sent")
    context = {"form": form, "case": case, "unknown_case": bool(slug and case is None)}
    return render(request, "campaigns/job_requests/new.html", context, status=status)


def _ask(form: JobRequestForm, case: Case | None) -> str:
    """Empty when the request is stored; otherwise why it is not."""
    try:
        asking.ask(form.cleaned_data, form.cleaned_data["submission_key"], case)
    except asking.UsedForm as refusal:
        form.take_new_key()
        return str(refusal)
    return ""


@require_safe
def job_request_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/job_requests/sent.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def job_request(request: HttpRequest, code: str) -> HttpResponse:
    """The public page; a POST is a message to the seeker, or the Mastodon instance to share on."""
    now = timezone.now()
    row = asking.public(now).filter(code=code).first()
    if row is None and asking.is_over(code, now):
        return render(request, "campaigns/job_requests/over.html", status=410)
    if row is None:
        raise Http404
    if request.method == "POST" and "instance" in request.POST:
        return _on_mastodon(request, row)
    form = HelpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            helping.forward(code, given, given["submission_key"], address_of(request))
        except asking.NotPossible as refusal:
            form.add_error(None, str(refusal))
            return _page(request, row, form, status=409)
        messages.success(request, _("Merci : votre message est parti. La réponse vous arrivera par e-mail."))
        return redirect("job_request", code=code)
    return _page(request, row, form, status=400 if request.method == "POST" else 200)


def _on_mastodon(request: HttpRequest, row: JobRequest) -> HttpResponse:
    typed = request.POST["instance"]
    if instance := hand.instance_of(typed):
        return hand.on_mastodon(instance, _text(row), asking.public_page(row))
    return _page(request, row, HelpForm(), status=400, wrong_instance=typed.strip())


def _page(
    request: HttpRequest, row: JobRequest, form: HelpForm, status: int, wrong_instance: str | None = None
) -> HttpResponse:
    context = {
        "row": row,
        "form": form,
        "sector": divisions.named(row.naf_division),
        "text": _text(row),
        "copy_url": asking.public_page(row),
        "channels": hand.channels(_text(row), lambda label: asking.public_page(row)),
        "wrong_instance": wrong_instance,
    }
    return render(request, "campaigns/job_requests/detail.html", context, status=status)


def _text(row: JobRequest) -> str:
    return f"{row.summary} ({row.commune.name}) #i4emploiR"


@by_secret_link
@require_http_methods(["GET", "HEAD", "POST"])
def job_request_manage(request: HttpRequest, secret: str) -> HttpResponse:
    """Opening the link changes nothing (mail scanners open links); its buttons do."""
    row = asking.by_secret(secret)
    if row is None:
        return render(request, "campaigns/job_requests/unknown.html", status=404)
    if request.method == "POST":
        _act(request, row)
        return redirect("job_request_manage", secret)
    now = timezone.now()
    context = {
        "row": row,
        "published": asking.public(now).filter(pk=row.pk).exists(),
        "ended": row.expires_at is not None and row.expires_at <= now,
        "can_be_prolonged": asking.can_be_prolonged(row),
    }
    return render(request, "campaigns/job_requests/manage.html", context)


def _act(request: HttpRequest, row: JobRequest) -> None:
    now = timezone.now()
    acts = {
        "confirm": (lambda: asking.confirm(row), _("Merci : votre demande va être relue, puis publiée.")),
        "found": (lambda: asking.found(row, now), _("Bravo ! Votre demande n’est plus publiée.")),
        "prolong": (lambda: asking.prolong(row, now), _("Votre demande est publiée pour 90 jours de plus.")),
        "withdraw": (lambda: asking.withdraw(row, now), _("Votre demande est retirée, vos données sont effacées.")),
    }
    if (go := request.POST.get("go", "")) not in acts:
        messages.error(request, _("Choisissez l’un des boutons de la page."))
        return
    act, done = acts[go]
    try:
        act()
        messages.success(request, done)
    except asking.NotPossible as refusal:
        messages.error(request, str(refusal))
