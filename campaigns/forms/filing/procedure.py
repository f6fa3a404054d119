from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Case, Stage

UNKNOWN = "unknown"
GROUPS = (
    (_("Le tribunal a rendu un jugement"), (
        Stage.SAUVEGARDE, Stage.REDRESSEMENT, Stage.LIQUIDATION_POURSUITE, Stage.LIQUIDATION,
    )),
    (_("Rien n’est jugé"), (Stage.ALERTE, Stage.FERMETURE_ANNONCEE)),
    (_("Une négociation confidentielle"), (Stage.MANDAT_AD_HOC, Stage.CONCILIATION)),
    (_("Après la procédure"), (Stage.PLAN_CESSION, Stage.PLAN_REDRESSEMENT, Stage.CLOTURE)),
)  # fmt: skip


class ProcedureForm(forms.Form):
    stage = forms.ChoiceField(
        label=_("Où en est la procédure ?"), widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse, ou « Je ne sais pas ».")},
        choices=[
            (UNKNOWN, _("Je ne sais pas")),
            *((title, [(stage.value, stage.label) for stage in stages]) for title, stages in GROUPS),
        ],
    )  # fmt: skip
    court = forms.CharField(
        label=_("Quel tribunal ?"),
        max_length=120,
        required=False,
        help_text=_("Par exemple : tribunal de commerce de Brive."),
    )
    practitioner = forms.CharField(
        label=_("À qui les offres s’adressent-elles ?"), max_length=200, required=False,
        help_text=_("L’administrateur ou le liquidateur judiciaire, et où lui écrire."),
    )  # fmt: skip

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)
        if case.filing_step > 3 and not case.stage:
            self.initial["stage"] = UNKNOWN

    def clean_stage(self) -> str:
        stage = self.cleaned_data["stage"]
        return "" if stage == UNKNOWN else stage
