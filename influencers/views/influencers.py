from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import CaseMember, User
from influencers import joining, stopping
from influencers.forms.influencer import InfluencerForm
from influencers.models import OPEN_STATES, Network, NetworkAccount, Pledge, Post

LISTED_A_PAGE = 60
POSTS_SHOWN = 50
JOB_REQUESTS_SHOWN = 30


def join(request: HttpRequest) -> HttpResponse:
    """What it is, then (once signed in) the name, the visibility and the limits."""
    after = _safe_next(request)
    if not request.user.is_authenticated:
        return render(request, "influencers/joining/join.html", {"here": request.get_full_path()})
    if joining.of(request.user):
        return redirect(after or "me")
    form = InfluencerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        joining.join(request.user, **form.cleaned_data)
        messages.success(request, _("Bienvenue parmi les engagés. Il reste à connecter un compte."))
        return redirect(after or "me")
    return render(request, "influencers/joining/join.html", {"form": form, "next": after})


def _safe_next(request: HttpRequest) -> str:
    after = request.POST.get("next") or request.GET.get("next") or ""
    return after if url_has_allowed_host_and_scheme(after, {request.get_host()}, request.is_secure()) else ""


@require_safe
def engaged(request: HttpRequest) -> HttpResponse:
    reach, unknown = joining.potential_reach()
    page = Paginator(joining.engaged(), LISTED_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "influencers/joining/engaged.html", {"page": page, "reach": reach, "unknown": unknown})


@login_required
def me(request: HttpRequest) -> HttpResponse:
    influencer = joining.of(request.user)
    if influencer is None:
        return render(request, "influencers/joining/not_yet.html", {"team_cases": _team_cases(request)})
    form = InfluencerForm(request.POST or None, instance=influencer)
    if request.method == "POST" and form.is_valid():
        joining.change(influencer, **form.cleaned_data)
        messages.success(request, _("Vos réglages sont enregistrés."))
        return redirect("me")
    accounts = NetworkAccount.objects.filter(influencer=influencer).order_by("network", "pk")
    posts = Post.objects.filter(pledge__influencer=influencer).select_related("case", "account", "broadcast")
    to_come = Q(state__in=OPEN_STATES)
    context = {
        "influencer": influencer,
        "form": form,
        "accounts": accounts,
        "networks": Network.choices,
        "pledges": Pledge.objects.filter(influencer=influencer).select_related("case__commune", "account"),
        "upcoming": stopping.explain(posts.filter(to_come).order_by("due_at")[:POSTS_SHOWN]),
        "past": stopping.explain(posts.exclude(to_come).order_by("-due_at")[:POSTS_SHOWN]),
        "team_cases": _team_cases(request),
        "job_requests": joining.job_requests_near(influencer, timezone.now())[:JOB_REQUESTS_SHOWN],
    }
    return render(request, "influencers/joining/me.html", context)


def _team_cases(request: HttpRequest) -> list:
    memberships = CaseMember.objects.filter(user=cast(User, request.user)).select_related("case__commune")
    return [membership.case for membership in memberships]
