import uuid
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Case, User
from campaigns.views.access import private
from influencers import accounts, doubting, pledging, reminding, slot_calendar, stopping, taking_down
from influencers.forms.broadcast import StopForm
from influencers.forms.post import OwnerForm
from influencers.models import NOT_SENT_STATES, Delivery, Post, PostKind, PostState
from influencers.networks import base
from influencers.views.pledges import say_withdrawn

ENDED = (PostState.PUBLISHED, PostState.CANCELLED, PostState.EXPIRED)
READ = ["case__commune", "account", "broadcast", "link", "pledge__influencer__user"]


def _token(request: HttpRequest) -> str:
    return request.POST.get("t") or request.GET.get("t") or ""


def _is_owner(request: HttpRequest, post: Post) -> bool:
    """Whoever pledged it, signed in or by the signed link of an e-mail."""
    owner = post.pledge and post.pledge.influencer.user
    return bool(owner) and (owner == request.user or reminding.opens(_token(request), post))


def _is_team(request: HttpRequest, post: Post) -> bool:
    return request.user.is_authenticated and Case.objects.worked_on_by(request.user).filter(pk=post.case_id).exists()


def _tap_post(request: HttpRequest, pk: uuid.UUID) -> Post:
    post = get_object_or_404(Post.objects.select_related(*READ), pk=pk, delivery=Delivery.TAP)
    if not _is_owner(request, post):
        raise Http404
    return post


@private
def post_tap(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The post that a person publishes themselves; opened by its owner, or by the signed link of their e-mail."""
    post = _tap_post(request, pk)
    pledge = post.pledge
    if request.method == "POST" and request.POST.get("action") == "withdraw" and pledge:
        pledging.withdraw(pledge, timezone.now())
        say_withdrawn(request, pledge)
        return redirect(request.get_full_path())
    stopping.explain([post])
    over = post.state in ENDED or (pledge and pledge.withdrawn_at) or not post.case.is_running
    ended = over or post.stopped_by
    canonical = post.canonical() if post.kind == PostKind.REPOST else None
    waits = post.kind == PostKind.REPOST and canonical is None
    context = {
        "post": post,
        "token": _token(request),
        "ended": ended,
        "waits": waits,
        "canonical": canonical,
        "early": post.state == PostState.SCHEDULED and post.due_at > timezone.now(),
        "share_url": "" if ended or waits else _share_url(post, canonical),
    }
    return render(request, "influencers/posts/tap.html", context)


def _share_url(post: Post, canonical: Post | None) -> str:
    intent = base.Intent(
        key=str(post.pk),
        text=post.text,
        link=post.link.url if post.link else settings.SITE_URL,
        repost_of=canonical.remote_id if canonical else "",
        repost_url=canonical.remote_url if canonical else "",
    )
    return accounts.adapter_for(post.network, post.account.base_url).share_link(intent)


@private
@require_safe
def post_slot(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The slot for the person's calendar, while there is one to come."""
    post = _tap_post(request, pk)
    if post.state != PostState.SCHEDULED or not post.case.is_running:
        raise Http404
    event = slot_calendar.of_post(post, reminding.tap_url(post), timezone.now())
    answer = HttpResponse(event, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="creneau.ics"'
    return answer


# --- what only the owner can tell ----------------------------------------------------------------------------------


@private
def post_check(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """« Vérifiez votre profil »: to the owner, or to the team where the campaign's own account is the owner."""
    post = get_object_or_404(Post.objects.select_related(*READ), pk=pk)
    if not _is_owner(request, post) and (post.pledge or not _is_team(request, post)):
        raise Http404
    form = OwnerForm(request.POST or None, initial={"attempts": post.attempts})
    if request.method == "POST" and form.is_valid():
        try:
            _answer(request, post, form)
            return redirect(request.get_full_path() if "t" in request.GET else _page(post, _token(request)))
        except doubting.CannotTell as error:
            form.add_error(error.field or None, str(error))
    context = {
        "post": post,
        "form": form,
        "token": _token(request),
        "asked": doubting.is_asked(post),
        "by_address": bool(post.text),
        "wants_address": doubting.wants_address(post),
    }
    return render(request, "influencers/posts/check.html", context)


def _page(post: Post, token: str) -> str:
    return reverse("post_check", args=[post.pk]) + (f"?t={token}" if token else "")


def _answer(request: HttpRequest, post: Post, form: OwnerForm) -> None:
    seen, now = form.cleaned_data["attempts"], timezone.now()
    if request.POST.get("answer") == "absent":
        state = doubting.say_absent(post, seen, now)
    else:
        there = doubting.say_there(post, seen, form.cleaned_data["address"], now)
        state = "there" if there else ""
    said = {
        "there": _("Merci : elle est comptée comme publiée."),
        PostState.PUBLISHED: _("Nous venons de la retrouver sur le réseau : elle y est."),
        PostState.SCHEDULED: _("Merci : elle repart maintenant."),
        PostState.CANCELLED: _("Merci : elle n’est plus attendue, et ne repartira pas."),
        PostState.EXPIRED: _("Merci : la diffusion est finie, elle ne repartira pas."),
    }
    if state:
        messages.success(request, said[state])
    else:
        messages.info(request, _("L’état de cette publication a changé entre-temps : le voici."))


# --- stopping, deleting --------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def post_stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One post is not published: by its owner, whose pledge stays, or by the team, which says why."""
    post = get_object_or_404(Post.objects.select_related(*READ), pk=pk)
    is_owner = bool(post.pledge) and post.pledge.influencer.user == request.user
    if not is_owner and not _is_team(request, post):
        raise Http404
    form = StopForm(request.POST if request.method == "POST" and not is_owner else None)
    if request.method == "POST" and (is_owner or form.is_valid()):
        reason = _("à la demande de la personne") if is_owner else form.cleaned_data["reason"]
        if post.state in (*NOT_SENT_STATES, *stopping.LEAVING_STATES):
            stopping.stop(cast(User, request.user), reason, post=post)
        _say_stopped(request, post)
        return redirect("me") if is_owner else redirect("broadcast_detail", pk=post.broadcast_id)
    context = {"post": post, "form": form, "is_owner": is_owner}
    return render(request, "influencers/posts/stop.html", context)


def _say_stopped(request: HttpRequest, post: Post) -> None:
    post.refresh_from_db(fields=["state"])
    if post.state in stopping.LEAVING_STATES:
        messages.warning(request, _("Cette publication partait à l’instant : vérifiez. Elle ne sera pas renvoyée."))
    elif post.state == PostState.PUBLISHED:
        messages.warning(request, _("Cette publication était déjà en ligne."))
    else:
        messages.success(request, _("Cette publication ne partira pas."))


@login_required
@require_POST
def post_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    post = get_object_or_404(Post.objects.select_related(*READ), pk=pk, pledge__influencer__user=request.user)
    try:
        if taking_down.delete(post, timezone.now()):
            messages.success(request, _("Votre publication est supprimée du réseau."))
        else:
            messages.info(request, _("Cette publication n’est plus en ligne, ou n’a pas d’adresse connue."))
    except taking_down.NotDeleted as error:
        messages.error(request, str(error))
    return redirect("pledge_detail", pk=post.pledge_id)
