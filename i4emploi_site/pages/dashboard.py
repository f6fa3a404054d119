"""The team's page: the clock, what to do next, the leads, the reach, the posts."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Case, ClickKind, LeadStage, ShortLink
from i4emploi_site.pages.access import team_case
from i4emploi_site.pages.case import court_clock, live_figures
from influencers.models import Broadcast, BroadcastState, Failure, Post, PostState

WAITING_STAGES = [LeadStage.REPORTED, LeadStage.INTEREST]
ENDED_STAGES = [LeadStage.CHOSEN, LeadStage.NOT_CHOSEN, LeadStage.DROPPED]


@login_required
@never_cache
@require_safe
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    case = team_case(request, slug)
    template = "site/dashboard_live.html" if request.htmx else "site/dashboard.html"
    return render(request, template, {**court_clock(case), **live_figures(case), **_work(case)})


def _work(case: Case) -> dict:
    now = timezone.now()
    leads = list(case.leads.select_related("link")[:200])
    for lead in leads:
        lead.age_hours = int((now - lead.created_at).total_seconds() // 3600)
    broadcasts = list(Broadcast.objects.filter(case=case).order_by("-at")[:5])
    posts = Post.objects.filter(case=case)
    states = dict(posts.values_list("state").annotate(Count("pk")).order_by())
    failures = posts.exclude(failure="").values_list("failure").annotate(Count("pk")).order_by()
    return {
        "leads": [lead for lead in leads if lead.stage not in ENDED_STAGES],
        "ended_leads": [lead for lead in leads if lead.stage in ENDED_STAGES],
        "broadcasts": broadcasts,
        "post_states": [(label, states.get(value, 0)) for value, label in PostState.choices if states.get(value)],
        "failures": [(Failure(failure).label, count) for failure, count in failures],
        "links": ShortLink.objects.filter(case=case)
        .annotate(human=Count("clicks", filter=Q(clicks__kind=ClickKind.HUMAN)), brought=Count("leads", distinct=True))
        .order_by("-human")[:12],
        "actions": _next_actions(case, leads, broadcasts, states),
    }


def _next_actions(case: Case, leads: list, broadcasts: list[Broadcast], states: dict) -> list[tuple[str, str]]:
    """What would help most now, first things first: (what to do, where)."""
    actions = []
    waiting = [lead for lead in leads if lead.stage in WAITING_STAGES]
    for lead in sorted(waiting, key=lambda lead: lead.created_at)[:3]:
        words = _("Répondre à %(who)s : attend depuis %(hours)s h") % {"who": lead, "hours": lead.age_hours}
        actions.append((words, reverse("lead_detail", args=[case.slug, lead.pk])))
    if states.get(PostState.UNCONFIRMED):
        actions.append((_("Des publications sont à vérifier"), "#publications"))
    if case.is_running and not any(b.state in (BroadcastState.SCHEDULED, BroadcastState.DRAFT) for b in broadcasts):
        actions.append((_("Préparer une diffusion"), reverse("broadcast_new", args=[case.slug])))
    if case.is_running:
        actions.append((_("Donner des nouvelles à ceux qui suivent"), reverse("update_new", args=[case.slug])))
    return actions
