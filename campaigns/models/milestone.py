"""The court clock: dated milestones, who set them, how sure they are, how often they moved."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.document import Document
from campaigns.models.people import User


class MilestoneKind(models.TextChoices):
    DLDO = "dldo", _("Date limite de dépôt des offres")
    AMELIORATION = "amelioration", _("Fin d’amélioration des offres")
    AUDIENCE = "audience", _("Audience d’examen des offres")
    DELIBERE = "delibere", _("Délibéré")
    FIN_OBSERVATION = "fin_observation", _("Fin de la période d’observation")
    FIN_MAINTIEN = "fin_maintien", _("Fin du maintien d’activité")
    CESSATION_PAIEMENTS = "cessation_paiements", _("Date de cessation des paiements")
    RECHERCHE_REPRENEUR = "recherche_repreneur", _("Fin de la recherche d’un repreneur (loi Florange)")
    DEMANTELEMENT = "demantelement", _("Démantèlement annoncé")


# After the first of these that is still to come, a campaign changes nothing more: offers are closed, the court has heard
# them or, where no court sits, the search for a buyer is over and the machines leave.
DECISIVE = (
    MilestoneKind.DLDO,
    MilestoneKind.AUDIENCE,
    MilestoneKind.RECHERCHE_REPRENEUR,
    MilestoneKind.DEMANTELEMENT,
)


class Authority(models.TextChoices):
    ADMINISTRATEUR = "administrateur", _("administrateur judiciaire")
    TRIBUNAL = "tribunal", _("tribunal")
    MANDATAIRE = "mandataire", _("mandataire ou liquidateur judiciaire")
    PRESSE = "presse", _("presse")
    DECLARANT = "declarant", _("déclarant")
    LOI = "loi", _("la loi (date calculée)")


class Confidence(models.TextChoices):
    CONFIRMED = "confirmed", _("confirmée")
    ANNOUNCED = "announced", _("annoncée, à confirmer")
    ESTIMATED = "estimated", _("estimée")


class MilestoneQuerySet(models.QuerySet):
    def standing(self) -> "MilestoneQuerySet":
        """The dates that hold: a cancelled one stays on record and in calendars, nowhere else."""
        return self.filter(cancelled_at__isnull=True)

    def seen_by_the_public(self, case: Case) -> "MilestoneQuerySet":
        """The dates of the case's page, with those that were cancelled after it was published."""
        if case.published_at is None:
            return self.standing()
        return self.filter(Q(cancelled_at__isnull=True) | Q(cancelled_at__gte=case.published_at))

    def change(self, **changes) -> int:
        """Each change counts for calendars. How many rows it took."""
        return self.update(**{"sequence": F("sequence") + 1, "updated_at": timezone.now()} | changes)

    def cancel(self, reason: str) -> int:
        return self.change(cancelled_at=timezone.now(), cancelled_reason=reason)

    def upcoming(self, now) -> "MilestoneQuerySet":
        return self.standing().filter(at__gt=now).order_by("at")

    def decisive(self, now) -> "Milestone | None":
        """The date that the campaign works towards: the limit for offers while it is ahead, else the hearing, and so on."""
        coming = self.upcoming(now).filter(kind__in=DECISIVE)
        return min(coming, key=lambda milestone: DECISIVE.index(milestone.kind), default=None)


class Milestone(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="milestones", verbose_name=_("dossier"))
    kind = models.CharField(_("échéance"), max_length=24, choices=MilestoneKind)
    at = models.DateTimeField(_("date et heure (Paris)"))
    authority = models.CharField(_("fixée par"), max_length=16, choices=Authority, default=Authority.DECLARANT)
    confidence = models.CharField(_("certitude"), max_length=12, choices=Confidence, default=Confidence.ANNOUNCED)
    source_label = models.CharField(_("source"), max_length=120, blank=True)
    source_url = models.URLField(_("lien de la source"), max_length=500, blank=True)
    note = models.CharField(_("précision"), max_length=200, blank=True)
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("pièce")
    )
    rests_on = models.ForeignKey(  # the date that this one is computed from: it falls when that one moves
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="computed",
        verbose_name=_("calculée depuis"),
    )  # fmt: skip
    sequence = models.PositiveIntegerField(
        _("numéro de version"), default=0, editable=False
    )  # SEQUENCE of RFC 5545: one more for each change
    cancelled_at = models.DateTimeField(_("annulée le"), null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(_("pourquoi"), max_length=240, blank=True, editable=False)
    updated_at = models.DateTimeField(_("modifiée le"), auto_now=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("échéance")
        ordering = ["at"]
        indexes = [models.Index(fields=["case", "at"], name="milestone_case_at")]
        constraints = [
            models.CheckConstraint(
                name="milestone_cancelled_for_a_reason",
                condition=models.Q(cancelled_at__isnull=True, cancelled_reason="")
                | models.Q(cancelled_at__isnull=False) & ~models.Q(cancelled_reason=""),
                violation_error_message=_("Une échéance annulée dit pourquoi."),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def moves(self) -> "list[Postponement]":
        """Reads the prefetched postponements where there are some."""
        return [change for change in self.postponements.all() if change.is_move]

    @property
    def last_postponement(self) -> "Postponement | None":
        return max(self.moves, key=lambda moved: moved.pk, default=None)


class Postponement(models.Model):
    """Append-only: a milestone moved (a *sursis* is one), why, and on whose word; or, from a date to the same, it was said
    better who set it, how sure it is and how one knows.
    """

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="postponements", verbose_name=_("échéance"))
    from_at = models.DateTimeField(_("ancienne date"))
    to_at = models.DateTimeField(_("nouvelle date"))
    reason = models.CharField(_("motif"), max_length=240)  # of a move; empty otherwise
    source_label = models.CharField(_("source"), max_length=120, blank=True)
    source_url = models.URLField(_("lien de la source"), max_length=500, blank=True)
    said_before = models.JSONField(
        _("ce qu’elle disait avant"), default=dict, editable=False
    )  # of the former date: columns of the milestone
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("enregistré le"), auto_now_add=True)

    class Meta:
        verbose_name = _("report")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.reason

    @property
    def is_move(self) -> bool:
        return self.from_at != self.to_at

    @property
    def grounds_before(self) -> str:
        """« presse · annoncée, à confirmer »: choices alone, which name nobody."""
        said = Milestone(**self.said_before)
        return f"{said.get_authority_display()} · {said.get_confidence_display()}" if self.said_before else ""

    @property
    def words_before(self) -> str:
        """With the source and what else was written: for those who work on the case."""
        written = (self.said_before.get(name) for name in ("source_label", "source_url", "note"))
        return " · ".join(part for part in (self.grounds_before, *written) if part)


class ClockAlert(models.Model):
    """Append-only: the warning that was sent before a milestone, once for each threshold of each date that it had."""

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="alerts", verbose_name=_("échéance"))
    at = models.DateTimeField(_("le"))  # the milestone's instant when it was sent: a postponement makes new warnings
    threshold = models.CharField(_("seuil"), max_length=4)  # 30d, 7d, 2d, 24h
    sent_at = models.DateTimeField(_("envoyée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("alerte d’échéance")
        constraints = [models.UniqueConstraint(fields=["milestone", "at", "threshold"], name="clock_alert_once")]

    def __str__(self) -> str:
        return f"{self.milestone} · {self.threshold}"
