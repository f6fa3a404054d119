"""The team writes news, corrects or withdraws them, and corrects the texts of the case's page."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns import updates
from campaigns.forms.update import CorrectionForm, NewsForm, TextForm, WithdrawalForm
from campaigns.models import Case, CaseUpdate, UpdatePhoto, UpdateState
from campaigns.views.access import AuthenticatedHttpRequest, team_page
from campaigns.views.case_file import page, taken


@team_page
def update_new(request: AuthenticatedHttpRequest, case: Case) -> HttpResponse:
    form = NewsForm(request.POST or None, request.FILES or None)
    made: list[CaseUpdate] = []
    if request.method == "POST" and taken(
        form, "body", lambda: made.append(updates.write(case, request.user, **form.said())), updates.NotPossible
    ):
        if made[0].state == UpdateState.HELD:
            messages.info(
                request, _("Votre texte nomme une procédure confidentielle : une personne le relit avant publication.")
            )
        else:
            messages.success(request, _("Publié sur la page du dossier."))
        return redirect("dashboard", case.slug)
    return page(request, "campaigns/case_file/news.html", case=case, form=form, updates=case.updates.all()[:50])


@require_safe
def update_photo(request: HttpRequest, slug: str, pk: int, photo_pk: int) -> HttpResponse:
    """A picture of news that anyone may read; a held case or withdrawn news take it along."""
    shown = UpdatePhoto.objects.filter(update__case__in=Case.objects.public(), update__state=UpdateState.PUBLISHED)
    photo = get_object_or_404(shown, pk=photo_pk, update=pk, update__case__slug=slug)
    file = photo.file.open("rb")
    is_png = file.read(4) == b"\x89PNG"
    file.seek(0)
    response = FileResponse(file, content_type="image/png" if is_png else "image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "public, max-age=300"  # short: withdrawn is withdrawn
    return response


@team_page
def update_edit(request: AuthenticatedHttpRequest, case: Case, pk: int) -> HttpResponse:
    update = get_object_or_404(case.updates.standing(), pk=pk)
    withdrawing = request.POST.get("go") == "withdraw"
    form = CorrectionForm(None if withdrawing else request.POST or None, instance=update)
    withdrawal = WithdrawalForm(request.POST if withdrawing else None, auto_id="withdraw_%s")
    if withdrawing:
        if taken(
            withdrawal,
            None,
            lambda: updates.withdraw(update, request.user, **withdrawal.cleaned_data),
            updates.NotPossible,
        ):
            messages.success(request, _("La nouvelle n’est plus sur la page."))
            return redirect("update_new", case.slug)
    elif request.method == "POST" and taken(
        form,
        "body",
        lambda: updates.correct(update, request.user, **form.cleaned_data, read=_read(request)),
        updates.NotPossible,
    ):
        messages.success(request, _("Corrigé ; la version d’avant reste lisible, avec votre motif."))
        return redirect("update_new", case.slug)
    context = {
        "case": case,
        "update": update,
        "form": form,
        "withdrawal": withdrawal,
        **_now(request, CaseUpdate.objects.get(pk=pk)),
    }
    return page(request, "campaigns/case_file/news_edit.html", **context)


@team_page
def case_text(request: AuthenticatedHttpRequest, case: Case) -> HttpResponse:
    form = TextForm(request.POST or None, instance=case)
    if request.method == "POST" and taken(
        form,
        None,
        lambda: updates.correct_case(Case(pk=case.pk), request.user, **form.cleaned_data, read=_read(request)),
        updates.NotPossible,
    ):
        messages.success(request, _("Corrigé ; la version d’avant reste lisible, avec votre motif."))
        return redirect("case_text", case.slug)
    shown = Case.objects.get(pk=case.pk)  # a form over a row writes into it even when it is refused
    versions = shown.text_versions.of_the_text()
    context = {"case": shown, "form": form, "versions": versions, **_now(request, shown)}
    return page(request, "campaigns/case_file/text.html", **context)


def _read(request: HttpRequest) -> str:
    return request.POST.get("read", "")


def _now(request: HttpRequest, row: Case | CaseUpdate) -> dict:
    """What the form says was read, and, where somebody else wrote meanwhile, the texts as they are."""
    seen = updates.seen(row)
    changed = request.method == "POST" and _read(request) not in ("", seen)
    texts = [(row._meta.get_field(name).verbose_name, getattr(row, name)) for name in updates.texts_of(row)]
    return {"read": seen, "meanwhile": texts if changed else []}
