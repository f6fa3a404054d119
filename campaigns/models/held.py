"""Texts that a person must read first, because they name a confidential procedure (art. L611-15 C. com.)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.people import User


class HeldState(models.TextChoices):
    PENDING = "pending", _("à relire")
    CLEARED = "cleared", _("autorisé")
    REFUSED = "refused", _("refusé")
    TAKEN_BACK = "back", _("retiré par son auteur")


class HeldText(models.Model):
    """An exact text, for an exact case: cleared once, it passes every door of that case; changed, it is another text."""

    case = models.ForeignKey(
        Case, models.CASCADE, null=True, blank=True, related_name="held_texts", verbose_name=_("dossier")
    )  # None: several
    digest = models.CharField(_("empreinte du texte"), max_length=64, editable=False)
    text = models.TextField(_("texte"))
    words = models.CharField(_("mots à relire"), max_length=200)
    door = models.CharField(_("écrit pour"), max_length=60)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("le"), auto_now_add=True)
    state = models.CharField(_("état"), max_length=8, choices=HeldState, default=HeldState.PENDING)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("décidé par")
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("texte retenu")
        verbose_name_plural = _("textes retenus")
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "digest"], nulls_distinct=False, name="held_text_once")]

    def __str__(self) -> str:
        return self.text[:80]
