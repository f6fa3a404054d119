from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.people import User


class CaseUpdate(models.Model):
    """News of a case, written by its team, shown on its page."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="updates")
    title = models.CharField(_("titre"), max_length=120)
    body = models.TextField(_("texte"), max_length=3000)
    source_url = models.URLField(_("lien"), max_length=500, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("publiée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("nouvelle")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.title
