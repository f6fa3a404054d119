from typing import cast
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from influencers import accounts


class InstanceForm(forms.Form):
    """Which Mastodon instance: one of those proposed, or any public one."""

    proposed = forms.ChoiceField(label=gettext_lazy("Votre instance"), required=False, widget=forms.RadioSelect)
    typed = forms.CharField(
        label=gettext_lazy("Une autre instance"),
        help_text=gettext_lazy("Par exemple piaille.fr, ou votre adresse complète @vous@piaille.fr."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = [(url, urlsplit(url).netloc) for url in settings.MASTODON_INSTANCES]
        proposed = cast(forms.ChoiceField, self.fields["proposed"])
        proposed.choices = [*names, ("", _("une autre, que j’écris ci-dessous"))]
        proposed.initial = names[0][0] if names else ""

    def clean(self) -> dict:
        """`base_url` is the instance chosen; what was typed wins over what was ticked."""
        super().clean()
        cleaned = self.cleaned_data
        chosen = cleaned.get("typed") or cleaned.get("proposed") or ""
        if "typed" in self.errors or "proposed" in self.errors:
            return cleaned
        try:
            cleaned["base_url"] = accounts.instance(chosen)
        except accounts.BadInstance as error:
            self.add_error("typed", str(error))
        return cleaned
