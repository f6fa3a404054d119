"""Proof: listed, sent, taken away and read by who works on the case, or by its filer while it is theirs."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import documents, filing
from campaigns.forms.document import DocumentForm
from campaigns.models import Case, Document
from campaigns.views.access import AuthenticatedHttpRequest, by_secret_link, team_page
from campaigns.views.case_file import number, page, taken
from campaigns.views.filing import unknown

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@team_page
def case_documents(request: AuthenticatedHttpRequest, case: Case) -> HttpResponse:
    form, changed = _change(request, case, request.user)
    if changed:
        return redirect("case_documents", case.slug)
    return page(request, "campaigns/case_file/documents.html", case=case, form=form, documents=case.documents.all())


@team_page
def case_document(request: AuthenticatedHttpRequest, case: Case, pk: int) -> FileResponse:
    return _served(get_object_or_404(case.documents, pk=pk))


@by_secret_link
@require_http_methods(["GET", "HEAD", "POST"])
def filing_documents(request: HttpRequest, secret: str) -> HttpResponse:
    """The filer's, by the secret link, until the case leaves their hands."""
    case = filing.by_secret(secret)
    if case is None:
        return unknown(request, secret)
    if case.status not in filing.EDITABLE:
        return redirect("filing_done", secret)
    form, changed = _change(request, case, None)
    if changed:
        return redirect("filing_documents", secret)
    context = {"case": case, "secret": secret, "form": form, "documents": case.documents.all()}
    return render(request, "campaigns/filing/documents.html", context, status=400 if form.errors else 200)


@by_secret_link
@require_safe
def filing_document(request: HttpRequest, secret: str, pk: int) -> HttpResponse:
    case = filing.by_secret(secret)
    if case is None or case.status not in filing.EDITABLE:
        raise PermissionDenied
    return _served(get_object_or_404(case.documents, pk=pk))


def _change(request: HttpRequest, case: Case, by) -> tuple[DocumentForm, bool]:
    """The form, and whether a document was added or removed."""
    if request.POST.get("go") == "remove":
        documents.remove(get_object_or_404(case.documents, pk=number(request, "document")))
        messages.success(request, _("La pièce est retirée et effacée."))
        return DocumentForm(), True
    if request.method != "POST":
        return DocumentForm(), False
    form = DocumentForm(request.POST, request.FILES)
    if taken(form, "file", lambda: documents.add(case, by, **form.said()), documents.NotPossible):
        messages.success(request, _("La pièce est jointe ; son auteur, sa date et son lieu en sont effacés."))
        return form, True
    return form, False


def _served(document: Document) -> FileResponse:
    """Never run, never kept, never under the name that it had on its author's machine."""
    extension = EXTENSIONS[document.media_type]
    name = f"{slugify(document.title)[:60] or 'piece'}.{extension}"
    response = FileResponse(document.file.open("rb"), as_attachment=extension == "pdf", filename=name)
    response["Content-Type"] = document.media_type
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
