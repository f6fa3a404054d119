"""One line of a case, a fact, a support or a call, which its team corrects or takes back."""

from types import ModuleType

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns import contacts, correcting, facts
from campaigns.forms.contact import ContactCorrectionForm
from campaigns.forms.fact import FactCorrectionForm, SupportCorrectionForm
from campaigns.forms.update import TakingBackForm
from campaigns.models import Case, FactKind
from campaigns.views.access import AuthenticatedHttpRequest, team_page
from campaigns.views.case_file import page, taken


@team_page
def fact_edit(request: AuthenticatedHttpRequest, case: Case, pk: int) -> HttpResponse:
    if (fact := case.facts.filter(pk=pk).first()) is None:
        return _gone(request, case, "case_facts")
    form_of = SupportCorrectionForm if fact.kind == FactKind.PUBLIC_SUPPORT else FactCorrectionForm
    form = form_of(fact, _correction(request), documents=case.documents.all())
    return _edit(request, fact, form, facts, "case_facts")


@team_page
def contact_edit(request: AuthenticatedHttpRequest, case: Case, pk: int) -> HttpResponse:
    if (contact := case.contacts.filter(pk=pk).first()) is None:
        return _gone(request, case, "case_contacts")
    return _edit(request, contact, ContactCorrectionForm(contact, _correction(request)), contacts, "case_contacts")


def _correction(request: HttpRequest):
    return request.POST if request.POST.get("go") == "correct" else None


def _edit(
    request: AuthenticatedHttpRequest, line: correcting.Line, form: Form, domain: ModuleType, back: str
) -> HttpResponse:
    """`domain`: whose `correct` and `take_back` know the rules of such a line."""
    taking = TakingBackForm(request.POST if request.POST.get("go") == "take_back" else None, auto_id="take_back_%s")
    read = request.POST.get("read", "")
    if form.is_bound:
        if taken(
            form,
            None,
            lambda: domain.correct(line, request.user, **form.cleaned_data, read=read),
            correcting.NotPossible,
        ):
            messages.success(request, _("Corrigé ; ce qu’on lisait avant reste lisible, avec votre motif."))
            return redirect(back, line.case.slug)
    elif taking.is_bound and taken(
        taking, None, lambda: domain.take_back(line, request.user, **taking.cleaned_data), correcting.NotPossible
    ):
        messages.success(request, _("Retiré : ses mots ne se lisent plus nulle part, le motif seul reste."))
        return redirect(back, line.case.slug)
    context = {
        "case": line.case, "line": line, "line_kind": correcting.line_kind(line), "form": form, "taking": taking,
        "read": correcting.seen(line), "back": back,
    }  # fmt: skip
    return page(request, "campaigns/case_file/line.html", **context)


def _gone(request: HttpRequest, case: Case, back: str) -> HttpResponse:
    """Pressed twice, or by two people."""
    if request.method != "POST":
        raise Http404
    messages.info(request, _("Cette ligne n’est déjà plus sur la page."))
    return redirect(back, case.slug)
