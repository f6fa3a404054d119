import uuid

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from influencers import accounts, pledging, stopping
from influencers.models import Delivery, Post, PostKind, PostState
from influencers.networks import base
from influencers.reminding import SALT


def post_tap(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The post that a person publishes themselves; opened by its owner, or by the signed link of their e-mail."""
    post = get_object_or_404(
        Post.objects.select_related("case__commune", "account", "link", "pledge__influencer__user"),
        pk=pk,
        delivery=Delivery.TAP,
    )
    token = request.POST.get("t") or request.GET.get("t") or ""
    pledge = post.pledge
    if pledge is None or (pledge.influencer.user != request.user and not _opens(token, post)):
        raise Http404
    if request.method == "POST":
        if request.POST.get("action") == "withdraw":
            pledging.withdraw(pledge, timezone.now())
            messages.success(request, _("Votre accord est retiré : rien d’autre ne vous sera proposé."))
        else:
            messages.success(
                request, _("Merci. Votre publication compte dès que quelqu’un suit son lien ; rien d’autre à faire.")
            )
        return redirect(request.get_full_path())
    over = post.state == PostState.CANCELLED or pledge.withdrawn_at or not post.case.is_running
    ended = over or stopping.reason_to_hold(post)
    canonical = post.canonical() if post.kind == PostKind.REPOST else None
    waits = post.kind == PostKind.REPOST and canonical is None
    context = {
        "post": post,
        "token": token,
        "ended": ended,
        "waits": waits,
        "canonical": canonical,
        "early": post.state == PostState.SCHEDULED and post.due_at > timezone.now(),
        "share_url": "" if ended or waits else _share_url(post, canonical),
    }
    response = render(request, "influencers/posts/tap.html", context)
    response["Referrer-Policy"] = "no-referrer"  # the address may hold the signed link
    return response


def _opens(token: str, post: Post) -> bool:
    try:
        return signing.loads(token, salt=SALT) == str(post.pk)
    except signing.BadSignature:
        return False


def _share_url(post: Post, canonical: Post | None) -> str:
    intent = base.Intent(
        key=str(post.pk),
        text=post.text,
        link=post.link.url if post.link else settings.SITE_URL,
        repost_of=canonical.remote_id if canonical else "",
        repost_url=canonical.remote_url if canonical else "",
    )
    return accounts.adapter_for(post.network, post.account.base_url).share_link(intent)
