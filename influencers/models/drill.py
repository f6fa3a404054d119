"""Readiness drills: before a broadcast, whether each account that is to post could."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Case
from influencers.models.broadcast import Broadcast, BroadcastState
from influencers.models.post import Delivery, Post

DRILL_HOURS = (72, 24, 1)  # before the broadcast begins
LAST_DRILL = min(DRILL_HOURS)


class Readiness(models.TextChoices):
    READY = "ready", _("prêt")
    EXPIRED = "expired", _("à reconnecter")
    CAPPED = "capped", _("au plafond du jour")
    SILENT = "silent", _("réseau qui ne répond pas")
    UNCLEAR = "unclear", _("réponse incomprise")
    LOCKED = "locked", _("verrouillé par son réseau")
    REFUSED = "refused", _("réseau fermé à la plateforme")


class DrillQuerySet(models.QuerySet):
    def due(self, now: datetime) -> "DrillQuerySet":
        """Their hour has come, by the broadcast's date as it stands now, and nobody is at work on them."""
        reached = Q()
        for hours in DRILL_HOURS:
            reached |= Q(hours_before=hours, broadcast__at__lte=now + timedelta(hours=hours))
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        wanted = Q(broadcast__state=BroadcastState.SCHEDULED, broadcast__case__in=Case.objects.running())
        return self.filter(reached, free, wanted, finished_at__isnull=True)


class Drill(models.Model):
    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="drills", verbose_name=_("diffusion"))
    hours_before = models.PositiveSmallIntegerField(
        _("heures avant"), choices=[(hours, hours) for hours in DRILL_HOURS]
    )
    at = models.DateTimeField(_("commencé le"), null=True, blank=True)
    lease_until = models.DateTimeField(_("réservé jusqu’au"), null=True, blank=True)  # then its worker is presumed dead
    finished_at = models.DateTimeField(_("fini le"), null=True, blank=True)
    told_at = models.DateTimeField(_("annoncé à l’équipe le"), null=True, blank=True)

    objects = DrillQuerySet.as_manager()

    class Meta:
        verbose_name = _("contrôle avant diffusion")
        verbose_name_plural = _("contrôles avant diffusion")
        ordering = ["broadcast", "-hours_before"]
        constraints = [
            models.UniqueConstraint(  # a broadcast that is moved is looked at again
                fields=["broadcast", "hours_before"], condition=Q(finished_at__isnull=True), name="drill_ahead_once"
            ),
            models.CheckConstraint(
                name="drill_told_once_finished", condition=Q(told_at__isnull=True) | Q(finished_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.broadcast} · {self.hours_before} h"

    @property
    def planned_at(self) -> datetime:
        return self.broadcast.at - timedelta(hours=self.hours_before)


class DrillLine(models.Model):
    """What one drill found of one post's account, and how the post was to leave from then on."""

    drill = models.ForeignKey(Drill, models.CASCADE, related_name="lines", verbose_name=_("contrôle"))
    post = models.ForeignKey(Post, models.CASCADE, related_name="drill_lines", verbose_name=_("publication"))
    verdict = models.CharField(_("verdict"), max_length=8, choices=Readiness)
    delivery = models.CharField(_("publiée comment"), max_length=4, choices=Delivery)
    fell_back = models.BooleanField(_("passée au lien en un geste"), default=False)
    followers = models.PositiveIntegerField(_("abonnés"), null=True, blank=True)  # None: unknown
    told_at = models.DateTimeField(_("personne prévenue le"), null=True, blank=True)

    class Meta:
        verbose_name = _("compte contrôlé")
        verbose_name_plural = _("comptes contrôlés")
        constraints = [models.UniqueConstraint(fields=["drill", "post"], name="drill_line_once")]

    def __str__(self) -> str:
        return f"{self.post.account} · {self.get_verdict_display()}"
