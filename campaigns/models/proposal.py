"""What a rule or the gazette suggests: nothing changes until a person accepts it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case, Stage
from campaigns.models.milestone import MilestoneKind
from campaigns.models.notice import Notice
from campaigns.models.people import User


class ProposalOrigin(models.TextChoices):
    CLOCK = "clock", _("calculée")
    GAZETTE = "gazette", _("lue au Bodacc")


class ProposalKind(models.TextChoices):
    STAGE = "stage", _("changer d’étape")
    MILESTONE = "milestone", _("ajouter une échéance")
    LOOK_AGAIN = "look_again", _("relire")


class ProposalState(models.TextChoices):
    PENDING = "pending", _("attend une personne")
    ACCEPTED = "accepted", _("acceptée")
    DISMISSED = "dismissed", _("écartée")
    WITHDRAWN = "withdrawn", _("devenue sans objet")


class ProposalQuerySet(models.QuerySet):
    def pending(self) -> "ProposalQuerySet":
        return self.filter(state=ProposalState.PENDING)


class Proposal(models.Model):
    """What a rule or the gazette suggests for a case. It changes nothing until a person accepts it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="proposals", verbose_name=_("dossier"))
    origin = models.CharField(_("d’où elle vient"), max_length=8, choices=ProposalOrigin)
    kind = models.CharField(_("ce qu’elle propose"), max_length=12, choices=ProposalKind)
    key = models.CharField(
        _("clé de la proposition"), max_length=120, editable=False
    )  # what is proposed and from what: the same is never proposed twice
    stage = models.CharField(_("étape"), max_length=24, choices=Stage, blank=True)
    milestone_kind = models.CharField(_("échéance"), max_length=24, choices=MilestoneKind, blank=True)
    at = models.DateTimeField(_("date et heure (Paris)"), null=True, blank=True)
    article = models.CharField(_("règle"), max_length=60, blank=True)
    why = models.CharField(_("pourquoi"), max_length=400)
    notice = models.ForeignKey(
        Notice, models.SET_NULL, null=True, blank=True, related_name="proposals", verbose_name=_("annonce du Bodacc")
    )
    state = models.CharField(_("état"), max_length=10, choices=ProposalState, default=ProposalState.PENDING)
    made_at = models.DateTimeField(_("faite le"), auto_now_add=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("décidé par")
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True, blank=True, editable=False)
    reason = models.TextField(_("motif"), max_length=3000, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposition")
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="proposal_once"),
            models.CheckConstraint(
                name="proposal_says_what",
                condition=Q(kind="stage") & ~Q(stage="")
                | Q(kind="milestone", at__isnull=False) & ~Q(milestone_kind="")
                | Q(kind="look_again"),
            ),
            models.CheckConstraint(
                name="proposal_decision_is_dated",
                condition=Q(state="pending", decided_at__isnull=True)
                | ~Q(state="pending") & Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.why
