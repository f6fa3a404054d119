from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import FilerRole


class MemberForm(forms.Form):
    email = forms.EmailField(
        label=_("Son adresse e-mail"), max_length=254,
        help_text=_("Cette personne lira les pistes de repreneurs. Toute l’équipe est prévenue de son arrivée."),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("Son rôle"), choices=[("", _("Choisissez")), *FilerRole.choices])
