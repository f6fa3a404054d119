from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import WebAddress
from campaigns.forms.instants import RefusedInstant, hour_note, paris_instant
from campaigns.models import Authority, Case, MilestoneKind

# a cessation of payments is a day of the past: it is never what comes next
KINDS_TO_COME = [(kind, label) for kind, label in MilestoneKind.choices if kind != MilestoneKind.CESSATION_PAIEMENTS]
SAID_OF_DATE = {
    "milestone_kind": _("Choisissez de quelle échéance il s’agit, ou videz le jour."),
    "milestone_date": _("Donnez le jour de cette échéance, ou choisissez « Aucune date connue » et videz le reste."),
    "milestone_authority": _("Choisissez qui a fixé cette date, ou videz le jour."),
    "milestone_source": _("Dites d’où vient cette date, ou videz le jour."),
}


class DeadlineForm(forms.Form):
    """How many jobs, until when. Both may be unknown; what is given has a source."""

    jobs = forms.IntegerField(
        label=_("Combien d’emplois sont menacés ?"), min_value=1, max_value=500_000, required=False,
        help_text=_("Vide si personne ne le sait encore : nous écrirons « inconnu »."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "min_value": _("Écrivez au moins 1, ou laissez vide."),
            "max_value": _("Écrivez au plus 500 000 : c’est le site seul, ou laissez vide."),
            "invalid": _("Écrivez un nombre, en chiffres, ou laissez vide."),
        },
    )  # fmt: skip
    jobs_source = forms.CharField(
        label=_("Qui le dit ?"),
        max_length=120,
        required=False,
        help_text=_(
            "Un journal, le CSE, la mairie, le jugement… Publié tel quel. Si c’est vous : « une personne qui connaît le site »."
        ),
    )
    jobs_source_url = WebAddress(label=_("Lien vers cette source"))
    milestone_kind = forms.ChoiceField(
        label=_("Quelle est la prochaine échéance ?"),
        choices=[("", _("Aucune date connue")), *KINDS_TO_COME],
        required=False,
    )
    milestone_date = forms.DateField(
        label=_("Quel jour ?"), required=False, input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Écrivez le jour ainsi : 31/12/2026, ou laissez toute l’échéance vide.")},
    )  # fmt: skip
    milestone_time = forms.TimeField(
        label=_("À quelle heure, à Paris ?"), required=False,
        help_text=_("Vide si vous ne la connaissez pas : la fin du jour."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Écrivez l’heure ainsi : 14:30, ou laissez vide.")},
    )  # fmt: skip
    milestone_authority = forms.ChoiceField(
        label=_("Qui l’a fixée ?"), choices=[("", _("Choisissez")), *Authority.choices], required=False
    )
    milestone_source = forms.CharField(
        label=_("D’où le savez-vous ?"),
        max_length=120,
        required=False,
        help_text=_("Jugement, courrier, article… Publié tel quel."),
    )
    milestone_source_url = WebAddress(label=_("Lien vers cette source"))

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)

    def clean(self) -> dict:
        given = super().clean()
        if given.get("jobs") and not given.get("jobs_source") and "jobs_source" not in self.errors:
            self.add_error("jobs_source", _("Dites qui donne ce chiffre, ou videz le nombre."))
        if not any(given.get(name) for name in SAID_OF_DATE) and not self.errors.keys() & {
            *SAID_OF_DATE,
            "milestone_time",
        }:
            given["milestone_at"] = None
            return given
        for name, message in SAID_OF_DATE.items():
            if not given.get(name) and name not in self.errors:
                self.add_error(name, message)
        if given.get("milestone_date") and "milestone_time" not in self.errors:
            self._set_instant(given)
        return given

    def _set_instant(self, given: dict) -> None:
        hour = given.get("milestone_time")
        try:
            given["milestone_at"] = paris_instant(given["milestone_date"], hour, timezone.now())
        except RefusedInstant as refusal:
            self.add_error(f"milestone_{refusal.part}", refusal)
        given["milestone_note"] = hour_note(hour)
