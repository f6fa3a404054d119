from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fact import not_in_future, past_day
from campaigns.models import PublicActor

FUNCTIONS = _("Une fonction plutôt qu’un nom : « le maire », « le secrétaire du CSE ».")


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Ce qu’ils ont répondu"), max_length=400, help_text=_("Publié avec le dossier."))
    answered_on = past_day(_("Répondu le"), required=True)

    def clean_answered_on(self) -> date | None:
        return not_in_future(self.cleaned_data["answered_on"])


class ContactForm(forms.Form):
    actor = forms.ChoiceField(label=_("Qui a été prévenu ?"), choices=[("", _("Choisissez")), *PublicActor.choices])
    precision = forms.CharField(
        label=_("Précision"),
        max_length=120,
        required=False,
        help_text=_("Le service, l’antenne ; pas de nom de personne."),
    )
    told_by = forms.CharField(label=_("Par qui ?"), max_length=120, help_text=FUNCTIONS)
    told_on = past_day(_("Quel jour ?"), required=True)
    answer = forms.CharField(label=_("Ce qu’ils ont répondu"), max_length=400, required=False)
    answered_on = past_day(_("Répondu le"))

    def clean_told_on(self) -> date | None:
        return not_in_future(self.cleaned_data["told_on"])

    def clean_answered_on(self) -> date | None:
        return not_in_future(self.cleaned_data["answered_on"])

    def clean(self) -> dict:
        given = super().clean()
        answer, answered_on, told_on = given.get("answer"), given.get("answered_on"), given.get("told_on")
        if answer and not answered_on and "answered_on" not in self.errors:
            self.add_error("answered_on", _("Dites quel jour ils ont répondu."))
        if answered_on and not answer:
            self.add_error("answer", _("Dites ce qu’ils ont répondu, ou videz le jour."))
        if answered_on and told_on and answered_on < told_on:
            self.add_error("answered_on", _("La réponse ne peut pas précéder la demande."))
        return given
