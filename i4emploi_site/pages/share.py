"""Relay in one tap, without an account: a share link for each network, each with a short link of its own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.links.codes import kept_link
from campaigns.models import Case, FactKind, LinkKind
from campaigns.sharekit import hand


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, slug: str) -> HttpResponse:
    case = get_object_or_404(Case.objects.running().select_related("commune"), slug=slug)
    text = _text(case)
    if request.method == "POST":  # Mastodon: only the person knows their instance
        typed = request.POST.get("instance", "")
        if instance := hand.instance_of(typed):
            return hand.on_mastodon(instance, text, _link(case, "Mastodon"))
        return _page(request, case, text, wrong_instance=typed.strip(), status=400)
    return _page(request, case, text)


def _page(
    request: HttpRequest, case: Case, text: str, wrong_instance: str | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "case": case,
        "channels": hand.channels(text, lambda label: _link(case, label)),
        "text": text,
        "copy_url": _link(case, "Texte copié"),
        "wrong_instance": wrong_instance,
    }
    return render(request, "site/share.html", context, status=status)


def _link(case: Case, label: str) -> str:
    return kept_link(case, LinkKind.SHARE, label).url


def _text(case: Case) -> str:
    jobs = case.headline(FactKind.JOBS_THREATENED)
    if jobs is None or jobs.value is None:
        return _("%(case)s, à %(place)s, cherche un repreneur. #%(tag)s") % {
            "case": case,
            "place": case.place,
            "tag": case.hashtag,
        }
    return _("%(jobs)s emplois à sauver à %(place)s : %(case)s cherche un repreneur. #%(tag)s") % {
        "jobs": int(jobs.value), "place": case.place, "case": case, "tag": case.hashtag,
    }  # fmt: skip
