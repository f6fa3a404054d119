"""The team's own list: its members, and moderators where a team has lost its only mailbox, add people to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import team
from campaigns.forms.team import MemberForm
from campaigns.models import Case, CaseMember
from campaigns.views.access import AuthenticatedHttpRequest, at_present_address, case_worked_on


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@at_present_address
def team_members(request: AuthenticatedHttpRequest, slug: str) -> HttpResponse:
    case = case_worked_on(request, slug)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = team.add(case, request.user, **form.cleaned_data)
        except team.NotPossible as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("%(who)s est dans l’équipe.") % {"who": added.user.email})
            return redirect("team_members", slug=slug)
    context = {"case": case, "form": form, "members": case.members.select_related("user").order_by("joined_at", "pk")}
    return render(request, "campaigns/team/members.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
@at_present_address
def team_remove(request: AuthenticatedHttpRequest, slug: str, pk: int) -> HttpResponse:
    cases = Case.objects.filter(members__user=request.user)  # moderators add, they take nobody away
    member = get_object_or_404(CaseMember.objects.select_related("user"), pk=pk, case__slug=slug, case__in=cases)
    try:
        team.remove(member, request.user)
        messages.success(request, _("%(who)s n’est plus dans l’équipe.") % {"who": member.user.email})
    except team.NotPossible as refusal:
        messages.error(request, str(refusal))
    return redirect(
        "me" if member.user == request.user else "team_members",
        **({} if member.user == request.user else {"slug": slug}),
    )
