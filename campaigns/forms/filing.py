"""The forms of the filing steps. Their field names are part of the contract: tests and the demo fill them."""

import re
from datetime import datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import filing
from campaigns.forms.fields import WebAddress, WholeText, clean_siren, needs_words
from campaigns.models import Authority, Case, FilerRole, MilestoneKind, Stage
from campaigns.models.place import find_communes
from i4emploi_site.lib.times import PARIS

MOST_CHOICES = 12
FARTHEST = timedelta(days=5 * 366)


class SiteForm(forms.Form):
    company_name = forms.CharField(
        label=_("Quelle entreprise ?"), max_length=120,
        help_text=_("Son nom tel qu’on le connaît en ville."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    commune = forms.CharField(
        label=_("Dans quelle commune est le site ?"), max_length=100,
        help_text=_("Le nom ou le code postal."),
        widget=forms.TextInput(attrs={
            "list": "communes", "autocomplete": "off", "data-i4-commune": "communes",
            "data-i4-source": reverse_lazy("commune_search"),
        }),
    )  # fmt: skip
    commune_code = forms.CharField(required=False, widget=forms.HiddenInput)
    siren = forms.CharField(
        label="SIREN", required=False, max_length=40,
        help_text=_("9 chiffres, sur un bulletin de paie ou une facture. Les espaces ne gênent pas."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def clean_company_name(self) -> str:
        name = self.cleaned_data["company_name"]
        if not re.search(r"[^\W_]", name):
            raise ValidationError(_("Écrivez le nom avec des lettres."))
        return name

    def clean_siren(self) -> str:
        return clean_siren(self.cleaned_data["siren"])

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

    def _offer(self, found: list, by_postcode: bool) -> None:
        most = len(found) if by_postcode else MOST_CHOICES
        options = [(commune.code, f"{commune} · {commune.postcodes.split(',')[0]}") for commune in found[:most]]
        self.fields["commune_code"] = forms.ChoiceField(
            label=_("Laquelle ?"), choices=options, required=False, widget=forms.RadioSelect
        )
        self._bound_fields_cache.pop("commune_code", None)  # Django keeps the hidden field that it was
        more = len(found) > most
        self.add_error(
            "commune",
            _("Plusieurs communes correspondent : choisissez ci-dessous, ou écrivez le code postal.")
            if more
            else _("Choisissez la commune ci-dessous."),
        )


class ProcedureForm(forms.Form):
    stage = forms.ChoiceField(label=_("Où en est la procédure ?"), choices=Stage, widget=forms.RadioSelect)
    court = forms.CharField(
        label=_("Quel tribunal ?"),
        max_length=120,
        required=False,
        help_text=_("Par exemple : tribunal de commerce de Brive."),
    )
    practitioner = forms.CharField(
        label=_("À qui les offres s’adressent-elles ?"), max_length=200, required=False,
        help_text=_("L’administrateur ou le liquidateur judiciaire, et où lui écrire."),
    )  # fmt: skip
    jobs = forms.IntegerField(
        label=_("Combien d’emplois sont menacés ?"), min_value=1, max_value=500_000, required=False,
        help_text=_("Vide si personne ne le sait encore : nous écrirons « inconnu »."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    jobs_source = forms.CharField(
        label=_("Qui le dit ?"),
        max_length=120,
        required=False,
        help_text=_("Un journal, le CSE, la mairie, le jugement…"),
    )
    jobs_source_url = WebAddress(label=_("Lien vers cette source"))
    milestone_kind = forms.ChoiceField(
        label=_("Quelle est la prochaine échéance ?"),
        choices=[("", _("Aucune date connue")), *MilestoneKind.choices],
        required=False,
    )
    milestone_date = forms.DateField(
        label=_("Quel jour ?"), required=False, input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    milestone_time = forms.TimeField(
        label=_("À quelle heure, à Paris ?"), required=False,
        help_text=_("Vide si vous ne la connaissez pas : la fin du jour."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    milestone_authority = forms.ChoiceField(
        label=_("Qui l’a fixée ?"), choices=[("", _("Choisissez")), *Authority.choices], required=False
    )
    milestone_source = forms.CharField(
        label=_("D’où le savez-vous ?"), max_length=120, required=False, help_text=_("Jugement, courrier, article…")
    )
    milestone_source_url = WebAddress(label=_("Lien vers cette source"))

    def clean(self) -> dict:
        given = super().clean()
        if given.get("jobs") and not given.get("jobs_source") and "jobs_source" not in self.errors:
            self.add_error("jobs_source", _("Dites qui donne ce chiffre : sans source, il ne sera pas publié."))
        names = ("milestone_kind", "milestone_date", "milestone_authority", "milestone_source")
        if not any(given.get(name) for name in names) and not self.errors.keys() & {*names, "milestone_time"}:
            given["milestone_at"] = None
            return given
        missing = {
            "milestone_kind": _("Dites de quelle échéance il s’agit."),
            "milestone_date": _(
                "Donnez le jour de cette échéance, ou choisissez « Aucune date connue » et videz le reste."
            ),
            "milestone_authority": _("Dites qui a fixé cette date."),
            "milestone_source": _("Dites d’où vient cette date : sans source, elle ne sera pas publiée."),
        }
        for name, message in missing.items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, message)
        if given.get("milestone_date") and "milestone_time" not in self.errors:
            self._set_instant(given)
        return given

    def _set_instant(self, given: dict) -> None:
        day, at_hour = given["milestone_date"], given.get("milestone_time")
        now = timezone.now()
        if day.year > (now + FARTHEST).year:
            self.add_error("milestone_date", _("Cette date est très lointaine : vérifiez l’année."))
            return
        if day < now.astimezone(PARIS).date():
            self.add_error("milestone_date", _("Cette date est passée : donnez une échéance à venir."))
            return
        try:
            with timezone.override(PARIS):
                at = from_current_timezone(datetime.combine(day, at_hour or time(23, 59)))
        except ValidationError:
            self.add_error(
                "milestone_time", _("Cette heure n’existe pas, ou existe deux fois, le jour du changement d’heure.")
            )
            return
        if at <= now:
            self.add_error("milestone_time", _("Cette heure est passée : donnez une échéance à venir."))
            return
        given["milestone_at"] = at
        given["milestone_note"] = "" if at_hour else str(_("heure non précisée"))


class StoryForm(forms.Form):
    summary = forms.CharField(
        label=_("En une phrase, que se passe-t-il ?"), max_length=240, validators=[needs_words(3)],
        help_text=_("C’est elle que les gens liront et partageront : 240 signes au plus."),
        widget=WholeText(attrs={"rows": 2}),
    )  # fmt: skip
    story = forms.CharField(
        label=_("Racontez"), max_length=6000, validators=[needs_words(5)],
        help_text=_("Le site, les équipes, ce qui est en état de marche. Ne nommez personne en dehors des actes officiels."),
        widget=WholeText(attrs={"rows": 9}),
    )  # fmt: skip
    needs = forms.CharField(
        label=_("De quoi avez-vous besoin ?"), max_length=3000, required=False,
        help_text=_("Un repreneur de quel métier ? Une visite, du temps, une aide ?"),
        widget=WholeText(attrs={"rows": 4}),
    )  # fmt: skip
    sector = forms.CharField(
        label=_("Secteur"), max_length=120, required=False, help_text=_("Par exemple : papier et carton.")
    )
    naf_code = forms.CharField(
        label=_("Code NAF (APE)"),
        max_length=12,
        required=False,
        help_text=_("Sur un bulletin de paie, par exemple 21.20Z."),
    )

    def clean_needs(self) -> str:
        needs = self.cleaned_data["needs"]
        if needs:
            needs_words(2)(needs)
        return needs

    def clean_naf_code(self) -> str:
        typed = re.sub(r"[\s.]", "", self.cleaned_data["naf_code"]).upper()
        code = f"{typed[:2]}.{typed[2:]}" if typed else ""
        if code and not filing.sector_of(code):
            raise ValidationError(
                _("Ce code n’est pas dans la nomenclature (NAF rév. 2) : vérifiez-le, ou laissez vide.")
            )
        return code

    def clean(self) -> dict:
        given = super().clean()
        if given.get("naf_code") and not given.get("sector") and "sector" not in self.errors:
            given["sector"] = (filing.sector_of(given["naf_code"]) or "")[:120]
        return given


class FilerForm(forms.Form):
    filer_role = forms.ChoiceField(label=_("Vous êtes"), choices=FilerRole, widget=forms.RadioSelect)
    filer_name = forms.CharField(
        label=_("Votre nom"), max_length=80, validators=[needs_words(1)],
        help_text=_("Pour la modération seulement : il n’est pas publié."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    filer_email = forms.EmailField(
        label=_("Votre adresse e-mail"), max_length=254,
        help_text=_("Jamais publiée. Salarié·e : préférez une adresse personnelle à celle du travail."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    evidence_url = WebAddress(
        label=_("Un lien qui le prouve"),
        help_text=_(
            "Un article, une annonce au Bodacc, une page de la mairie. Avec lui, la vérification va plus vite."
        ),
    )
    attested = forms.BooleanField(
        label=filing.ATTESTATION,
        error_messages={"required": _("Sans cette attestation, le dossier ne peut pas être envoyé.")},
    )

    def clean_filer_email(self) -> str:
        return self.cleaned_data["filer_email"].lower()


class AddressForm(forms.Form):
    """Another address for a case that was sent with a wrong one."""

    filer_email = forms.EmailField(label=_("La bonne adresse e-mail"), max_length=254)

    def clean_filer_email(self) -> str:
        return self.cleaned_data["filer_email"].lower()


FORMS: dict[int, type[forms.Form]] = {1: SiteForm, 2: ProcedureForm, 3: StoryForm, 4: FilerForm}


def initial_of(case: Case, step: int) -> dict:
    """What the case already says, as the step's form shows it."""
    values = {name: getattr(case, name) for name in filing.COLUMNS[step]}
    if step == 1:
        values |= {"commune": str(case.commune) if case.commune else "", "commune_code": case.commune_id or ""}
    elif step == 2:
        if fact := filing.filed_fact(case):
            jobs = int(fact.value) if fact.value is not None else None
            values |= {"jobs": jobs, "jobs_source": fact.source_label, "jobs_source_url": fact.source_url}
        if milestone := filing.filed_milestone(case):
            local = milestone.at.astimezone(PARIS)
            values |= {
                "milestone_kind": milestone.kind,
                "milestone_date": local.date(),
                "milestone_time": None if milestone.note else local.time().replace(second=0, microsecond=0),
                "milestone_authority": milestone.authority,
                "milestone_source": milestone.source_label,
                "milestone_source_url": milestone.source_url,
            }
    elif step == 4:
        values["attested"] = case.attested_at is not None
    return values
