from django import forms
from django.utils.translation import gettext_lazy

LONGEST_ADDRESS = 300


class OwnerForm(forms.Form):
    """What its owner says of a post: it is on their profile (perhaps at which address), or it is not."""

    address = forms.CharField(
        label=gettext_lazy("Adresse de la publication"),
        max_length=LONGEST_ADDRESS,
        required=False,
        widget=forms.URLInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        help_text=gettext_lazy("Copiez-la depuis le réseau : elle permet de compter ses vues."),
    )
    attempts = forms.IntegerField(min_value=0, max_value=32767, widget=forms.HiddenInput)  # when the page was shown
