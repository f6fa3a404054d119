from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import WholeText


class AnswerForm(forms.Form):
    """What the filer answers a moderator's question; it is sent, and kept, with the case."""

    answer = forms.CharField(
        label=_("Votre réponse à la modération"), max_length=3000, required=False,
        help_text=_("Elle n’est pas publiée : seule la modération la lit."),
        widget=WholeText(
            attrs={
                "rows": 4, "form": "send", "hx-post": "", "hx-trigger": "change", "hx-swap": "none",
                "hx-vals": '{"go": "answer"}',
            }
        ),
    )  # fmt: skip
