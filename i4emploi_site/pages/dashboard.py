"""The team's page: the clock, what to do next, the leads, the reach, the posts."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Case, ClickKind, LeadStage, ShortLink
from campaigns.views.access import at_present_address, case_worked_on
from i4emploi_site.pages.case import court_clock, live_figures
from influencers.models import Broadcast, BroadcastState, Failure, Post, PostState

WAITING_STAGES = [LeadStage.REPORTED, LeadStage.INTEREST]
ENDED_STAGES = [LeadStage.CHOSEN, LeadStage.NOT_CHOSEN, LeadStage.DROPPED]
LEADS_SHOWN, BROADCASTS_SHOWN, LINKS_SHOWN = 200, 5, 12


@dataclass(frozen=True)
class Action:
    words: str
    url: str
    why: str = ""
    waits: bool = False  # somebody is waiting for it


@login_required
@never_cache
@require_safe
@at_present_address
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    case = case_worked_on(request, slug)
    template = "site/dashboard_live.html" if request.htmx else "site/dashboard.html"
    in_team = case.members.filter(user=request.user).exists()
    return render(request, template, {**court_clock(case), **live_figures(case), **_work(case, in_team)})


def _work(case: Case, in_team: bool) -> dict:
    """Leads are the team's alone: a moderator sees how many there are, as everybody does."""
    leads = _leads(case) if in_team else []
    broadcasts = list(Broadcast.objects.filter(case=case).order_by("-at")[:BROADCASTS_SHOWN])
    posts = Post.objects.filter(case=case)
    states = dict(posts.values_list("state").annotate(Count("pk")).order_by())
    failures = posts.exclude(failure="").values_list("state", "failure").annotate(Count("pk")).order_by()
    human = Count("clicks", filter=Q(clicks__kind=ClickKind.HUMAN), distinct=True)
    return {
        "in_team": in_team,
        "leads": [lead for lead in leads if lead.stage not in ENDED_STAGES],
        "ended_leads": [lead for lead in leads if lead.stage in ENDED_STAGES],
        "broadcasts": broadcasts,
        "post_states": [(value, label, states[value]) for value, label in PostState.choices if states.get(value)],
        "failures": [(state, Failure(failure).label, count) for state, failure, count in failures],
        "links": ShortLink.objects.filter(case=case)
        .annotate(human=human, brought=Count("leads", distinct=True))
        .filter(Q(human__gt=0) | Q(brought__gt=0))
        .order_by("-human", "pk")[:LINKS_SHOWN],
        "actions": _next_actions(case, leads, broadcasts, states),
    }


def _leads(case: Case) -> list:
    """The leads, by stage and then the oldest first, each with its age in hours and whether it waits for an answer."""
    now = timezone.now()
    leads = list(case.leads.select_related("link")[:LEADS_SHOWN])
    for lead in leads:
        hours = int((now - lead.created_at).total_seconds() // 3600)
        lead.age = f"{hours}\u00a0h" if hours else _("moins d’une heure")
        lead.waits = lead.stage in WAITING_STAGES
    return sorted(leads, key=lambda lead: (LeadStage.values.index(lead.stage), lead.created_at))


def _next_actions(case: Case, leads: list, broadcasts: list[Broadcast], states: dict) -> list[Action]:
    """What would help most now, first things first."""
    actions = []
    for lead in sorted((lead for lead in leads if lead.waits), key=lambda lead: lead.created_at)[:3]:
        url = reverse("lead_detail", args=[case.slug, lead.pk])
        why = _("attend une réponse depuis %(age)s") % {"age": lead.age}
        actions.append(Action(_("Répondre à %(who)s") % {"who": lead}, url, why, waits=True))
    for state, words, why in [
        (PostState.UNCONFIRMED, _("Vérifier des publications"), ngettext(
            "%(n)s publication dont le réseau n’a pas dit si elle est partie",
            "%(n)s publications dont le réseau n’a pas dit si elles sont parties", states.get(PostState.UNCONFIRMED, 0))),
        (PostState.FAILED, _("Lire pourquoi des publications ont échoué"), ngettext(
            "%(n)s publication en échec", "%(n)s publications en échec", states.get(PostState.FAILED, 0))),
    ]:  # fmt: skip
        if states.get(state):
            actions.append(Action(words, "#publications", why % {"n": states[state]}))
    if waiting := case.proposals.pending().count():
        why = ngettext(
            "%(n)s date ou étape attend une personne", "%(n)s dates ou étapes attendent une personne", waiting
        )
        actions.append(
            Action(
                _("Confirmer ce qui est proposé"), reverse("case_milestones", args=[case.slug]), why % {"n": waiting}
            )
        )
    drafts = [broadcast for broadcast in broadcasts if broadcast.state == BroadcastState.DRAFT]
    for broadcast in drafts[:1]:
        url = reverse("broadcast_detail", args=[broadcast.pk])
        actions.append(Action(_("Programmer la diffusion préparée"), url, _("rien ne part avant votre accord")))
    if case.is_running:
        if not drafts and not any(broadcast.state == BroadcastState.SCHEDULED for broadcast in broadcasts):
            why = _("aucune n’est programmée")
            actions.append(Action(_("Préparer une diffusion"), reverse("broadcast_new", args=[case.slug]), why))
        if not case.contacts.exists():
            why = _("maire, préfecture, Région : personne n’est noté")
            actions.append(Action(_("Dire qui a été prévenu"), reverse("case_contacts", args=[case.slug]), why))
        url = reverse("update_new", args=[case.slug])
        actions.append(Action(_("Donner des nouvelles à ceux qui suivent"), url))
    return actions
