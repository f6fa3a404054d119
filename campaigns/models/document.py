"""Proof of what a case says: private files, cleaned of what they tell about their author, deleted when their time comes."""

from django.core.files.storage import storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.people import User
from i4emploi_site.lib.codes import short_code


class DocumentKind(models.TextChoices):
    JUDGMENT = "judgment", _("Jugement ou acte officiel")
    LETTER = "letter", _("Courrier ou annonce de l’entreprise")
    MINUTES = "minutes", _("Procès-verbal (CSE, conseil municipal)")
    PRESS = "press", _("Article")
    OTHER = "other", _("Autre pièce")


def private_files():
    return storages["private"]


def private_name(document: "Document", _filename: str) -> str:
    """Nothing of the name that the file had on its author's machine."""
    return f"documents/{short_code(26)}"


class Document(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="documents", verbose_name=_("dossier"))
    kind = models.CharField(_("nature"), max_length=10, choices=DocumentKind)
    title = models.CharField(_("titre"), max_length=120)
    file = models.FileField(_("fichier"), storage=private_files, upload_to=private_name)
    media_type = models.CharField(
        _("type de fichier"), max_length=60, editable=False
    )  # read from the content, never from the name
    size = models.PositiveIntegerField(_("taille (octets)"), editable=False)  # bytes, once cleaned
    sha256 = models.CharField(_("empreinte du fichier"), max_length=64, editable=False)
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("déposée par")
    )
    uploaded_at = models.DateTimeField(_("déposée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("pièce")
        ordering = ["uploaded_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="document_once_per_case")]

    def __str__(self) -> str:
        return self.title
