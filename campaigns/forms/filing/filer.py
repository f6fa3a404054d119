from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import filing, identity
from campaigns.forms.fields import WebAddress, needs_words
from campaigns.models import CONFIDENTIAL_STAGES, Case, FilerRole

BAD_ADDRESS = _("Écrivez une adresse complète, comme prenom@exemple.fr.")


class FilerForm(forms.Form):
    filer_role = forms.ChoiceField(
        label=_("Vous êtes"),
        choices=FilerRole,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez ce qui vous décrit le mieux.")},
    )
    filer_name = forms.CharField(
        label=_("Votre nom"), max_length=80, validators=[needs_words(1)],
        help_text=_("Pour la modération seulement : il n’est pas publié."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Écrivez votre nom : la modération seule le lit.")},
    )  # fmt: skip
    filer_email = forms.EmailField(
        label=_("Votre adresse e-mail"), max_length=254,
        help_text=_("Jamais publiée. Salarié·e : préférez une adresse personnelle à celle du travail."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Écrivez votre adresse e-mail : c’est par elle que l’on vous répond."), "invalid": BAD_ADDRESS},
    )  # fmt: skip
    pseudonymous = forms.BooleanField(label=_("Je dépose sous un pseudonyme"), required=False)
    pseudonym = forms.CharField(
        label=_("Le pseudonyme que verra la modération"), max_length=40, required=False,
        help_text=_("Ni votre nom, ni un surnom que l’on vous connaît."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    evidence_url = WebAddress(
        label=_("Un lien qui le prouve"),
        help_text=_(
            "Un article, une annonce au Bodacc, une page de la mairie. Avec lui, la vérification va plus vite."
        ),
    )
    speaker = forms.CharField(
        label=_("En quelle qualité parlez-vous de cette procédure ?"), max_length=200,
        error_messages={"required": _("Dites votre qualité, et qui vous autorise à en parler.")},
        help_text=_("Elle est confidentielle : dites ce qui vous permet d’en parler à la modération, et qui vous y autorise."),
    )  # fmt: skip
    attested = forms.BooleanField(
        error_messages={"required": _("Sans cette attestation, le dossier ne peut pas être envoyé.")},
    )

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["attested"].label = filing.attestation(case)
        self.case, self.sealed = case, case.pseudonymous
        if self.data.get("go") == "back" and not self.sealed:  # what is right is kept without being attested yet
            self.fields["attested"].required = False
        if case.stage not in CONFIDENTIAL_STAGES:
            del self.fields["speaker"]
        if self._stays_sealed():  # they are kept, and shown to nobody: not even here
            self.fields["filer_name"].required = self.fields["filer_email"].required = False
            self.fields["filer_name"].help_text = _("Sous scellé. Laissez vide pour le garder.")
            self.fields["filer_email"].help_text = _("Sous scellé. Laissez vide pour la garder.")

    def _stays_sealed(self) -> bool:
        return self.sealed and (not self.is_bound or bool(self.data.get("pseudonymous")))

    def clean_filer_email(self) -> str:
        return self.cleaned_data["filer_email"].lower()

    def clean(self) -> dict:
        given = super().clean()
        if given.get("pseudonymous") and given.get("filer_role") not in (FilerRole.WORKER, None):
            self.add_error(
                "pseudonymous", _("Le pseudonyme protège les salarié·es : décochez-le, ou choisissez « Salarié·e ».")
            )
        if given.get("pseudonymous") and not self.sealed and self.case.has_account:
            self.add_error(
                "pseudonymous",
                _("Votre adresse est déjà confirmée en clair : déposez plutôt un nouveau dossier sous pseudonyme."),
            )
        shown = self.data.get("attesting")
        if given.get("attested") and shown and shown != ("private" if self.case.is_confidential else "public"):
            self.add_error("attested", _("Le texte à attester a changé avec l’étape de la procédure : relisez-le."))
        told = given.get("pseudonym", "")
        if told and identity.is_told_by(self.case, told, given.get("filer_name", ""), given.get("filer_email", "")):
            self.add_error(
                "pseudonym",
                _("Ce pseudonyme dit votre nom ou votre adresse : choisissez-en un autre, ou laissez vide."),
            )
        return given


class AddressForm(forms.Form):
    """Another address for a case that was sent with a wrong one."""

    filer_email = forms.EmailField(
        label=_("La bonne adresse e-mail"),
        max_length=254,
        error_messages={"required": _("Écrivez la bonne adresse."), "invalid": BAD_ADDRESS},
    )

    def clean_filer_email(self) -> str:
        return self.cleaned_data["filer_email"].lower()
