"""The team suspends everything about its case, and takes it up again."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.models import User
from campaigns.views.access import at_present_address, case_worked_on
from influencers import stopping
from influencers.forms.broadcast import StopForm
from influencers.models import Broadcast, Post, Stop
from influencers.views.broadcasts import detail


@login_required
@require_POST
@at_present_address
def case_stop(request: HttpRequest, slug: str) -> HttpResponse:
    case = case_worked_on(request, slug)
    form = StopForm(request.POST, auto_id="id_case_%s")
    broadcast = get_object_or_404(Broadcast.objects.select_related("case__commune"), pk=_number(request), case=case)
    person = cast(User, request.user)
    if not form.is_valid():
        return render(request, "influencers/broadcasts/detail.html", detail(broadcast, person, case_stop_form=form))
    if not Stop.objects.in_force().filter(case=case).exists():
        stopping.stop(person, form.cleaned_data["reason"], case=case)
    messages.success(request, _("Tout est suspendu pour ce dossier : rien ne part avant que vous ne repreniez."))
    if Post.objects.filter(case=case, state__in=stopping.LEAVING_STATES).exists():
        messages.warning(
            request, _("Des publications partaient à l’instant : vérifiez celles qui sont en cours d’envoi.")
        )
    return redirect("broadcast_detail", pk=broadcast.pk)


@login_required
@require_POST
@at_present_address
def case_resume(request: HttpRequest, slug: str) -> HttpResponse:
    case = case_worked_on(request, slug)
    person = cast(User, request.user)
    held = Stop.objects.in_force().filter(case=case).select_related("by")
    mine = [stop for stop in held if stopping.may_lift(stop, person)]
    for stop in mine:
        stopping.lift(stop)
    if mine:
        messages.success(request, _("Les publications de ce dossier reprennent : ce qui attendait repart."))
    else:
        messages.info(request, _("Rien n’était suspendu par votre équipe pour ce dossier."))
    broadcast = get_object_or_404(Broadcast, pk=_number(request), case=case)
    return redirect("broadcast_detail", pk=broadcast.pk)


def _number(request: HttpRequest) -> int:
    typed = request.POST.get("broadcast", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else 0
