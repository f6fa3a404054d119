import re
import unicodedata
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaigns import activities, divisions, job_requests
from campaigns.forms.fields import WholeNumber, WholeText, needs_words
from campaigns.forms.places import CommuneForm, activity_field, commune_field, offer

FARTHEST_KM = 1000
# From the sign in the middle outwards: a pattern that began with the local part would take minutes over a long word.
AT_IN_WORDS = r"(?:\(\s?(?:at|arobase)\s?\)|\[\s?(?:at|arobase)\s?\]|\barobase\b)"
MAILBOX = re.compile(rf"\w\s?@\s?[\w-]+\s?\.\s?\w{{2}}|\w\s?{AT_IN_WORDS}\s?\w", re.I)
BETWEEN = r"[\s.\-/()_]{0,4}"
PHONE = re.compile(  # not the end of a longer number: a SIRET's last group begins with zeros
    rf"(?<!\d)(?<!\d\s)(?:(?:\+|00){BETWEEN}\d(?:{BETWEEN}\d){{7,13}}|0{BETWEEN}[1-9](?:{BETWEEN}\d){{8}})(?!\d)"
)


def tells_contact(text: str) -> bool:
    """Whether a public text holds an e-mail address or a telephone number, however they are spaced."""
    plain = unicodedata.normalize("NFKC", text)
    return bool(MAILBOX.search(plain) or PHONE.search(plain))


def _no_contact(value: str) -> None:
    if tells_contact(value):
        raise ValidationError(
            _(
                "N’écrivez ni adresse e-mail ni numéro de téléphone ici : ce texte sera public. Les personnes qui veulent vous "
                "aider vous écriront par le site, et vous recevrez leurs messages."
            )
        )


class JobRequestForm(CommuneForm):
    occupation = forms.CharField(
        label=_("Votre métier"), max_length=120, validators=[needs_words(1), _no_contact],
        help_text=_("Le métier que vous cherchez, comme vous le diriez."),
    )  # fmt: skip
    commune = commune_field(_("Autour de quelle commune ?"))
    kilometres = WholeNumber(
        label=_("Jusqu’à combien de kilomètres"), required=False, min_value=0, max_value=FARTHEST_KM,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    sector = activity_field(
        _("Secteur"), help_text=_("Un ou deux mots, par exemple papier ou pharmaceutique. Vide si tous vous vont.")
    )
    naf_division = forms.CharField(required=False, max_length=2, widget=forms.HiddenInput)
    summary = forms.CharField(
        label=_("En une phrase, que cherchez-vous ?"), max_length=200, validators=[needs_words(3), _no_contact],
        widget=WholeText(attrs={"rows": 2}), help_text=_("200 caractères au plus : c’est elle qui sera relayée."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("En quelques mots"), max_length=1500, required=False, validators=[_no_contact],
        widget=WholeText(attrs={"rows": 6}), help_text=_("Ce que vous savez faire, ce que vous aimeriez."),
    )  # fmt: skip
    shown_name = forms.CharField(
        label=_("Prénom ou pseudonyme, publié"), max_length=40, validators=[needs_words(1), _no_contact]
    )
    email = forms.EmailField(
        label=_("Adresse e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Jamais publiée. Vous y recevez le lien qui confirme votre demande, et les messages."),
    )  # fmt: skip
    consent = forms.BooleanField(
        label=job_requests.CONSENT,
        error_messages={"required": _("Sans cet accord, votre demande ne peut pas être publiée.")},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = uuid.uuid4

    def clean_summary(self) -> str:
        """One sentence: it goes into posts, on one line."""
        return " ".join(self.cleaned_data["summary"].split())

    def clean(self) -> dict:
        given = super().clean()
        typed, chosen = given.get("sector", ""), given.get("naf_division", "")
        found = activities.divisions_matching(typed) if typed else list(divisions.NAMES)
        if typed and len(found) == 1:
            given["naf_division"] = found[0]
        elif not found or (chosen and not typed and chosen not in found):
            self.add_error("sector", _("Nous ne trouvons pas ce secteur : essayez un autre mot, ou laissez vide."))
        elif typed and chosen not in found:
            options = [(code, divisions.named(code)) for code in found]
            offer(self, "naf_division", _("Quel secteur ?"), options)
            self.add_error("sector", _("Choisissez le secteur ci-dessous."))
        return given

    def take_new_key(self) -> None:
        """The next press makes another request."""
        self.data = self.data.copy()
        self.data["submission_key"] = str(uuid.uuid4())


class HelpForm(forms.Form):
    name = forms.CharField(label=_("Votre nom"), max_length=80, validators=[needs_words(1)])
    email = forms.EmailField(
        label=_("Votre adresse e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Transmise à cette personne seulement, pour qu’elle puisse vous répondre. Elle n’est pas gardée."),
    )  # fmt: skip
    message = forms.CharField(
        label=_("Votre message"), max_length=2000, validators=[needs_words(2)], widget=WholeText(attrs={"rows": 5})
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = uuid.uuid4


class RefusalForm(forms.Form):
    reason = forms.CharField(
        label=_("Motif, envoyé à la personne"), max_length=400, widget=WholeText(attrs={"rows": 3}),
        error_messages={"required": _("Écrivez le motif : sans lui, la décision ne part pas.")},
    )  # fmt: skip
