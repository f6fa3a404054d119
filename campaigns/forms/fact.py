import re
from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import facts
from campaigns.forms.fields import AT_LEAST, WebAddress
from campaigns.models import Document, Fact, FactKind, Unit
from i4emploi_site.lib.times import PARIS

EARLIEST_YEAR = 1900
REASON = {"label": _("Pourquoi ? Le public lira ce motif."), "max_length": 240}
DAYS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"]
KINDS = [(value, label) for value, label in FactKind.choices if value != FactKind.PUBLIC_SUPPORT]


def past_day(label, *, required: bool = False, help_text="") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, input_formats=DAYS, widget=widget, help_text=help_text)


def not_in_future(day: date | None) -> date | None:
    if day and day > timezone.now().astimezone(PARIS).date():
        raise ValidationError(_("Cette date n’est pas encore venue : donnez celle du fait."))
    if day and day.year < EARLIEST_YEAR:
        raise ValidationError(_("Cette date est très ancienne : vérifiez l’année."))
    return day


class Amount(forms.DecimalField):
    """A number as people write it: « 30 000,50 € »."""

    default_error_messages = {"min_value": AT_LEAST}

    def to_python(self, value):
        typed = re.sub(r"[\s€]", "", value).replace(",", ".") if isinstance(value, str) else value
        if typed and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(typed)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(typed)


class _Sourced(forms.Form):
    value = Amount(
        required=False, min_value=0, max_digits=14, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    on = past_day(_("Date du fait"))
    source_label = forms.CharField(
        label=_("Qui le dit ?"), max_length=120, help_text=_("Un journal et sa date, un jugement, un courrier, le CSE…")
    )
    source_url = WebAddress(label=_("Lien vers cette source"))
    document = forms.ModelChoiceField(
        label=_("Pièce qui le prouve"), queryset=Document.objects.none(), required=False,
        help_text=_("Lue par l’équipe et la modération, jamais publiée."), empty_label=_("Aucune"),
    )  # fmt: skip

    def __init__(self, *args, documents: QuerySet[Document] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        if documents is None or not documents.exists():
            del self.fields["document"]
        else:
            self.fields["document"].queryset = documents

    def clean_on(self) -> date | None:
        return not_in_future(self.cleaned_data["on"])


class FactForm(_Sourced):
    kind = forms.ChoiceField(label=_("De quoi s’agit-il ?"), choices=[("", _("Choisissez")), *KINDS])
    text = forms.CharField(
        label=_("En mots"),
        max_length=300,
        required=False,
        help_text=_("Pour un événement, ou pour préciser un chiffre."),
    )
    headline = forms.BooleanField(
        label=_("Le mettre en avant : c’est lui que disent le titre et les publications"), required=False
    )

    field_order = ["kind", "value", "text", "on", "source_label", "source_url", "document", "headline"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["value"].label = _("Chiffre")
        self.fields["value"].help_text = _("Vide s’il est inconnu, ou si le fait n’a pas de chiffre.")

    def clean(self) -> dict:
        given = super().clean()
        value = given.get("value")
        if value is None and not given.get("text") and not self.errors.keys() & {"value", "text"}:
            self.add_error("value", _("Donnez un chiffre, ou dites le fait en mots."))
        elif value is None and given.get("headline") and "value" not in self.errors:
            self.add_error(
                "headline", _("Sans chiffre, le titre et les publications n’auraient rien à dire : décochez.")
            )
        elif value is not None and (why := why_not(given.get("kind", ""), value)):
            self.add_error("value", why)
        return given


def why_not(kind: str, value: Decimal) -> str:
    """Why a fact of this kind cannot have this figure; empty when it can, or when the kind is unknown."""
    unit = facts.UNITS.get(kind)
    if unit is None:
        return ""
    if unit == Unit.NONE:
        return gettext("Un événement se dit en mots : videz le chiffre, ou choisissez un autre fait.")
    if unit == Unit.JOBS and value != value.to_integral_value():
        return gettext("Des emplois se comptent en entiers.")
    if value < facts.LEAST.get(kind, 0):
        return gettext("Aucun emploi menacé ? Videz le chiffre si personne ne le connaît.")
    return gettext("Ce chiffre est trop grand : vérifiez-le.") if value > facts.MOST[unit] else ""


class SupportForm(_Sourced):
    """Public money or help: who gives it, how much, on what condition."""

    giver = forms.CharField(
        label=_("Qui aide ?"), max_length=120, help_text=_("Par exemple : Région, département et commune.")
    )
    condition = forms.CharField(
        label=_("À quelle condition, pour quoi ?"), max_length=240, required=False,
        help_text=_("Par exemple : garder le site ouvert le temps des visites."),
    )  # fmt: skip

    field_order = ["giver", "value", "condition", "on", "source_label", "source_url", "document"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["value"].label = _("Montant en euros")
        self.fields["value"].help_text = _("Vide si personne ne l’a dit, ou si l’aide n’est pas de l’argent.")

    def clean(self) -> dict:
        given = super().clean() | {"kind": FactKind.PUBLIC_SUPPORT}
        value = given.get("value")
        if value is not None and (why := why_not(FactKind.PUBLIC_SUPPORT, value)):
            self.add_error("value", why)
        return given


class _OfFact(_Sourced):
    """Begins with what the fact says."""

    reason = forms.CharField(**REASON)

    def __init__(self, fact: Fact, data=None, **kwargs):
        said = {name: getattr(fact, name) for name in self.base_fields if hasattr(fact, name)}
        if fact.value is not None and fact.value == int(fact.value):
            said["value"] = int(fact.value)
        super().__init__(data, initial=said, **kwargs)
        self.fields.pop("headline", None)


class FactCorrectionForm(_OfFact, FactForm):
    field_order = [*FactForm.field_order, "reason"]


class SupportCorrectionForm(_OfFact, SupportForm):
    field_order = [*SupportForm.field_order, "reason"]
