import re
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import divisions
from campaigns.models import REGIONS, Case
from influencers import joining, likeness, pledging, stopping
from influencers.broadcasting import delivery_for
from influencers.forms import wording
from influencers.forms.pledge import PledgeForm, WideForm
from influencers.models import Delivery, Influencer, NetworkAccount, Pledge, PledgeMode


def _influencer_or_way(request: HttpRequest) -> Influencer | HttpResponse:
    """The person as an influencer with an account, or the page that comes first."""
    influencer = joining.of(request.user)
    here = urlencode({"next": request.get_full_path()})
    if influencer is None:
        return redirect(f"{reverse('join')}?{here}")
    if not NetworkAccount.objects.connected().filter(influencer=influencer).exists():
        return render(request, "influencers/accounts/none_yet.html", {"here": here})
    return influencer


def pledge_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A newcomer is first told what pledging is, and comes back here."""
    case = get_object_or_404(Case.objects.public().select_related("commune"), slug=slug)
    if not case.is_running:
        return render(request, "influencers/pledges/closed.html", {"case": case})
    if not request.user.is_authenticated:
        return redirect(f"{reverse('join')}?{urlencode({'next': request.get_full_path()})}")
    influencer = _influencer_or_way(request)
    if isinstance(influencer, HttpResponse):
        return influencer
    held = Pledge.objects.active().filter(influencer=influencer, case=case).select_related("account")
    statement = wording.statement(case)
    form = PledgeForm(
        request.POST or None, influencer=influencer, statement=statement, already=[one.account_id for one in held]
    )
    if request.method == "POST" and form.is_valid() and (made := _pledge(form, influencer, case=case)):
        return redirect("pledge_detail", pk=made.pk)
    if not form.is_bound:
        form.initial["text"] = wording.suggestion(case, form.fields["account"].initial, influencer.pk)
    context = {
        "case": case,
        "jobs": wording.headline_jobs(case),
        "next_milestone": wording.next_milestone(case),
        "form": form,
        "held": held,
        "statement": statement,
        **_preview(form, case),
    }
    return render(request, "influencers/pledges/new.html", context)


@login_required
def pledge_wide(request: HttpRequest) -> HttpResponse:
    """First the region or the sector, so that the sentence of consent can name it; then as for one case."""
    influencer = _influencer_or_way(request)
    if isinstance(influencer, HttpResponse):
        return influencer
    asked = request.POST or request.GET
    chooser = WideForm(asked if "region" in asked or "sector" in asked else None)
    if not chooser.is_valid():
        return render(request, "influencers/pledges/wide_choose.html", {"form": chooser})
    chosen, name = chooser.cleaned_data, _wide_name(**chooser.cleaned_data)
    statement = wording.statement(None, name)
    form = PledgeForm(request.POST or None, influencer=influencer, statement=statement)
    if request.method == "POST" and form.is_valid() and (made := _pledge(form, influencer, **chosen)):
        return redirect("pledge_detail", pk=made.pk)
    context = {"form": form, "chosen": chosen, "name": name, "statement": statement, **_preview(form, None, chosen)}
    return render(request, "influencers/pledges/wide.html", context)


def _wide_name(region: str, sector: str) -> str:
    if region:
        return _("la région %(name)s") % {"name": REGIONS[region]}
    return _("ce secteur : %(name)s") % {"name": divisions.named(sector)}


def _pledge(form: PledgeForm, influencer: Influencer, **target) -> Pledge | None:
    cleaned = form.cleaned_data
    try:
        return pledging.pledge(
            influencer,
            cleaned["account"],
            mode=cleaned["mode"],
            text=cleaned.get("words", ""),
            statement=form.statement,
            now=timezone.now(),
            **target,
        )
    except pledging.CannotPledge as error:
        form.add_error(error.field or None, str(error))
        return None


@login_required
@require_POST
def pledge_preview(request: HttpRequest) -> HttpResponse:
    """The post as it would be and its length as the network counts it, while the person types."""
    influencer = joining.of(request.user)
    if influencer is None:
        raise Http404
    case = Case.objects.running().filter(slug=slugify(request.POST.get("case", ""))).first()
    wide = WideForm(request.POST)
    chosen = wide.cleaned_data if case is None and wide.is_valid() else {}
    form = PledgeForm(request.POST, influencer=influencer)
    return render(request, "influencers/pledges/preview.html", _preview(form, case, chosen))


def _preview(form: PledgeForm, case: Case | None, wide: dict | None = None) -> dict:
    """What the preview shows; nothing in it depends on the form being right."""
    account = _account(form)
    mode = form["mode"].value()
    context = {
        "account": account,
        "repost": mode == PledgeMode.REPOST,
        "by_tap": account is not None and delivery_for(account) == Delivery.TAP,
        "common": [],
        "limit_percent": pledging.percent(likeness.LIMIT),
    }
    if context["repost"]:
        return context | {"campaign_text": wording.campaign_text(case) if case else ""}
    typed = (form["text"].value() or "")[: 2 * pledging.LONGEST_TEXT]
    try:
        words = pledging.whole_text(typed)
    except pledging.CannotPledge as error:
        return {**context, "problem": str(error) if typed.strip() else "", "shown": Pledge.shown(typed)}
    context["shown"] = Pledge.shown(words)
    context["link_added"] = Pledge.LINK_MARK not in typed
    if account:
        context["used"], context["most"] = pledging.length(account, words)
        context["over"] = context["used"] > context["most"]
        if case or wide:
            near = likeness.nearest(words, pledging.others_texts(account, case=case, **(wide or {})))
            context["too_near"] = near.share >= likeness.LIMIT
            if context["too_near"]:  # below the limit nothing is told of a text that is not published yet
                context["near"] = pledging.percent(near.share)
                context["common"] = likeness.shared(context["shown"], near.text)
    return context


def _account(form: PledgeForm) -> NetworkAccount | None:
    chosen = form["account"].value()
    if isinstance(chosen, NetworkAccount):
        return chosen
    mine = NetworkAccount.objects.connected().filter(influencer=form.influencer)
    return mine.filter(pk=int(chosen)).first() if re.fullmatch(r"[0-9]{1,15}", str(chosen or "")) else None


@login_required
@require_safe
def pledge_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt: what was agreed, since when, and what the share did."""
    pledge = get_object_or_404(
        Pledge.objects.select_related("case__commune", "account", "influencer"), pk=pk, influencer__user=request.user
    )
    human = Count("link__clicks", filter=Q(link__clicks__kind="human"))
    posts = pledge.posts.select_related("case", "link", "account").annotate(human_clicks=human).order_by("-due_at")
    posts = stopping.explain(posts)
    context = {
        "pledge": pledge,
        "hidden": pledge.case is not None and not pledge.case.is_public,
        "posts": posts,
        "clicks": sum(post.human_clicks for post in posts),
        "published": sum(post.state == "published" for post in posts),
        "shown": Pledge.shown(pledge.consented_text),
        "by_tap": delivery_for(pledge.account) == Delivery.TAP,
        "sector_name": divisions.named(pledge.sector),
    }
    return render(request, "influencers/pledges/detail.html", context)


@login_required
@require_POST
def pledge_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    pledge = get_object_or_404(Pledge, pk=pk, influencer__user=request.user)
    pledging.withdraw(pledge, timezone.now())
    say_withdrawn(request, pledge)
    return redirect("pledge_detail", pk=pk)


def say_withdrawn(request: HttpRequest, pledge: Pledge) -> None:
    messages.success(request, _("Votre accord est retiré : rien d’autre ne sera publié."))
    if pledge.posts.filter(state__in=stopping.LEAVING_STATES).exists():
        messages.warning(request, _("Une publication partait à l’instant : vérifiez votre profil."))
