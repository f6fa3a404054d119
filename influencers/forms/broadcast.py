from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.forms.fields import WholeNumber, WholeText
from influencers.models import Pledge
from influencers.models.broadcast import FEWEST_IN_RESERVE, MOST_IN_RESERVE

FARTHEST = timedelta(days=366)


class TextForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Texte de la campagne"),
        max_length=1000,
        widget=WholeText(attrs={"rows": 5, "lang": "fr"}),
        help_text=gettext_lazy("Publié par les comptes de la campagne. {lien} marque la place du lien, une fois."),
    )

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        if text.count(Pledge.LINK_MARK) != 1:
            raise forms.ValidationError(_("Le texte contient {lien} une fois, là où le lien doit se trouver."))
        return text


class HourForm(forms.Form):
    at = forms.DateTimeField(
        label=gettext_lazy("À partir du (heure de Paris)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M"],
    )

    def clean_at(self) -> datetime:
        at = self.cleaned_data["at"]
        if at <= timezone.now():
            raise forms.ValidationError(_("Cette heure est passée : choisissez-en une à venir."))
        if at > timezone.now() + FARTHEST:
            raise forms.ValidationError(_("Cette date est à plus d’un an : choisissez-en une plus proche."))
        return at


class BroadcastForm(HourForm, TextForm):
    spread_minutes = WholeNumber(
        label=gettext_lazy("Étalée sur (minutes)"),
        min_value=0,
        max_value=24 * 60,
        initial=60,
        help_text=gettext_lazy("Les engagés publient l’un après l’autre, jamais tous à la même seconde."),
    )


class MoveForm(HourForm):
    seen_at = forms.DateTimeField(widget=forms.HiddenInput)  # the hour that the person saw on the page before


class ReserveForm(TextForm):
    percent = WholeNumber(
        label=gettext_lazy("Part des engagés à garder (%)"),
        min_value=FEWEST_IN_RESERVE,
        max_value=MOST_IN_RESERVE,
        initial=30,
        help_text=gettext_lazy("Entre 10 et 50. Les engagés gardés sont tirés au sort."),
    )


class StopForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Motif de l’arrêt"), max_length=240)
