import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.fr import siren as siren_rules
from stdnum.fr import siret as siret_rules

from campaigns import activities, registers
from campaigns.forms.fields import clean_siren
from campaigns.forms.places import CommuneForm, commune_field, offer
from campaigns.models import Case, Commune, Nomenclature
from campaigns.opendata.companies import BANDS

BY_HAND = "by_hand"
MOST_COMPANIES = 5
REGISTERED = ("siret", "registered_name", "headcount_code", "address")


class SiteForm(CommuneForm):
    """Which plant. A company of the register is confirmed by hand, and typed by hand while the register is silent."""

    company_name = forms.CharField(
        label=_("Quelle entreprise ?"), max_length=120,
        help_text=_("Son nom tel qu’on le connaît en ville, ou son numéro SIREN."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Écrivez le nom de l’entreprise, ou son numéro SIREN.")},
    )  # fmt: skip
    commune = commune_field(
        _("Dans quelle commune est le site ?"),
        error_messages={"required": _("Écrivez la commune du site, ou son code postal.")},
    )
    siren = forms.CharField(
        label="SIREN", required=False, max_length=40,
        help_text=_("9 chiffres, sur un bulletin de paie ou une facture. Les espaces ne gênent pas."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    company = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ["company_name", "company", "commune", "commune_code", "siren"]

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case

    def clean_company_name(self) -> str:
        name = self.cleaned_data["company_name"]
        if not re.search(r"[^\W_]", name):
            raise ValidationError(_("Écrivez le nom avec des lettres."))
        return name

    def clean_siren(self) -> str:
        return clean_siren(self.cleaned_data["siren"])

    def clean(self) -> dict:
        given = super().clean()
        if not self.errors and isinstance(given.get("commune"), Commune):
            self._number_for_name(given)
            if not self.errors and not self._unchanged(given):
                self._confirm(given)
        return given

    def _number_for_name(self, given: dict) -> None:
        """Somebody wrote the SIREN, or a SIRET, where the name goes."""
        if not re.fullmatch(r"[\d\s.]{9,20}", given["company_name"]):
            return
        try:
            given["siren"] = clean_siren(given["company_name"])
        except ValidationError as refusal:
            self.add_error("company_name", refusal)

    def _unchanged(self, given: dict) -> bool:
        """What was confirmed, or written by hand, is not asked again."""
        before = (self.case.company_name, self.case.commune_id, self.case.siren)
        same = before == (given["company_name"], given["commune"].code, given["siren"])
        return same and not given.get("company")

    def _confirm(self, given: dict) -> None:
        chosen = given.get("company", "")
        number = given["siren"]
        given |= dict.fromkeys(REGISTERED, "")
        if chosen == BY_HAND:
            return self._need_a_name(given)
        found = registers.find_companies(number or given["company_name"], None if number else given["commune"].code)
        shown = [company for company in found or [] if not company.is_personal and siren_rules.is_valid(company.siren)]
        shown = shown[:MOST_COMPANIES]
        if picked := next((company for company in shown if company.siren == chosen), None):
            return given.update(_of_register(picked, given))
        if not shown:
            return self._need_a_name(given)
        options = [(company.siren, _in_a_line(company, given["commune"])) for company in shown]
        offer(self, "company", _("Est-ce l’une d’elles ?"), [*options, (BY_HAND, _("Aucune de celles-ci"))])
        self.add_error("company", _("Confirmez l’entreprise : le registre officiel en connaît de ce nom."))
        return None

    def _need_a_name(self, given: dict) -> None:
        if given["siren"] and not re.search(r"[^\W\d_]", given["company_name"]):
            self.add_error(
                "company_name", _("Le registre ne répond pas à ce numéro : écrivez aussi le nom de l’entreprise.")
            )


def _of_register(company: registers.Company, given: dict) -> dict:
    """What the register knows, the plant's own line before the head office's."""
    here = [place for place in company.places if place.commune_code == given["commune"].code]
    plant = here[0] if here else None
    naf = company.naf if re.fullmatch(r"\d\d\.\d\d?[A-Z]?", company.naf, re.ASCII) else ""
    known = activities.sector_of(naf)
    typed_number = not re.search(r"[^\W\d_]", given["company_name"])
    return {
        "siren": company.siren,
        "company_name": company.name[:120] if typed_number else given["company_name"],
        "registered_name": company.name[:200],
        "siret": plant.siret if plant and siret_rules.is_valid(plant.siret) else "",
        "address": plant.address[:200] if plant else "",
        "headcount_code": code if (code := (plant or company).headcount_code) in BANDS else "",
        "naf_code": naf,
        "naf_nomenclature": (Nomenclature.REV_2 if known else Nomenclature.NAF_2025) if naf else "",
        **({"sector": known[:120]} if known else {}),
    }


def _in_a_line(company: registers.Company, commune: Commune) -> str:
    here = next((place for place in company.places if place.commune_code == commune.code), company.siege)
    where = f" · {here.address or here.commune}" if here else ""
    return f"{company.name} · SIREN {company.siren}{where}"
