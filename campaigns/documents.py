"""Proof of what a case says: cleaned, stored privately, shown to who works on the case, deleted when its time comes."""

import hashlib
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import cleaning, holding
from campaigns.models import Case, CaseStatus, Document, UpdatePhoto, User
from campaigns.models.document import private_files

MOST_BYTES = 10 * 1024 * 1024
MOST_PER_CASE = 20
# Our rule: proof serves to check, then to answer whoever contests the page; nobody needs it for longer.
KEPT_OF_DRAFT = timedelta(days=60)  # untouched
KEPT_OF_REJECTED = timedelta(days=30)
KEPT_OF_CLOSED = timedelta(days=3 * 365)
KEPT_ORPHAN = timedelta(days=1)  # a file whose row never came, or went
WHY_REFUSED: dict[str, Promise] = {
    "empty": gettext_lazy("Ce fichier est vide."),
    "unknown": gettext_lazy("Nous ne lisons que les PDF et les photos JPEG, PNG ou WebP : enregistrez-le ainsi."),
    "broken": gettext_lazy("Ce fichier ne s’ouvre pas : enregistrez-le de nouveau, ou prenez-le en photo."),
    "too_big": gettext_lazy("Ce fichier est trop grand : 10 Mo et 50 millions de pixels au plus."),
    "too_many_pages": gettext_lazy("Ce PDF a plus de 200 pages : gardez celles qui prouvent."),
    "locked": gettext_lazy("Ce PDF est protégé par un mot de passe : enregistrez-le sans lui."),
}


class NotPossible(Exception):
    """Why the document is not taken; the message is for people."""


def cleaned(data: bytes) -> cleaning.Cleaned:
    """The file without what it tells about its author. Raises NotPossible with words for people."""
    try:
        if len(data) > MOST_BYTES:
            raise cleaning.Refused("too_big")
        return cleaning.clean(data)
    except cleaning.Refused as refusal:
        raise NotPossible(str(WHY_REFUSED[refusal.code])) from None


def add(case: Case, by: User | None, kind: str, title: str, data: bytes) -> Document:
    """Store a proof, once however often it is sent. Raises NotPossible."""
    if held := holding.hold(case, title, _("le titre d’une pièce"), by):
        raise NotPossible(holding.explain(held))
    clean = cleaned(data)
    digest = hashlib.sha256(clean.data).hexdigest()
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        if same := case.documents.filter(sha256=digest).first():
            return same
        if case.documents.count() >= MOST_PER_CASE:
            raise NotPossible(
                _("Ce dossier a déjà %(most)s pièces : retirez-en une d’abord.") % {"most": MOST_PER_CASE}
            )
        document = Document(
            case=case,
            kind=kind,
            title=title,
            uploaded_by=by,
            media_type=clean.media_type,
            size=len(clean.data),
            sha256=digest,
        )
        document.file.save("", ContentFile(clean.data), save=False)
        document.save()
    return document


def remove(document: Document) -> None:
    """The row, then its file once nobody can want it back."""
    name = document.file.name
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).delete()
        transaction.on_commit(lambda: private_files().delete(name), robust=True)


def delete_due(now: datetime) -> int:
    """Delete the proofs whose time has come, and files that no row names; how many proofs went."""
    over = Q(case__status=CaseStatus.DRAFT, case__updated_at__lt=now - KEPT_OF_DRAFT)
    over |= Q(case__status=CaseStatus.REJECTED, case__updated_at__lt=now - KEPT_OF_REJECTED)
    over |= Q(case__status=CaseStatus.CLOSED, case__closed_at__lt=now - KEPT_OF_CLOSED)
    due = list(Document.objects.filter(over))
    for document in due:
        remove(document)
    _delete_orphans(now)
    return len(due)


def _delete_orphans(now: datetime) -> None:
    files = private_files()
    for folder, rows in (("documents", Document), ("photos", UpdatePhoto)):
        if not files.exists(folder):
            continue
        named = set(rows.objects.values_list("file", flat=True))
        for name in files.listdir(folder)[1]:
            path = f"{folder}/{name}"
            if path not in named and files.get_modified_time(path) < now - KEPT_ORPHAN:
                files.delete(path)
