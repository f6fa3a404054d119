from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """A mail that one person gets once about one thing; until `tell_from` a worker holds it."""

    about = models.CharField(_("à propos de"), max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("personne"))
    tell_from = models.DateTimeField(_("à envoyer à partir du"))
    told_at = models.DateTimeField(_("envoyé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("avis envoyé")
        verbose_name_plural = _("avis envoyés")
        constraints = [models.UniqueConstraint(fields=["about", "user"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.about} · {self.user}"
