from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Outcome


class DecisionForm(forms.Form):
    """What a moderator says along with a decision."""

    reason = forms.CharField(
        label=_("Motif, envoyé au déclarant"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    outcome = forms.ChoiceField(label=_("Issue"), required=False, choices=[("", "—"), *Outcome.choices])
