"""Relay in one tap, without an account: a share link for each network, each with a short link of its own."""

import re
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.links.codes import kept_link
from campaigns.models import Case, FactKind, LinkKind

CHANNELS = {  # label: address with the text and the link to fill in
    "X": "https://x.com/intent/post?text={text}&url={url}",
    "Bluesky": "https://bsky.app/intent/compose?text={both}",
    "LinkedIn": "https://www.linkedin.com/sharing/share-offsite/?url={url}",
    "Facebook": "https://www.facebook.com/sharer.php?u={url}",
    "WhatsApp": "https://wa.me/?text={both}",
    "Telegram": "https://t.me/share/url?url={url}&text={text}",
    "E-mail": "mailto:?subject={text}&body={both}",
}
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.I)


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, slug: str) -> HttpResponse:
    case = get_object_or_404(Case.objects.running().select_related("commune"), slug=slug)
    text = _text(case)
    if request.method == "POST":  # Mastodon: only the person knows their instance
        instance = request.POST.get("instance", "").strip().removeprefix("https://").strip("/")
        if HOST.fullmatch(instance):
            words = urlencode({"text": f"{text} {kept_link(case, LinkKind.SHARE, 'Mastodon').url}"}, quote_via=quote)
            return _External(f"https://{instance}/share?{words}")
        return _page(request, case, text, wrong_instance=instance, status=400)
    return _page(request, case, text)


def _page(
    request: HttpRequest, case: Case, text: str, wrong_instance: str | None = None, status: int = 200
) -> HttpResponse:
    channels = []
    for label, address in CHANNELS.items():
        url = kept_link(case, LinkKind.SHARE, label).url
        filled = address.format(text=quote(text), url=quote(url, safe=""), both=quote(f"{text} {url}"))
        channels.append((label, filled))
    context = {
        "case": case,
        "channels": channels,
        "text": text,
        "copy_url": kept_link(case, LinkKind.SHARE, "Texte copié").url,
        "wrong_instance": wrong_instance,
    }
    return render(request, "site/share.html", context, status=status)


class _External(HttpResponseRedirect):
    allowed_schemes = ["https"]


def _text(case: Case) -> str:
    jobs = case.headline(FactKind.JOBS_THREATENED)
    if jobs is None or jobs.value is None:
        return _("%(case)s, à %(place)s, cherche un repreneur. #%(tag)s") % {
            "case": case,
            "place": case.place,
            "tag": case.hashtag,
        }
    return _("%(jobs)s emplois à sauver à %(place)s : %(case)s cherche un repreneur. #%(tag)s") % {
        "jobs": int(jobs.value), "place": case.place, "case": case, "tag": case.hashtag,
    }  # fmt: skip
