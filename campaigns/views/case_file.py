"""The team's pages of the case file: its facts and support, its dates, who has been told."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import contacts, facts, milestones, proposals
from campaigns.forms.contact import AnswerForm, ContactForm
from campaigns.forms.fact import FactForm, SupportForm
from campaigns.forms.milestone import CancelForm, DismissForm, MilestoneAddForm, PostponeForm, SpecifyForm
from campaigns.models import Case, Fact, Milestone, MilestoneKind, ProposalKind, Stage
from campaigns.views.access import AuthenticatedHttpRequest, team_page

CHANGES = {"specify": SpecifyForm, "postpone": PostponeForm, "cancel": CancelForm}
WHERE = {"specify": None, "postpone": "reason", "cancel": "reason"}  # where a refusal of the domain is said
WHAT = {**dict(Stage.choices), **dict(MilestoneKind.choices)}
APPLIED = {
    ProposalKind.STAGE: gettext_lazy("Le dossier est passé à cette étape."),
    ProposalKind.MILESTONE: gettext_lazy("C’est à l’horloge."),
    ProposalKind.LOOK_AGAIN: gettext_lazy("C’est noté."),
}


def taken(form: Form, field: str | None, take: Callable[[], object], refusal: type[Exception]) -> bool:
    """Whether the form was right and the domain took it; else the refusal stands at its field."""
    if not form.is_valid():
        return False
    try:
        take()
    except refusal as error:
        form.add_error(field, str(error))
        return False
    return True


def page(request: HttpRequest, template: str, **context) -> HttpResponse:
    return render(request, template, context, status=400 if request.method == "POST" else 200)


@team_page
def case_facts(request: AuthenticatedHttpRequest, case: Case) -> HttpResponse:
    go = request.POST.get("go", "")
    proof = case.documents.all()
    forms = {
        "fact": FactForm(prefix="fact", documents=proof),
        "support": SupportForm(prefix="support", documents=proof),
    }
    if go in forms:
        form = forms[go] = type(forms[go])(request.POST, prefix=go, documents=proof)
        if taken(form, None, lambda: facts.record(case, request.user, **form.cleaned_data), facts.NotPossible):
            messages.success(request, _("C’est noté, avec sa source."))
            return redirect("case_facts", case.slug)
    elif go == "ahead":
        _put_ahead(request, get_object_or_404(case.facts.filter(value__isnull=False), pk=number(request, "fact")))
        return redirect("case_facts", case.slug)
    groups, supports = facts.by_kind(case.facts.select_related("document"))
    context = {"case": case, "forms": forms, "supports": supports, "groups": groups}
    return page(request, "campaigns/case_file/facts.html", **context)


def _put_ahead(request: HttpRequest, fact: Fact) -> None:
    try:
        facts.put_ahead(fact)
        messages.success(request, _("Ce chiffre est maintenant celui du titre et des publications."))
    except facts.NotPossible as refusal:
        messages.error(request, str(refusal))


@team_page
def case_contacts(request: AuthenticatedHttpRequest, case: Case) -> HttpResponse:
    go = request.POST.get("go", "")
    form, answers = ContactForm(actor=request.GET.get("actor", "")), {}
    if go == "told":
        form = ContactForm(request.POST)
        if taken(form, None, lambda: contacts.record(case, request.user, **form.cleaned_data), contacts.NotPossible):
            messages.success(request, _("C’est noté."))
            return redirect("case_contacts", case.slug)
    elif go == "answer":
        contact = get_object_or_404(case.contacts, pk=number(request, "contact"))
        said = answers[contact.pk] = AnswerForm(contact, request.POST)
        if taken(
            said,
            "answer",
            lambda: contacts.note_answer(contact, request.user, **said.cleaned_data),
            contacts.NotPossible,
        ):
            messages.success(request, _("La réponse est notée."))
            return redirect("case_contacts", case.slug)
    board = contacts.board(case)
    lines = [(line, [(one, answers.get(one.pk) or AnswerForm(one)) for one in line.contacts]) for line in board]
    missing = [line for line in board if not line.contacts]
    context = {"case": case, "lines": lines, "missing": missing, "told": len(board) - len(missing), "form": form}
    return page(request, "campaigns/case_file/contacts.html", **context)


@team_page
def case_milestones(request: AuthenticatedHttpRequest, case: Case) -> HttpResponse:
    go, form, refused = request.POST.get("go", ""), MilestoneAddForm(), {}
    if go == "add":
        form = MilestoneAddForm(request.POST)
        if taken(form, None, lambda: milestones.add(case, request.user, **form.said()), milestones.NotPossible):
            messages.success(request, _("L’échéance est à l’horloge."))
            return redirect("case_milestones", case.slug)
    elif go in CHANGES:
        changed = get_object_or_404(case.milestones.standing(), pk=number(request, "milestone"))
        changing = refused[go, changed.pk] = CHANGES[go](changed, request.POST)
        if taken(changing, WHERE[go], lambda: _change(request, changed, changing), milestones.NotPossible):
            messages.success(request, _("L’horloge est changée."))
            return redirect("case_milestones", case.slug)
    return _clock_page(request, case, form, refused)


def _clock_page(request: HttpRequest, case: Case, form: Form, refused: dict[tuple[str, int], Form]) -> HttpResponse:
    """The clock and what is proposed for it; `refused` holds the one form of a row that was not taken."""
    rows = [
        (one, [(name, refused.get((name, one.pk)) or form_of(one)) for name, form_of in CHANGES.items()])
        for one in case.milestones.prefetch_related("postponements")
    ]
    waiting = [
        (one, WHAT.get(one.stage or one.milestone_kind, ""), refused.get(("dismiss", one.pk)) or DismissForm(one))
        for one in case.proposals.pending().select_related("notice")
    ]
    context = {
        "case": case, "now": timezone.now(), "over": case.status in milestones.ENDED, "form": form, "rows": rows, "proposals": waiting,
        "misordered": milestones.misordered(case), "outdated": milestones.outdated_words(case),
    }  # fmt: skip
    return page(request, "campaigns/case_file/milestones.html", **context)


def _change(
    request: AuthenticatedHttpRequest, milestone: Milestone, form: SpecifyForm | PostponeForm | CancelForm
) -> None:
    said = form.cleaned_data
    if isinstance(form, CancelForm):
        milestones.cancel(milestone, request.user, said["reason"])
    elif isinstance(form, SpecifyForm):
        milestones.specify(milestone, request.user, **said)
    else:
        milestones.postpone(milestone, said["at"], request.user, said["reason"], **form.said())


@team_page
def case_proposal(request: AuthenticatedHttpRequest, case: Case, pk: int) -> HttpResponse:
    """Two buttons. A date is the team's to confirm; a change of stage decides what is public, and is a moderator's."""
    proposal = get_object_or_404(case.proposals, pk=pk)
    if request.method != "POST":
        return redirect("case_milestones", case.slug)
    go = request.POST.get("go", "")
    if proposal.kind == ProposalKind.STAGE and not request.user.has_perm("campaigns.change_case"):
        raise PermissionDenied
    try:
        if go == "accept":
            proposals.accept(proposal, request.user)
            messages.success(request, APPLIED[ProposalKind(proposal.kind)])
        elif go == "dismiss":
            form = DismissForm(proposal, request.POST)
            if not form.is_valid():
                return _clock_page(request, case, MilestoneAddForm(), {("dismiss", proposal.pk): form})
            proposals.dismiss(proposal, request.user, form.cleaned_data["reason"])
            messages.success(request, _("La proposition est écartée."))
    except proposals.NotPossible as refusal:
        messages.error(request, str(refusal))
    return redirect("case_milestones", case.slug)


def number(request: HttpRequest, name: str) -> int:
    """A row's number out of the form; 0, which is nobody's, when it is none."""
    typed = request.POST.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else 0
