from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import WebAddress, WholeNumber


class FollowUpForm(forms.Form):
    jobs = WholeNumber(
        label=_("Combien d’emplois aujourd’hui sur le site ?"), min_value=0, max_value=500_000, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    unknown = forms.BooleanField(label=_("Je ne sais pas, et personne autour de moi"), required=False)
    source_label = forms.CharField(
        label=_("Qui le dit ?"),
        max_length=120,
        required=False,
        help_text=_("L’entreprise, le CSE, la mairie, un article…"),
    )
    source_url = WebAddress(label=_("Lien vers cette source"))

    def clean(self) -> dict:
        given = super().clean()
        jobs = given.get("jobs")
        if jobs is None and not given.get("unknown") and "jobs" not in self.errors:
            self.add_error("jobs", _("Donnez le nombre, ou cochez « je ne sais pas »."))
        if jobs is not None and given.get("unknown"):
            self.add_error("unknown", _("Vous donnez un nombre : décochez, ou videz-le."))
        if jobs is not None and not given.get("source_label"):
            self.add_error("source_label", _("Dites qui donne ce chiffre : sans source, il ne sera pas publié."))
        return given
