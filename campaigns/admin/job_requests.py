from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns import divisions, holding, job_requests
from campaigns.admin.deciding import DecidingAdmin, RowDecision
from campaigns.forms.job_request import RefusalForm
from campaigns.models import JobRequest, JobRequestState


@admin.register(JobRequest)
class JobRequestAdmin(DecidingAdmin):
    """What job seekers want published, until a person has read it. Their mailbox is nowhere here."""

    when_empty = _("Ici viendront les demandes d’emploi dont l’adresse est confirmée, à relire avant de paraître.")
    list_display = ("code", "occupation", "commune", "shown_name", "state", "created_at")
    list_filter = ("state",)
    list_select_related = ("commune",)
    fields = (
        "code", "case", "occupation", "commune", "sector", "kilometres", "summary", "text", "shown_name",
        "to_read_again", "consent", "state", "created_at", "published_at", "expires_at", "reason", "decided_by",
    )  # fmt: skip
    open_states = (JobRequestState.WAITING, JobRequestState.PUBLISHED)
    decisions = {
        "publier": RowDecision(
            _("Publier pour 90 jours : la personne est prévenue"), _("La demande est publiée."),
            job_requests.publish, (job_requests.NotPossible,),
        ),
        "refuser": RowDecision(
            _("Refuser : elle ne paraîtra pas, la personne reçoit le motif"), _("La demande est refusée."),
            job_requests.refuse, (job_requests.NotPossible,), form=RefusalForm, grave=True,
        ),
        "retirer": RowDecision(
            _("Retirer : elle disparaît tout de suite, la personne reçoit le motif"), _("La demande est retirée."),
            job_requests.take_down, (job_requests.NotPossible,), form=RefusalForm, grave=True,
        ),
    }  # fmt: skip

    def decisions_for(self, row) -> dict[str, RowDecision]:
        offered = super().decisions_for(row)
        published = row.state == JobRequestState.PUBLISHED
        return {name: one for name, one in offered.items() if (name == "retirer") == published}

    def get_queryset(self, request):
        """What nobody confirmed may not be theirs who wrote it: it is not to be read yet."""
        return super().get_queryset(request).exclude(state=JobRequestState.UNCONFIRMED).defer("email")

    @admin.display(description=_("secteur"))
    def sector(self, row) -> str:
        return divisions.named(row.naf_division) if row.naf_division else ""

    @admin.display(description=_("à relire (procédure confidentielle ?)"))
    def to_read_again(self, row) -> str:
        return ", ".join(holding.words_in(row.occupation, row.summary, row.text, row.shown_name))
