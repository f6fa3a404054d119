from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns import holding
from campaigns.forms.fields import WholeText
from campaigns.models import CaseUpdate


class UpdateForm(forms.ModelForm):
    source_url = forms.URLField(label=_("Lien"), required=False, max_length=500, assume_scheme="https")

    class Meta:
        model = CaseUpdate
        fields = ["title", "body", "source_url"]
        widgets = {"body": WholeText(attrs={"rows": 6})}

    def __init__(self, *args, case, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.case, self.by = case, by

    def clean(self) -> dict:
        given = super().clean()
        text = f"{given.get('title', '')}\n{given.get('body', '')}"
        if held := holding.hold(self.case, text, _("une nouvelle"), self.by):
            raise ValidationError({"body": holding.explain(held)})
        return given
