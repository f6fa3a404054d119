import re
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns.buyers.leads import DECLARATION
from campaigns.forms.fields import WholeText
from campaigns.models import BuyerType, Lead

ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def _has_words(value: str) -> None:
    if not re.search(r"[^\W\d_]", value):
        raise ValidationError(_("Écrivez-le avec des lettres."))


class LeadForm(forms.ModelForm):
    declared = forms.BooleanField(
        label=DECLARATION,
        error_messages={"required": _("Sans cette déclaration, la piste ne peut pas être transmise.")},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    via = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Lead
        fields = ["buyer_type", "name", "organisation", "email", "phone", "message"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "organisation": forms.TextInput(attrs={"autocomplete": "organization"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
            "message": WholeText(attrs={"rows": 5}),
        }
        labels = {
            "buyer_type": _("Vous êtes"),
            "name": _("Votre nom"),
            "message": _("Votre projet en quelques mots"),
        }
        help_texts = {
            "message": _("Ce que vous voudriez reprendre, et dans quel délai."),
        }

    def __init__(self, *args, via: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["buyer_type"].choices = [("", _("Choisissez")), *BuyerType.choices]  # type: ignore[attr-defined]
        self.fields["submission_key"].initial = uuid.uuid4
        self.fields["via"].initial = via if ULID.fullmatch(via) else ""
        self.fields["name"].validators.append(_has_words)

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if phone and (not re.fullmatch(r"[\d\s().+/-]+", phone) or sum(c.isdigit() for c in phone) < 6):
            raise ValidationError(_("Ce numéro ne se lit pas : écrivez-le avec des chiffres, ou laissez vide."))
        return phone

    def clean_via(self) -> str:
        """A click id from somewhere else is ignored: it must never cost anybody their lead."""
        via = self.cleaned_data["via"]
        return via if ULID.fullmatch(via) else ""


class MoveForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)  # the stage that the page showed
    stage = forms.ChoiceField(label=_("Étape suivante"))
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("Visible de l’équipe seulement."),
    )

    def __init__(self, *args, stages=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [(one.value, one.label) for one in stages]  # type: ignore[attr-defined]
