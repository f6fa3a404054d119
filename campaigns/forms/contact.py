from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fact import REASON, not_in_future, past_day
from campaigns.models import ActorContact, PublicActor
from i4emploi_site.lib.times import PARIS

FUNCTIONS = _("Une fonction plutôt qu’un nom : « le maire », « le secrétaire du CSE ».")


def today() -> date:
    return timezone.now().astimezone(PARIS).date()


class AnswerForm(forms.Form):
    """What a given actor answered; it begins with what is noted already."""

    answer = forms.CharField(
        label=_("Ce qu’ils ont répondu"), max_length=400,
        help_text=_("Publié avec le dossier. Une fonction plutôt qu’un nom."),
    )  # fmt: skip
    answered_on = past_day(_("Répondu le"), required=True)

    def __init__(self, contact: ActorContact, data=None):
        noted = {"answer": contact.answer, "answered_on": contact.answered_on or today()}
        super().__init__(data, initial=noted, auto_id=f"answer{contact.pk}_%s")
        self.told_on = contact.told_on

    def clean_answered_on(self) -> date | None:
        day = not_in_future(self.cleaned_data["answered_on"])
        if day and day < self.told_on:
            raise ValidationError(_("La réponse ne peut pas précéder la demande."))
        return day


class ContactForm(forms.Form):
    actor = forms.ChoiceField(label=_("Qui a été prévenu ?"), choices=[("", _("Choisissez")), *PublicActor.choices])
    precision = forms.CharField(
        label=_("Précision"),
        max_length=120,
        required=False,
        help_text=_("Le service, l’antenne ; pas de nom de personne."),
    )
    told_by = forms.CharField(label=_("Par qui ?"), max_length=120, help_text=FUNCTIONS)
    told_on = past_day(_("Quel jour ?"), required=True)
    answer = forms.CharField(
        label=_("Ce qu’ils ont répondu"), max_length=400, required=False,
        help_text=_("Publié avec le dossier. Vide s’ils n’ont pas encore répondu."),
    )  # fmt: skip
    answered_on = past_day(_("Répondu le"))

    def __init__(self, data=None, actor: str = ""):
        super().__init__(data, initial={"actor": actor, "told_on": today()})

    def clean_told_on(self) -> date | None:
        return not_in_future(self.cleaned_data["told_on"])

    def clean_answered_on(self) -> date | None:
        return not_in_future(self.cleaned_data["answered_on"])

    def clean(self) -> dict:
        given = super().clean()
        answer, answered_on, told_on = given.get("answer"), given.get("answered_on"), given.get("told_on")
        if given.get("actor") == PublicActor.OTHER and not given.get("precision") and "precision" not in self.errors:
            self.add_error("precision", _("Dites de qui il s’agit : un service, une organisation."))
        if answer and not answered_on and "answered_on" not in self.errors:
            self.add_error("answered_on", _("Dites quel jour ils ont répondu."))
        if answered_on and not answer and "answer" not in self.errors:
            self.add_error("answer", _("Dites ce qu’ils ont répondu, ou videz le jour."))
        if answered_on and told_on and answered_on < told_on:
            self.add_error("answered_on", _("La réponse ne peut pas précéder la demande."))
        return given


class ContactCorrectionForm(ContactForm):
    """Begins with what the line says."""

    reason = forms.CharField(**REASON)

    def __init__(self, contact: ActorContact, data=None):
        super().__init__(data)
        self.initial = {name: getattr(contact, name) for name in self.base_fields if name != "reason"}
