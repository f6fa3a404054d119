from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Case, User
from campaigns.models.milestone import DECISIVE
from campaigns.views.access import at_present_address, case_worked_on
from i4emploi_site.lib.times import long_date
from influencers import accounts, broadcasting, moving, readiness, reserving, spending, stopping
from influencers.forms.broadcast import BroadcastForm, MoveForm, ReserveForm, StopForm
from influencers.models import Broadcast, BroadcastState, NetworkAccount, PostState, Stop

STOPPABLE = (BroadcastState.DRAFT, BroadcastState.ARMED, BroadcastState.SCHEDULED)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)  # every page here wants somebody signed in


def _broadcast(request: HttpRequest, pk: int) -> Broadcast:
    open_cases = Case.objects.worked_on_by(request.user)
    broadcasts = Broadcast.objects.filter(case__in=open_cases).select_related("case__commune", "prepared_by")
    return get_object_or_404(broadcasts, pk=pk)


@login_required
@never_cache
@at_present_address
def broadcast_new(request: HttpRequest, slug: str) -> HttpResponse:
    case = case_worked_on(request, slug)
    form = BroadcastForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _check_lengths(form.cleaned_data["text"])
            made = broadcasting.prepare(case, _person(request), **form.cleaned_data)
            return redirect("broadcast_detail", pk=made.pk)
        except broadcasting.NotReady as error:
            form.add_error("text" if case.is_running else None, str(error))
    context = {
        "case": case,
        "form": form,
        "reserve": reserving.armed(case),
        "broadcasts": Broadcast.objects.filter(case=case),
        "budget": spending.standing(case, timezone.now()),
        "campaign_accounts": NetworkAccount.objects.of_campaign().connected().order_by("network"),
    }
    return render(request, "influencers/broadcasts/new.html", context)


@login_required
@never_cache
@at_present_address
def reserve_new(request: HttpRequest, slug: str) -> HttpResponse:
    case = case_worked_on(request, slug)
    form = ReserveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _check_lengths(form.cleaned_data["text"])
            made = reserving.arm(case, _person(request), **form.cleaned_data)
        except broadcasting.NotReady as error:
            form.add_error("text" if case.is_running else None, str(error))
        else:
            messages.success(request, _("La réserve attend. Vous pouvez l’arrêter à tout moment."))
            return redirect("broadcast_detail", pk=made.pk)
    elif known := reserving.armed(case):
        return redirect("broadcast_detail", pk=known.pk)
    deadline = case.milestones.decisive(timezone.now())
    context = {"case": case, "form": form, "deadline": deadline}
    return render(request, "influencers/broadcasts/reserve_new.html", context)


def _check_lengths(text: str) -> None:
    """The campaign's text goes out on each network that the campaign has an account on: it fits them all."""
    for account in NetworkAccount.objects.of_campaign().connected():
        adapter = accounts.adapter_for(account.network, account.base_url)
        plan = broadcasting.PlannedPost(account, None, "", "", text, timezone.now())
        used, most = adapter.measure(plan.shown_text), adapter.capabilities.max_length
        if used > most:
            raise broadcasting.NotReady(
                _("Trop long pour %(network)s : %(used)s caractères sur %(most)s.")
                % {"network": account.get_network_display(), "used": used, "most": most}
            )


@login_required
@require_safe
def broadcast_detail(request: HttpRequest, pk: int) -> HttpResponse:
    broadcast = _broadcast(request, pk)
    return render(request, "influencers/broadcasts/detail.html", detail(broadcast, _person(request)))


def detail(
    broadcast: Broadcast, viewer: User, stop_form: StopForm | None = None, case_stop_form: StopForm | None = None
) -> dict:
    posts = broadcast.posts.select_related("account", "pledge__influencer")
    counted = {row["state"]: row["number"] for row in posts.order_by().values("state").annotate(number=Count("pk"))}
    held = _stops_elsewhere(broadcast, viewer)
    states = [(PostState(state).label, counted[state]) for state in PostState.values if state in counted]
    planned = broadcasting.preview(broadcast) if broadcast.state == BroadcastState.DRAFT else []
    until = broadcast.until or broadcasting.end_of(broadcast)
    return {
        "broadcast": broadcast,
        "case": broadcast.case,
        "until": until,
        "too_late": sum(plan.due_at >= until for plan in planned),
        "found": readiness.latest(broadcast),
        "next_drill": readiness.next_drill(broadcast) if broadcast.state == BroadcastState.SCHEDULED else None,
        "is_draft": broadcast.state == BroadcastState.DRAFT,
        "can_stop": broadcast.state in STOPPABLE,
        "is_late": broadcast.state == BroadcastState.DRAFT and broadcast.at <= timezone.now(),
        "planned": planned,
        "cost": sum(plan.cost for plan in planned),
        "spent": spending.spent_on(broadcast),
        "budget": spending.standing(broadcast.case, max(broadcast.at, timezone.now())),
        **(_waiting(broadcast) if broadcast.state == BroadcastState.ARMED else {}),
        "aside": broadcasting.set_aside(broadcast) if broadcast.state == BroadcastState.DRAFT else [],
        "posts": stopping.explain(posts),
        "states": states,
        "stops": broadcast.stops.select_related("by"),
        "moves": broadcast.moves.select_related("by"),
        "held": held,
        "is_suspended": any(hold["stop"].case_id for hold in held),
        "stop_form": stop_form or StopForm(),
        "case_stop_form": case_stop_form or StopForm(auto_id="id_case_%s"),
    }


