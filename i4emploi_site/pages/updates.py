from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.forms.update import UpdateForm
from campaigns.models import Case, CaseUpdate
from i4emploi_site.pages.access import team_case


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def update_new(request: HttpRequest, slug: str) -> HttpResponse:
    case = team_case(request, slug)
    form = UpdateForm(request.POST or None, case=case, by=request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        # The same words twice are a double click, not two pieces of news.
        with transaction.atomic():
            Case.objects.select_for_update().get(pk=case.pk)
            CaseUpdate.objects.get_or_create(case=case, **said, defaults={"by": request.user})
        messages.success(request, _("Publié sur la page du dossier."))
        return redirect("dashboard", case.slug)
    context = {"case": case, "form": form}
    return render(request, "site/update_new.html", context, status=400 if form.errors else 200)
