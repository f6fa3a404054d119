"""Leaving a lead (anyone), and following it (the team of its case, nobody else)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.buyers import leads, pipeline
from campaigns.forms.lead import LeadForm, MoveForm
from campaigns.models import Case, Lead
from campaigns.views.access import AuthenticatedHttpRequest, at_present_address
from i4emploi_site.lib.visitors import address_of

MOVED_MEANWHILE = gettext_lazy("Cette piste a changé d’étape entre-temps : voici où elle en est.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lead_new(request: HttpRequest, slug: str) -> HttpResponse:
    case = get_object_or_404(Case.objects.public().select_related("commune"), slug=slug)
    if not case.is_running:
        return render(request, "campaigns/leads/closed.html", {"case": case}, status=410)
    form = LeadForm(request.POST or None, via=request.GET.get("via", ""))
    if request.method != "POST" or not form.is_valid():
        return render(
            request, "campaigns/leads/new.html", {"case": case, "form": form}, status=400 if form.errors else 200
        )
    if leads.too_many_from(address_of(request)):
        form.add_error(None, _("Trop d’envois depuis votre adresse : réessayez dans une heure."))
        return render(request, "campaigns/leads/new.html", {"case": case, "form": form}, status=429)
    given = form.cleaned_data
    try:
        leads.leave(case, given, given["via"] or None, given["submission_key"])
    except leads.LeadRefused as refusal:
        form.add_error(None, str(refusal))
        return render(request, "campaigns/leads/new.html", {"case": case, "form": form}, status=409)
    return redirect("lead_thanks", slug=case.slug)


@require_safe
def lead_thanks(request: HttpRequest, slug: str) -> HttpResponse:
    case = get_object_or_404(Case.objects.public(), slug=slug)
    return render(request, "campaigns/leads/thanks.html", {"case": case})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@at_present_address
def lead_detail(request: AuthenticatedHttpRequest, slug: str, pk: int) -> HttpResponse:
    lead = _lead_for(request, slug, pk)
    form = MoveForm(request.POST or None, stages=pipeline.next_stages(lead), initial={"seen": lead.stage})
    if request.method == "POST":
        if request.POST.get("seen") != lead.stage:
            messages.info(request, MOVED_MEANWHILE)
            return redirect("lead_detail", slug=slug, pk=pk)
        if form.is_valid():
            try:
                if pipeline.move(lead, form.cleaned_data["stage"], request.user, form.cleaned_data["note"]):
                    messages.success(request, _("Étape enregistrée : %(stage)s.") % {"stage": lead.get_stage_display()})
                else:
                    messages.info(request, MOVED_MEANWHILE)
            except pipeline.NotAllowed as refusal:
                messages.error(request, str(refusal))
            return redirect("lead_detail", slug=slug, pk=pk)
    steps = lead.steps.select_related("by")
    context = {"lead": lead, "case": lead.case, "steps": steps, "form": form, "movable": pipeline.next_stages(lead)}
    return render(request, "campaigns/leads/detail.html", context, status=400 if form.errors else 200)


def _lead_for(request: AuthenticatedHttpRequest, slug: str, pk: int) -> Lead:
    """The lead, for its case's team; for anyone else, moderators too, there is nothing here."""
    leads_of_team = Lead.objects.filter(case__slug=slug, case__members__user=request.user)
    return get_object_or_404(leads_of_team.select_related("case", "link"), pk=pk)
