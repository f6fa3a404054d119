"""Proof is private: cleaned, shown to who may see it, and erased when its time comes."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from campaigns import documents
from campaigns.models import Case, Document, HeldText
from campaigns.models.document import private_files
from tests.campaigns.test_cleaning import WHO, pdf, picture
from tests.campaigns.test_filing import begin
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def sent(data: bytes | None = None, **changes) -> dict:
    file = SimpleUploadedFile(f"{WHO}.pdf", pdf() if data is None else data, "application/pdf")
    return {"go": "add", "kind": "judgment", "title": "Jugement du 22 septembre", "file": file} | changes


def door(case) -> str:
    return reverse("case_documents", args=[case.slug])


def bytes_of(answer) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def test_a_proof_is_cleaned_stored_once_and_read_back(team, case):
    for _press in range(2):
        assert team.post(door(case), sent()).status_code == 302
    document = Document.objects.get()
    assert WHO not in document.file.name
    assert document.media_type == "application/pdf"
    answer = team.get(reverse("case_document", args=[case.slug, document.pk]))
    assert WHO.encode() not in bytes_of(answer)
    assert answer["Content-Disposition"] == 'attachment; filename="jugement-du-22-septembre.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"data": b"<html>"}, "file"),
        ({"data": b""}, "file"),
        ({"data": b"%PDF-1.4" + b"0" * (documents.MOST_BYTES + 1)}, "file"),
        ({"kind": ""}, "kind"),
        ({"title": ""}, "title"),
        ({"title": "Procès-verbal de conciliation"}, "file"),
    ],
)
def test_what_is_not_taken_says_why_at_its_field(team, case, changes, field):
    answer = team.post(door(case), sent(**changes))
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Document.objects.exists()
    assert HeldText.objects.exists() is ("conciliation" in changes.get("title", ""))


def test_nobody_else_reads_a_proof(client, case):
    document = documents.add(case, None, "judgment", "Jugement", pdf())
    address = reverse("case_document", args=[case.slug, document.pk])
    assert client.get(address).status_code == 302
    for stranger in (make_user(), make_member(make_case())):
        client.force_login(stranger)
        assert client.get(address).status_code == 404
        assert client.get(door(case)).status_code == 404
    client.force_login(make_moderator())
    assert client.get(address).status_code == 200
    assert "Jugement" in client.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()
    other = make_case()
    assert client.get(reverse("case_document", args=[other.slug, document.pk])).status_code == 404


def test_the_filer_joins_proof_by_the_secret_link_while_the_case_is_theirs(client):
    filing = begin(client)
    assert client.post(f"{filing}pieces/", sent(picture())).status_code == 302
    document = Document.objects.get()
    assert document.media_type == "image/jpeg"
    assert client.get(f"{filing}pieces/{document.pk}/").status_code == 200
    assert client.get(f"/deposer/faux/pieces/{document.pk}/").status_code == 403
    Case.objects.update(status="submitted", submitted_at=timezone.now())
    assert client.get(f"{filing}pieces/{document.pk}/").status_code == 403
    client.post(f"{filing}pieces/", {"go": "remove", "document": document.pk})
    assert Document.objects.exists(), "it left the filer's hands with the case"


def test_a_removed_proof_leaves_no_file(team, case):
    document = documents.add(case, None, "judgment", "Jugement", pdf())
    name = document.file.name
    assert private_files().exists(name)
    assert team.post(door(case), {"go": "remove", "document": document.pk}).status_code == 302
    assert not Document.objects.exists()
    assert not private_files().exists(name)


def test_there_is_a_limit_to_proof(case):
    for width in range(1, documents.MOST_PER_CASE + 1):
        documents.add(case, None, "other", f"Photo {width}", picture(size=(width, 40)))
    with pytest.raises(documents.NotPossible, match="retirez-en"):
        documents.add(case, None, "judgment", "Jugement", pdf())
    assert case.documents.count() == documents.MOST_PER_CASE


@pytest.mark.parametrize(
    ("status", "days", "goes"),
    [("draft", 59, False), ("draft", 61, True), ("rejected", 29, False), ("rejected", 31, True), ("closed", 1094, False),
     ("closed", 1096, True), ("published", 4000, False), ("submitted", 4000, False)],
)  # fmt: skip
def test_proof_goes_when_its_time_comes(status, days, goes):
    case = make_case(status)
    name = documents.add(case, None, "judgment", "Jugement", pdf()).file.name
    then = timezone.now() - timedelta(days=days)
    Case.objects.filter(pk=case.pk).update(updated_at=then, **({"closed_at": then} if status == "closed" else {}))
    assert documents.delete_due(timezone.now()) == int(goes)
    assert private_files().exists(name) is not goes


def test_a_file_that_no_row_names_goes_after_a_day(case):
    kept = documents.add(case, None, "judgment", "Jugement", pdf()).file.name

    orphan = private_files().save("documents/orphelin", ContentFile(b"x"))
    documents.delete_due(timezone.now())
    assert private_files().exists(orphan), "it may be on its way to its row"
    documents.delete_due(timezone.now() + timedelta(days=2))
    assert not private_files().exists(orphan)
    assert private_files().exists(kept)
