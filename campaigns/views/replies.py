"""A correction, or the right of reply of whoever a case names: open to everybody, decided by a moderator."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import replies
from campaigns.forms.reply import ReplyForm
from campaigns.models import Case
from i4emploi_site.lib.visitors import address_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reply_new(request: HttpRequest, slug: str) -> HttpResponse:
    case = get_object_or_404(Case.objects.public().select_related("commune"), slug=slug)
    form = ReplyForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, case, form, 400 if form.errors else 200)
    if replies.too_many_from(address_of(request)):
        form.add_error(None, _("Trop d’envois depuis votre adresse : réessayez dans une heure."))
        return _page(request, case, form, 429)
    try:
        replies.leave(case, form.cleaned_data, form.cleaned_data["submission_key"])
    except replies.ReplyRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, case, form, 409)
    return redirect("reply_thanks", slug=case.slug)


def _page(request: HttpRequest, case: Case, form: ReplyForm, status: int) -> HttpResponse:
    return render(request, "campaigns/replies/new.html", {"case": case, "form": form}, status=status)


@require_safe
def reply_thanks(request: HttpRequest, slug: str) -> HttpResponse:
    case = get_object_or_404(Case.objects.public(), slug=slug)
    return render(request, "campaigns/replies/thanks.html", {"case": case})
