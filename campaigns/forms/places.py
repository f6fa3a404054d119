"""A commune, by its name or its postcode, or an activity by its words, chosen from a list when several answer."""

import re

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.models import Commune
from campaigns.models.place import find_communes

MOST_CHOICES = 12


def commune_field(label, **kwargs) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=100, help_text=_("Le nom ou le code postal."),
        widget=forms.TextInput(attrs={
            "list": "communes", "autocomplete": "off", "data-i4-suggest": "communes",
            "data-i4-source": reverse_lazy("commune_search"),
        }), **kwargs,
    )  # fmt: skip


def activity_field(label, **kwargs) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=120, required=False,
        widget=forms.TextInput(attrs={
            "list": "activities", "autocomplete": "off", "data-i4-suggest": "activities",
            "data-i4-source": reverse_lazy("activity_search"),
        }), **kwargs,
    )  # fmt: skip


class CommuneForm(forms.Form):
    """A form with a `commune` (what is typed, then the Commune) and a `commune_code` (what is chosen)."""

    commune = commune_field(_("Dans quelle commune ?"))
    commune_code = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict:
        given = super().clean()
        typed = given.get("commune", "")
        if not typed:
            return given
        found = find_communes(typed)
        chosen = [commune for commune in found if commune.code == given.get("commune_code")]
        exact = len(found) == 1 and len(typed.strip()) > 2
        if chosen or exact:
            given["commune"] = (chosen or found)[0]
        elif not found:
            self.add_error(
                "commune", _("Nous ne trouvons pas cette commune. Vérifiez l’orthographe, ou essayez le code postal.")
            )
        else:
            self._offer(found, bool(re.search(r"\d{5}", typed)))
        return given

    def _offer(self, found: list[Commune], by_postcode: bool) -> None:
        most = len(found) if by_postcode else MOST_CHOICES
        options = [(commune.code, f"{commune} · {commune.postcodes.split(',')[0]}") for commune in found[:most]]
        offer(self, "commune_code", _("Laquelle ?"), options)
        more = len(found) > most
        self.add_error(
            "commune",
            _("Plusieurs communes correspondent : choisissez ci-dessous, ou écrivez le code postal.")
            if more
            else _("Choisissez la commune ci-dessous."),
        )


def offer(form: forms.Form, name: str, label, options: list) -> None:
    """Turn a hidden field into a choice between these options."""
    form.fields[name] = forms.ChoiceField(label=label, choices=options, required=False, widget=forms.RadioSelect)
    form._bound_fields_cache.pop(name, None)  # Django keeps the hidden field that it was
