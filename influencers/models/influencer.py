from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import DEPARTEMENTS

DEPARTEMENT_CHOICES = [(code, f"{code} {name}") for code, (name, region) in DEPARTEMENTS.items()]


class Influencer(models.Model):
    """A person who pledges their networks, and the limits that they set."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("personne"))
    public_name = models.CharField(_("nom public"), max_length=80)
    listed = models.BooleanField(_("figurer dans la liste publique des engagés"), default=False)
    departement = models.CharField(_("département"), max_length=3, blank=True, choices=DEPARTEMENT_CHOICES)
    daily_cap = models.PositiveSmallIntegerField(
        _("publications par jour, au plus"), default=2, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    quiet_from = models.TimeField(_("silence à partir de"), null=True, blank=True)  # Europe/Paris
    quiet_until = models.TimeField(_("silence jusqu’à"), null=True, blank=True)
    joined_at = models.DateTimeField(_("engagé depuis le"), auto_now_add=True)

    class Meta:
        verbose_name = _("influenceur")
        constraints = [
            models.CheckConstraint(
                name="influencer_quiet_hours_whole",
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                violation_error_message=_("Donnez le début et la fin des heures de silence, ou aucun des deux."),
            )
        ]

    def __str__(self) -> str:
        return self.public_name
