import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns import activities
from campaigns.forms.fields import WholeText, needs_words
from campaigns.forms.places import activity_field
from campaigns.models import Case, Nomenclature


class StoryForm(forms.Form):
    summary = forms.CharField(
        label=_("En une phrase, que se passe-t-il ?"), max_length=240, validators=[needs_words(3)],
        help_text=_("C’est elle que les gens liront et partageront : 240 signes au plus."),
        widget=WholeText(attrs={"rows": 2}),
        error_messages={
            "required": _("Écrivez une phrase : elle dit l’essentiel en 240 signes au plus."),
            "max_length": _("Votre phrase compte %(show_value)d signes : raccourcissez-la à 240, le reste va dans le récit."),
        },
    )  # fmt: skip
    story = forms.CharField(
        label=_("Racontez"), max_length=6000, validators=[needs_words(5)],
        help_text=_("Le site, les équipes, ce qui est en état de marche. Ne nommez personne en dehors des actes officiels."),
        widget=WholeText(attrs={"rows": 9}),
        error_messages={
            "required": _("Racontez en quelques phrases, même simples."),
            "max_length": _("Votre récit compte %(show_value)d signes : raccourcissez-le à 6 000."),
        },
    )  # fmt: skip
    needs = forms.CharField(
        label=_("De quoi avez-vous besoin ?"), max_length=3000, required=False,
        help_text=_("Un repreneur de quel métier ? Une visite, du temps, une aide ?"),
        widget=WholeText(attrs={"rows": 4}),
        error_messages={"max_length": _("Ce texte compte %(show_value)d signes : raccourcissez-le à 3 000.")},
    )  # fmt: skip
    sector = activity_field(
        _("Quelle activité ?"),
        help_text=_(
            "Un ou deux mots, par exemple papier ou pharmaceutique : choisissez dans la liste si elle s’affiche."
        ),
    )
    naf_code = forms.CharField(
        label=_("Code NAF (APE)"),
        max_length=12,
        required=False,
        help_text=_("Sur un bulletin de paie, par exemple 21.20Z."),
    )

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case

    def clean_needs(self) -> str:
        needs = self.cleaned_data["needs"]
        if needs:
            needs_words(2)(needs)
        return needs

    def clean_naf_code(self) -> str:
        typed = re.sub(r"[\s.]", "", self.cleaned_data["naf_code"]).upper()
        code = f"{typed[:2]}.{typed[2:]}" if typed else ""
        registered = code == self.case.naf_code and self.case.naf_nomenclature == Nomenclature.NAF_2025
        if code and not registered and not activities.sector_of(code):
            raise ValidationError(
                _("Ce code n’est pas dans la nomenclature (NAF rév. 2) : vérifiez-le, ou laissez vide.")
            )
        return code

    def clean(self) -> dict:
        given = super().clean()
        if self.errors.keys() & {"naf_code", "sector"}:
            return given
        given["naf_code"] = given["naf_code"] or activities.code_named(given["sector"]) or ""
        if given["naf_code"] != self.case.naf_code:
            given["naf_nomenclature"] = Nomenclature.REV_2 if given["naf_code"] else ""
        given["sector"] = given["sector"] or (activities.sector_of(given["naf_code"]) or "")[:120]
        return given