def _waiting(reserve: Broadcast) -> dict:
    now = timezone.now()
    deadline = reserve.case.milestones.decisive(now)
    return {
        "kept": broadcasting.kept_in(reserve),
        "would_post": len(broadcasting.preview(reserve)),
        "deadline": deadline,
        "no_date_yet": not reserve.case.milestones.filter(kind__in=DECISIVE).exists(),
        "launched_at": reserving.launched_at(deadline.at, now) if deadline else None,
    }


def _stops_elsewhere(broadcast: Broadcast, viewer: User) -> list[dict]:
    """Stops in force that hold this broadcast back although they were not made for it, and who may lift them here."""
    stops = Stop.objects.in_force().filter(broadcast__isnull=True, post__isnull=True).select_related("case", "by")
    return [
        {"stop": stop, "may_lift": bool(stop.case_id) and stopping.may_lift(stop, viewer)}
        for stop in stops
        if stop.case_id in (None, broadcast.case_id)
    ]


@login_required
@require_POST
def broadcast_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    broadcast = _broadcast(request, pk)
    try:
        made = broadcasting.schedule(broadcast, timezone.now())
    except broadcasting.NotReady as error:
        messages.error(request, str(error))
    else:
        if made:
            messages.success(
                request,
                ngettext("%(made)s publication programmée.", "%(made)s publications programmées.", made)
                % {"made": made},
            )
        else:
            messages.info(request, _("Cette diffusion était déjà programmée ou arrêtée."))
    return redirect("broadcast_detail", pk=pk)


@login_required
@never_cache
def broadcast_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked twice: first for what it would do, then, with the same hour, to do it."""
    broadcast, now = _broadcast(request, pk), timezone.now()
    form = MoveForm(request.POST or None, initial={"at": broadcast.at})
    planned = None
    if request.method == "POST" and form.is_valid():
        to, seen_at = form.cleaned_data["at"], form.cleaned_data["seen_at"]
        try:
            if request.POST.get("confirm") == to.isoformat():  # and not another hour, typed since
                moved = moving.move(broadcast, to, seen_at, _person(request), now)
                _say_moved(request, moved, to)
                return redirect("broadcast_detail", pk=pk)
            planned = moving.plan(broadcast, to, now)
        except broadcasting.NotReady as error:
            form.add_error("at", str(error))
    context = {"broadcast": broadcast, "case": broadcast.case, "form": form, "planned": planned}
    return render(request, "influencers/broadcasts/move.html", context)


def _say_moved(request: HttpRequest, moved: int | None, to: datetime) -> None:
    if moved is None:
        messages.info(request, _("La diffusion commence déjà à cette heure."))
        return
    said = ngettext(
        "Diffusion décalée : %(moved)s publication part à partir du %(at)s.",
        "Diffusion décalée : %(moved)s publications partent à partir du %(at)s.",
        moved,
    )
    messages.success(request, said % {"moved": moved, "at": long_date(to)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def broadcast_stop(request: HttpRequest, pk: int) -> HttpResponse:
    broadcast = _broadcast(request, pk)
    if request.method != "POST":  # the address of a refused form, opened again
        return redirect("broadcast_detail", pk=pk)
    form = StopForm(request.POST)
    if not form.is_valid():
        return render(request, "influencers/broadcasts/detail.html", detail(broadcast, _person(request), form))
    if broadcast.state in STOPPABLE:
        stopping.stop(_person(request), form.cleaned_data["reason"], broadcast=broadcast)
        messages.success(request, _("Diffusion arrêtée : rien d’autre ne partira."))
    else:
        messages.info(request, _("Cette diffusion était déjà terminée ou arrêtée."))
    return redirect("broadcast_detail", pk=pk)
