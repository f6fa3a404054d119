import unicodedata
from typing import cast
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from influencers import accounts, instances
from influencers.models import Network
from influencers.networks.bluesky import APP_PASSWORD


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
            cleaned["base_url"] = instances.address_of(chosen)
        except instances.BadInstance as error:
            self.add_error("typed", str(error))
        return cleaned


class AppPasswordForm(forms.Form):
    """A Bluesky account and an app password of its own, for one of the services that the operator listed."""

    erased = False  # whether what was typed is not all written back

    service = forms.ChoiceField(label=gettext_lazy("Votre hébergeur"), required=False, widget=forms.RadioSelect)
    identifier = forms.CharField(
        label=gettext_lazy("Votre adresse Bluesky"),
        help_text=gettext_lazy("Entière, par exemple vous.bsky.social."),
        max_length=253,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "username", "spellcheck": "false"}),
    )
    app_password = forms.CharField(
        label=gettext_lazy("Le mot de passe d’application"),
        help_text=gettext_lazy("Quatre fois quatre caractères, séparés par des tirets."),
        max_length=200,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = [(url.rstrip("/"), urlsplit(url).netloc) for url in settings.BLUESKY_SERVICES]
        service = cast(forms.ChoiceField, self.fields["service"])
        service.choices, service.initial = names, names[0][0]
        if len(names) == 1:
            service.widget = forms.HiddenInput()

    def clean_service(self) -> str:
        return self.cleaned_data["service"] or accounts.base_url_of(Network.BLUESKY)

    def clean_identifier(self) -> str:
        """Without the marks of direction that Bluesky's own app puts around a handle that is copied."""
        typed = "".join(sign for sign in self.cleaned_data["identifier"] if unicodedata.category(sign) != "Cf")
        typed = typed.strip().removeprefix("@")
        if not typed.startswith("did:") and "." not in typed:
            raise forms.ValidationError(_("Écrivez l’adresse entière, comme vous.bsky.social."))
        return typed

    def clean_app_password(self) -> str:
        """What has not the form of an app password is sent nowhere, and not written back into the page."""
        typed = self.cleaned_data["app_password"]
        if not APP_PASSWORD.fullmatch(typed):
            self.data = {**self.data.dict(), "app_password": ""}
            self.erased = True
            raise forms.ValidationError(
                _(
                    "Ce n’est pas un mot de passe d’application, qui s’écrit xxxx-xxxx-xxxx-xxxx. Si c’est celui de votre "
                    "compte, ne l’écrivez pas ici : nous l’avons effacé, sans l’envoyer."
                )
            )
        return typed
