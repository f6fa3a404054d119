from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import CaseUpdate


class UpdateForm(forms.ModelForm):
    source_url = forms.URLField(label=_("lien"), required=False, max_length=500, assume_scheme="https")

    class Meta:
        model = CaseUpdate
        fields = ["title", "body", "source_url"]
        widgets = {"body": forms.Textarea(attrs={"rows": 6})}
