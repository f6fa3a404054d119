from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import WebAddress
from campaigns.forms.instants import RefusedInstant, hour_note, paris_instant, past_paris_instant
from campaigns.models import Authority, Confidence, Milestone, MilestoneKind, Proposal
from i4emploi_site.lib.times import PARIS, has_hour

AUTHORITIES = [(value, label) for value, label in Authority.choices if value != Authority.LOI]  # who can say a date


class _Dated(forms.Form):
    """A day and an hour in Paris; `at` is the instant. It is to come, except of when payments ceased."""

    date = forms.DateField(
        label=_("Quel jour ?"), input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    time = forms.TimeField(
        label=_("À quelle heure, à Paris ?"), required=False, help_text=_("Vide si vous ne la connaissez pas : la fin du jour."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    source_label = forms.CharField(
        label=_("D’où le savez-vous ?"), max_length=120, help_text=_("Jugement, courrier, article…")
    )
    source_url = WebAddress(label=_("Lien vers cette source"))
    authority = forms.ChoiceField(label=_("Qui l’a fixée ?"), choices=[("", _("Choisissez")), *AUTHORITIES])
    confidence = forms.ChoiceField(label=_("Est-elle sûre ?"), choices=Confidence.choices, initial=Confidence.ANNOUNCED)

    def kind_of(self, given: dict) -> str:
        raise NotImplementedError

    def said(self) -> dict:
        """What is said of the date: columns of the milestone."""
        given = self.cleaned_data
        said = {name: given[name] for name in ("authority", "confidence", "source_label", "source_url")}
        return said | {"note": hour_note(given["time"])}

    def clean(self) -> dict:
        given = super().clean()
        instant = past_paris_instant if self.kind_of(given) == MilestoneKind.CESSATION_PAIEMENTS else paris_instant
        if given.get("date") and "time" not in self.errors:
            try:
                given["at"] = instant(given["date"], given.get("time"), timezone.now())
            except RefusedInstant as refusal:
                self.add_error(refusal.part, refusal)
        return given


class MilestoneAddForm(_Dated):
    kind = forms.ChoiceField(label=_("Quelle échéance ?"), choices=[("", _("Choisissez")), *MilestoneKind.choices])

    field_order = ["kind", "date", "time", "authority", "confidence", "source_label", "source_url"]

    def kind_of(self, given: dict) -> str:
        return given.get("kind", "")

    def said(self) -> dict:
        return super().said() | {name: self.cleaned_data[name] for name in ("kind", "at")}


class PostponeForm(_Dated):
    reason = forms.CharField(
        label=_("Pourquoi change-t-elle ?"), max_length=240, help_text=_("Par exemple : sursis de 30 jours.")
    )

    field_order = ["date", "time", "reason", "authority", "confidence", "source_label", "source_url"]

    def __init__(self, milestone: Milestone, data=None):
        super().__init__(data, auto_id=f"postpone{milestone.pk}_%s")
        self.kind = milestone.kind
        self.fields["authority"].initial = milestone.authority
        if has_hour(milestone.at):
            self.fields["time"].initial = milestone.at.astimezone(PARIS).time()

    def kind_of(self, given: dict) -> str:
        return self.kind


class SpecifyForm(forms.Form):
    """What is said of a date that stays where it is; it begins with what is said now."""

    authority = forms.ChoiceField(label=_("Qui l’a fixée ?"), choices=Authority.choices)
    confidence = forms.ChoiceField(label=_("Est-elle sûre ?"), choices=Confidence.choices)
    source_label = forms.CharField(
        label=_("D’où le savez-vous ?"), max_length=120, help_text=_("Jugement, courrier, article…")
    )
    source_url = WebAddress(label=_("Lien vers cette source"))
    note = forms.CharField(label=_("Précision"), max_length=200, required=False)

    def __init__(self, milestone: Milestone, data=None):
        said = {name: getattr(milestone, name) for name in self.base_fields}
        super().__init__(data, initial=said, auto_id=f"specify{milestone.pk}_%s")
        if milestone.authority != Authority.LOI:
            self.fields["authority"].choices = AUTHORITIES


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Pourquoi n’a-t-elle plus lieu ?"), max_length=240)

    def __init__(self, milestone: Milestone, data=None):
        super().__init__(data, auto_id=f"cancel{milestone.pk}_%s")


class DismissForm(forms.Form):
    """Why what is proposed is wrong."""

    reason = forms.CharField(
        label=_("Pourquoi ?"), max_length=240, error_messages={"required": _("Dites pourquoi elle est écartée.")}
    )

    def __init__(self, proposal: Proposal, data=None):
        super().__init__(data, auto_id=f"dismiss{proposal.pk}_%s")
