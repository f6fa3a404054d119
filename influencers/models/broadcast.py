"""A broadcast (one text, one instant, one spread) and the stops that hold it back."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Case
from influencers.models.account import Network

FEWEST_IN_RESERVE, MOST_IN_RESERVE = 10, 50  # of a hundred pledges


class BroadcastState(models.TextChoices):
    DRAFT = "draft", _("en préparation")
    ARMED = "armed", _("en réserve")  # a reserve that waits for the last 48 hours; its `at` is when it was armed
    SCHEDULED = "scheduled", _("programmée")
    DONE = "done", _("terminée")
    CANCELLED = "cancelled", _("annulée")


class Broadcast(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    canonical_text = models.TextField(_("texte de la campagne"), max_length=1000)  # `{lien}` stands for the short link
    at = models.DateTimeField(_("à partir du"))
    spread_minutes = models.PositiveSmallIntegerField(
        _("étalée sur (minutes)"), default=60, validators=[MaxValueValidator(24 * 60)]
    )
    until = models.DateTimeField(_("rien ne part après le"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=10, choices=BroadcastState, default=BroadcastState.DRAFT)
    is_reserve = models.BooleanField(_("réserve des 48 dernières heures"), default=False)
    reserve_percent = models.PositiveSmallIntegerField(
        _("engagés gardés (%)"), null=True, blank=True,
        validators=[MinValueValidator(FEWEST_IN_RESERVE), MaxValueValidator(MOST_IN_RESERVE)],
    )  # fmt: skip
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("préparée par")
    )
    created_at = models.DateTimeField(_("préparée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("diffusion")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="armed"), name="broadcast_one_armed_per_case"),
            models.CheckConstraint(
                name="broadcast_reserve_has_its_share",
                condition=Q(is_reserve=False, reserve_percent__isnull=True) & ~Q(state="armed")
                | Q(is_reserve=True, reserve_percent__range=(FEWEST_IN_RESERVE, MOST_IN_RESERVE)) & ~Q(state="draft"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} · {self.at:%Y-%m-%d %H:%M}"


class BroadcastMove(models.Model):
    """Append-only: who moved a scheduled broadcast, from when to when, and how many posts went along."""

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="moves", verbose_name=_("diffusion"))
    moved_from = models.DateTimeField(_("du"))
    moved_to = models.DateTimeField(_("au"))
    posts = models.PositiveIntegerField(_("publications déplacées"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("par")
    )
    at = models.DateTimeField(_("le"), auto_now_add=True)

    class Meta:
        verbose_name = _("diffusion décalée")
        verbose_name_plural = _("diffusions décalées")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.broadcast_id} {self.moved_from:%Y-%m-%d %H:%M} → {self.moved_to:%Y-%m-%d %H:%M}"


class StopCause(models.TextChoices):
    """Why a network was stopped by itself: it answered that nothing more of ours will pass."""

    APP = "app", _("le réseau a suspendu l’application")
    CREDIT = "credit", _("le crédit du réseau est épuisé")


class StopQuerySet(models.QuerySet):
    def in_force(self) -> "StopQuerySet":
        return self.filter(lifted_at__isnull=True)


class Stop(models.Model):
    """Nothing is posted where a stop is in force: everywhere, on a network, for a case, a broadcast or one post."""

    network = models.CharField(_("réseau"), max_length=10, choices=Network, blank=True)
    case = models.ForeignKey(Case, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("dossier"))
    broadcast = models.ForeignKey(
        Broadcast, models.CASCADE, null=True, blank=True, related_name="stops", verbose_name=_("diffusion")
    )
    post = models.ForeignKey(
        "influencers.Post", models.CASCADE, null=True, blank=True, related_name="stops", verbose_name=_("publication")
    )
    reason = models.CharField(_("motif"), max_length=240)  # with a cause: the network's own answer
    cause = models.CharField(
        _("cause de l’arrêt"), max_length=6, choices=StopCause, blank=True
    )  # none: somebody stopped it
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par")
    )
    at = models.DateTimeField(_("le"), auto_now_add=True)
    lifted_at = models.DateTimeField(_("levé le"), null=True, blank=True)

    objects = StopQuerySet.as_manager()

    class Meta:
        verbose_name = _("arrêt")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                name="stop_has_one_scope",
                condition=Q(case__isnull=True, broadcast__isnull=True, post__isnull=True)
                | Q(network="", broadcast__isnull=True, post__isnull=True)
                | Q(network="", case__isnull=True, post__isnull=True)
                | Q(network="", case__isnull=True, broadcast__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["network"], condition=~Q(cause="") & Q(lifted_at__isnull=True), name="stop_by_itself_once"
            ),
        ]

    def __str__(self) -> str:
        return self.shown_reason

    @property
    def shown_reason(self) -> str:
        return self.get_cause_display() if self.cause else self.reason

    @property
    def is_for_all(self) -> bool:
        """Everywhere, or everything on one network."""
        return not (self.case_id or self.broadcast_id or self.post_id)
