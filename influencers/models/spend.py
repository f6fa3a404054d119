"""What was paid to the networks: a ledger of calls, its running totals by month (in Paris), and the caps."""

from datetime import date, datetime

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Case
from i4emploi_site.lib.times import PARIS
from influencers import prices
from influencers.models.account import Network
from influencers.models.post import Post

HIGHEST_CAP = 100_000  # euros


def month_of(at: datetime) -> date:
    """The first day of the month that it is in Paris."""
    return at.astimezone(PARIS).date().replace(day=1)


class PaidCall(models.TextChoices):
    POST = prices.POST, _("publication sans lien")
    POST_WITH_URL = prices.POST_WITH_URL, _("publication avec un lien")
    REPOST = prices.REPOST, _("repost")
    POST_READ = prices.POST_READ, _("lecture de publications")
    USER_READ = prices.USER_READ, _("lecture de comptes")
    RECENT_COUNTS = prices.RECENT_COUNTS, _("comptage récent")


class Spend(models.Model):
    """Append-only: one paid call, or one batch of reads for a case. `refunded_at`: it turned out not to be billed.

    A post that is sent again, because its first request was not carried out, is paid for once.
    """

    network = models.CharField(_("réseau"), max_length=10, choices=Network)
    call = models.CharField(_("appel"), max_length=16, choices=PaidCall)
    units = models.PositiveIntegerField(_("unités"))
    micro_euros = models.PositiveBigIntegerField(_("montant en millionièmes d’euro"))
    case = models.ForeignKey(
        Case, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("dossier")
    )  # none: the platform's own
    post = models.ForeignKey(
        Post, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("publication")
    )
    at = models.DateTimeField(_("le"))
    month = models.DateField(_("mois"))
    refunded_at = models.DateTimeField(_("annulée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("appel payant")
        verbose_name_plural = _("appels payants")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["post"], condition=Q(refunded_at__isnull=True), name="post_paid_once")
        ]
        indexes = [models.Index(fields=["month", "case"], name="spend_by_month")]

    def __str__(self) -> str:
        return f"{self.get_network_display()} · {self.get_call_display()}"


class Budget(models.Model):
    """What one case spent in one month; without a case, what all of them and the platform itself spent together.

    `refused_at`: the first time in the month that a post was kept back because the cap did not allow it.
    """

    case = models.ForeignKey(Case, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("dossier"))
    month = models.DateField(_("mois"))
    micro_euros = models.PositiveBigIntegerField(_("montant en millionièmes d’euro"), default=0)
    refused_at = models.DateTimeField(_("plafond atteint le"), null=True, blank=True)

    class Meta:
        verbose_name = _("dépense du mois")
        verbose_name_plural = _("dépenses par mois")
        ordering = ["-month", models.F("case").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(fields=["case", "month"], nulls_distinct=False, name="budget_once_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.case or ''} {self.month:%Y-%m}".strip()


class CaseCap(models.Model):
    """Another cap than the usual one, for one case; the history of the desk keeps who set which, when and why."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    euros = models.PositiveIntegerField(_("plafond en euros par mois"), validators=[MaxValueValidator(HIGHEST_CAP)])
    reason = models.CharField(_("motif"), max_length=240)

    class Meta:
        verbose_name = _("plafond d’un dossier")
        verbose_name_plural = _("plafonds par dossier")

    def __str__(self) -> str:
        return str(self.case)
