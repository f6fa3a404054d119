from collections.abc import Iterable
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import divisions
from campaigns.forms.fields import WholeText
from campaigns.models import REGIONS
from influencers import pledging
from influencers.models import Influencer, NetworkAccount, PledgeMode


class PledgeForm(forms.Form):
    """One account, one way, the exact words; `statement` is the sentence of consent as of now."""

    account = forms.ModelChoiceField(
        label=gettext_lazy("Avec quel compte"),
        queryset=NetworkAccount.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": gettext_lazy("Choisissez le compte qui publiera."),
            "invalid_choice": gettext_lazy("Ce compte n’est plus connecté : choisissez-en un autre."),
        },
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("Comment"), choices=PledgeMode, initial=PledgeMode.OWN_WORDS, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=gettext_lazy("Vos mots"),
        required=False,
        max_length=pledging.LONGEST_TEXT,
        widget=WholeText(attrs={"rows": 6, "data-i4-length": "", "lang": "fr"}),
        help_text=gettext_lazy(
            "Cette proposition n’est qu’un début : changez tout. {lien} marque la place du lien ; sans lui, le lien se "
            "place à la fin."
        ),
    )

    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # the sentence of consent as it was shown

    def __init__(self, *args, influencer: Influencer, statement: str = "", already: Iterable[int] = (), **kwargs):
        self.influencer, self.statement = influencer, statement
        super().__init__(*args, **kwargs)
        connected = NetworkAccount.objects.connected().filter(influencer=influencer).order_by("network", "pk")
        cast(forms.ModelChoiceField, self.fields["account"]).queryset = connected
        self.fields["account"].initial = connected.exclude(pk__in=already).first() or connected.first()
        self.fields["seen"].initial = statement

    def clean(self) -> dict:
        """`words` is the whole post as it will be stored."""
        super().clean()
        cleaned = self.cleaned_data
        account = cleaned.get("account")
        if cleaned.get("seen") and cleaned["seen"] != self.statement:
            self.data = {**self.data.dict(), "seen": self.statement} if isinstance(self.data, QueryDict) else self.data
            self.add_error(None, _("La date de diffusion vient de changer : relisez la phrase, puis confirmez."))
        if self.errors.keys() & {"text", "mode"} or cleaned.get("mode") != PledgeMode.OWN_WORDS:
            return cleaned
        try:
            cleaned["words"] = pledging.whole_text(cleaned.get("text", ""))
            if account:
                pledging.check_length(account, cleaned["words"])
        except pledging.CannotPledge as error:
            self.add_error(error.field or None, str(error))
        return cleaned


class WideForm(forms.Form):
    """All the cases of a region, or of a sector."""

    region = forms.ChoiceField(
        label=gettext_lazy("Une région"),
        required=False,
        choices=[("", "–"), *sorted(REGIONS.items(), key=lambda item: item[1])],
    )
    sector = forms.ChoiceField(
        label=gettext_lazy("Un secteur"), required=False, choices=[("", "–"), *divisions.DIVISIONS]
    )

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        if not self.errors and bool(cleaned["region"]) == bool(cleaned["sector"]):
            self.add_error("region", _("Choisissez une région ou un secteur, l’un des deux."))
        return cleaned
