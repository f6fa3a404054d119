from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns import moderation
from campaigns.forms.fields import WholeText
from campaigns.models import CaseUpdate


class UpdateForm(forms.ModelForm):
    source_url = forms.URLField(label=_("Lien"), required=False, max_length=500, assume_scheme="https")

    class Meta:
        model = CaseUpdate
        fields = ["title", "body", "source_url"]
        widgets = {"body": WholeText(attrs={"rows": 6})}

    def clean_title(self) -> str:
        return _public(self.cleaned_data["title"])

    def clean_body(self) -> str:
        return _public(self.cleaned_data["body"])


def _public(text: str) -> str:
    if why := moderation.why_not_said_in_public(text):
        raise ValidationError(why)
    return text
