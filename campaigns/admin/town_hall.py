"""A moderator has the question put to the town hall, or put again, without waiting for the machine's own turn."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from campaigns import officials
from campaigns.admin import desk


def town_hall_view(model_admin, request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    if not model_admin.has_change_permission(request, case):
        raise PermissionDenied
    if request.method == "POST":
        if desk.may_ask_town_hall(case) and officials.ask(case, again=True):
            messages.success(request, _("La question est partie à la mairie."))
        else:
            why = _(
                "La question n’est pas partie : l’annuaire ne donne pas l’adresse de la mairie, ou la question vient de "
                "partir, ou elle ne se pose plus."
            )
            messages.error(request, why)
    return redirect("admin:campaigns_case_change", pk)
