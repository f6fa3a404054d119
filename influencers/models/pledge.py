"""What an influencer agreed to: the exact words, for what, through which account, since and until when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import REGIONS, Case
from i4emploi_site.lib.codes import CODE_LENGTH
from influencers.models.account import NetworkAccount
from influencers.models.influencer import Influencer


class PledgeScope(models.TextChoices):
    CASE = "case", _("un dossier")
    REGION = "region", _("tous les dossiers d’une région")
    SECTOR = "sector", _("tous les dossiers d’un secteur")


class PledgeMode(models.TextChoices):
    OWN_WORDS = "own_words", _("mes propres mots")
    REPOST = "repost", _("reposter la publication de la campagne")


class PledgeQuerySet(models.QuerySet):
    def active(self) -> "PledgeQuerySet":
        return self.filter(withdrawn_at__isnull=True)

    def covering(self, case: Case) -> "PledgeQuerySet":
        """Active pledges to this case, to its region or to its sector (NAF division, first two digits)."""
        scope = Q(scope=PledgeScope.CASE, case=case)
        if case.commune:
            scope |= Q(scope=PledgeScope.REGION, region=case.commune.region)
        if case.naf_code:
            scope |= Q(scope=PledgeScope.SECTOR, sector=case.naf_code[:2])
        return self.active().filter(scope)


class Pledge(models.Model):
    """`consented_text` is the whole post; `{lien}` in it stands for the short link, and nothing else is ever added."""

    LINK_MARK = "{lien}"

    influencer = models.ForeignKey(Influencer, models.CASCADE, related_name="pledges", verbose_name=_("influenceur"))
    account = models.ForeignKey(NetworkAccount, models.CASCADE, related_name="pledges", verbose_name=_("compte"))
    scope = models.CharField(_("pour"), max_length=8, choices=PledgeScope, default=PledgeScope.CASE)
    case = models.ForeignKey(Case, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("dossier"))
    region = models.CharField(_("région"), max_length=3, blank=True, choices=list(REGIONS.items()))
    sector = models.CharField(_("secteur (division NAF)"), max_length=2, blank=True)
    mode = models.CharField(_("comment"), max_length=10, choices=PledgeMode, default=PledgeMode.OWN_WORDS)
    consented_text = models.TextField(_("texte exact"), max_length=1000, blank=True)
    consent_statement = models.TextField(_("accord donné"))  # the sentence shown beside the button
    consented_at = models.DateTimeField(_("donné le"))
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True, blank=True)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("engagement")
        ordering = ["-consented_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "case"],
                condition=Q(withdrawn_at__isnull=True, scope="case"),
                name="pledge_once_per_case",
            ),
            models.UniqueConstraint(
                fields=["account", "scope", "region", "sector"],
                condition=Q(withdrawn_at__isnull=True) & ~Q(scope="case"),
                name="pledge_once_per_region_or_sector",
            ),
            models.CheckConstraint(
                name="pledge_scope_has_its_target",
                condition=Q(scope="case", case__isnull=False, region="", sector="")
                | Q(scope="region", case__isnull=True, sector="") & ~Q(region="")
                | Q(scope="sector", case__isnull=True, region="") & ~Q(sector=""),
            ),
            models.CheckConstraint(
                name="pledge_own_words_has_text", condition=~Q(mode="own_words") | ~Q(consented_text="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.influencer} · {self.get_scope_display()}"

    @classmethod
    def shown(cls, text: str) -> str:
        """The text as its network will show it, with a link of the real form and length."""
        return text.replace(cls.LINK_MARK, f"{settings.SITE_URL}/r/{'x' * CODE_LENGTH}")
