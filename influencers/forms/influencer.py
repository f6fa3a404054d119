import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import holding
from influencers.models import Influencer


class PublicNameForm(forms.ModelForm):
    """What everybody reads of an influencer, on the cases' pages too."""

    class Meta:
        model = Influencer
        fields = ["public_name"]

    def clean_public_name(self) -> str:
        name = self.cleaned_data["public_name"]
        if not re.search(r"[^\W\d_]", name):
            raise forms.ValidationError(_("Un nom public contient au moins une lettre."))
        if words := holding.words_in(name):
            said = {"words": ", ".join(words)}
            raise forms.ValidationError(
                _("Ces mots désignent une procédure confidentielle : %(words)s. Choisissez un autre nom.") % said
            )
        return name


class InfluencerForm(PublicNameForm):
    """Who one is in public, and the limits that one sets."""

    class Meta:
        model = Influencer
        fields = ["public_name", "listed", "departement", "daily_cap", "quiet_from", "quiet_until"]
        help_texts = {
            "public_name": gettext_lazy("Un prénom, un pseudonyme, un nom d’association : ce que vous voulez montrer."),
            "listed": gettext_lazy("Votre nom public, vos comptes et leurs abonnés y sont visibles de tous."),
            "departement": gettext_lazy("Pour vous parler d’abord des usines proches."),
            "daily_cap": gettext_lazy("De 1 à 10, tous comptes confondus."),
            "quiet_from": gettext_lazy("Heure de Paris. Rien n’est publié pendant ces heures."),
        }
        widgets = {
            "public_name": forms.TextInput(attrs={"autocomplete": "nickname"}),
            "daily_cap": forms.NumberInput(attrs={"min": 1, "max": 10, "inputmode": "numeric"}),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        if "quiet_from" in cleaned and "quiet_until" in cleaned:
            if cleaned["quiet_from"] and not cleaned["quiet_until"]:
                self.add_error("quiet_until", _("Donnez aussi la fin des heures de silence."))
            elif cleaned["quiet_until"] and not cleaned["quiet_from"]:
                self.add_error("quiet_from", _("Donnez aussi le début des heures de silence."))
        return cleaned
