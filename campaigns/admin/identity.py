"""Opening a sealed identity: by a named person, for a written reason, on a page that nothing keeps."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from campaigns import identity
from campaigns.forms.decision import ReasonForm


def identity_view(model_admin, request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(model_admin.get_queryset(request).filter(sealed_identity__isnull=False), pk=pk)
    if not request.user.has_perm(identity.RIGHT):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)
    valid = request.method == "POST" and form.is_valid()
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Identité sous scellé"),
        "original": case,
        "media": model_admin.media,
        "form": form,
        "identity": identity.open_for(case, request.user, form.cleaned_data["reason"]) if valid else None,
    }
    status = 400 if form.errors else 200
    return TemplateResponse(request, "admin/campaigns/case/identity.html", context, status=status)
