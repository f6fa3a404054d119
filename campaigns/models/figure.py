"""The read model of every public number, written only by `campaigns.figures`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case


class CaseFigures(models.Model):
    """Counters of one case, moved by deltas in the transaction that stores their cause."""

    case = models.OneToOneField(
        Case, models.CASCADE, primary_key=True, related_name="figures", verbose_name=_("dossier")
    )
    pledges = models.PositiveIntegerField(_("engagements"), default=0)
    pledged_reach = models.PositiveBigIntegerField(_("abonnés visés"), default=0)
    posts_published = models.PositiveIntegerField(_("publications"), default=0)
    posts_measured = models.PositiveIntegerField(_("publications dont l’audience est mesurée"), default=0)
    delivered = models.PositiveBigIntegerField(_("vues mesurées"), null=True)  # None: no network has said yet
    clicks = models.PositiveBigIntegerField(_("clics humains"), default=0)
    clicks_excluded = models.PositiveBigIntegerField(_("robots, aperçus et répétitions"), default=0)
    leads = models.PositiveIntegerField(_("pistes de repreneurs"), default=0)
    read_at = models.DateTimeField(_("relevé le"), null=True)
    updated_at = models.DateTimeField(_("modifiés le"), auto_now=True)

    class Meta:
        verbose_name = _("chiffres du dossier")

    def __str__(self) -> str:
        return str(self.case)


class FigurePoint(models.Model):
    """The figures of a case at the end of an hour: the series behind the chart."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="figure_points", verbose_name=_("dossier"))
    hour = models.DateTimeField(_("heure"))
    pledged_reach = models.PositiveBigIntegerField(_("abonnés visés"))
    delivered = models.PositiveBigIntegerField(_("vues mesurées"), null=True)
    clicks = models.PositiveBigIntegerField(_("clics humains"))

    class Meta:
        verbose_name = _("point de courbe")
        ordering = ["hour"]
        constraints = [models.UniqueConstraint(fields=["case", "hour"], name="figure_point_once_an_hour")]

    def __str__(self) -> str:
        return f"{self.case} {self.hour:%Y-%m-%d %H h}"
