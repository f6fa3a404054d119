from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import WholeText, needs_words
from campaigns.models import Case, CaseUpdate

REASON = {"label": _("Pourquoi ? Le public lira ce motif."), "max_length": 240}


class UpdateForm(forms.ModelForm):
    source_url = forms.URLField(label=_("Lien"), required=False, max_length=500, assume_scheme="https")

    class Meta:
        model = CaseUpdate
        fields = ["title", "body", "source_url"]
        widgets = {"body": WholeText(attrs={"rows": 6})}


class CorrectionForm(UpdateForm):
    reason = forms.CharField(**REASON)


class WithdrawalForm(forms.Form):
    reason = forms.CharField(label=_("Pourquoi la retirer ?"), max_length=240)


class TextForm(forms.ModelForm):
    """The texts of a published case, corrected by its team."""

    reason = forms.CharField(**REASON)

    class Meta:
        model = Case
        fields = ["summary", "story", "needs"]
        widgets = {
            "summary": WholeText(attrs={"rows": 2}),
            "story": WholeText(attrs={"rows": 9}),
            "needs": WholeText(attrs={"rows": 4}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("summary", "story"):
            self.fields[name].required = True
            self.fields[name].validators.append(needs_words(3))
