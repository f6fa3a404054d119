"""Fields and checks that several forms share."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as BadNumber
from stdnum.fr import siren as siren_rules
from stdnum.fr import siret as siret_rules


def words_of(value: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d_]{2,}", value)}


def needs_words(least: int):
    def check(value: str) -> None:
        if len(words_of(value)) < least:
            raise ValidationError(
                _("Il nous faut des mots, même simples : une ou deux phrases suffisent pour qu’on vous comprenne.")
            )

    return check


def clean_siren(typed: str) -> str:
    """Nine digits that pass the check, however they were spaced; a SIRET gives its SIREN."""
    number = re.sub(r"[\s.\-]", "", typed)
    if not number:
        return ""
    if siret_rules.is_valid(number):
        return number[:9]
    try:
        return siren_rules.validate(number)
    except InvalidChecksum:
        raise ValidationError(
            _("Ce SIREN est faux : un chiffre ne correspond pas. Vérifiez-le, ou laissez vide.")
        ) from None
    except BadNumber:
        raise ValidationError(_("Un SIREN compte 9 chiffres. Vérifiez-le, ou laissez vide.")) from None


AT_LEAST = _("Écrivez au moins %(limit_value)s.")
AT_MOST = _("Écrivez au plus %(limit_value)s.")


class WholeNumber(forms.IntegerField):
    default_error_messages = {
        "invalid": _("Écrivez un nombre entier, en chiffres."),
        "min_value": AT_LEAST,
        "max_value": AT_MOST,
    }


class WholeText(forms.Textarea):
    """Lets a text that is too long be pasted whole, so that it is refused with words instead of cut in silence."""

    def build_attrs(self, base_attrs, extra_attrs=None) -> dict:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        attrs.pop("maxlength", None)
        return attrs


class WebAddress(forms.URLField):
    default_validators = [URLValidator(schemes=["http", "https"])]
    default_error_messages = {
        "invalid": _("Une adresse de page web commence par https:// ; sinon, laissez vide."),
    }

    def __init__(self, **kwargs):
        super().__init__(assume_scheme="https", max_length=500, required=False, **kwargs)
        self.widget.attrs |= {"inputmode": "url", "placeholder": "https://"}
