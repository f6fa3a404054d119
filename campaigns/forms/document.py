from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns import documents
from campaigns.models import DocumentKind


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Qu’est-ce ?"),
        choices=[("", _("Choisissez")), *DocumentKind.choices],
        error_messages={"required": _("Dites ce que c’est.")},
    )
    title = forms.CharField(
        label=_("Son titre"),
        max_length=120,
        help_text=_("Par exemple : jugement du 22 septembre 2015."),
        error_messages={"required": _("Donnez-lui un titre, même court.")},
    )
    file = forms.FileField(
        label=_("Le fichier"), allow_empty_file=True,
        error_messages={"required": _("Choisissez le fichier : un PDF ou une photo.")},
        help_text=_("PDF ou photo, 10 Mo au plus. Son auteur, sa date et son lieu en sont effacés."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,image/jpeg,image/png,image/webp"}),
    )  # fmt: skip

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > documents.MOST_BYTES:
            raise ValidationError(documents.WHY_REFUSED["too_big"])
        return file

    def said(self) -> dict:
        given = self.cleaned_data
        return {"kind": given["kind"], "title": given["title"], "data": given["file"].read()}
