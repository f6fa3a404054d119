"""Accounts on networks, their sealed tokens, and the apps registered with each instance."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from i4emploi_site.lib.vault import SealedField
from influencers.models.influencer import Influencer


class Network(models.TextChoices):
    X = "x", "X"
    MASTODON = "mastodon", "Mastodon"
    BLUESKY = "bluesky", "Bluesky"


class AccountState(models.TextChoices):
    CONNECTED = "connected", _("connecté")
    EXPIRED = "expired", _("à reconnecter")
    REVOKED = "revoked", _("déconnecté")


class NetworkApp(models.Model):
    """Our registration with one Mastodon instance (`POST /api/v1/apps`)."""

    network = models.CharField(_("réseau"), max_length=10, choices=Network)
    base_url = models.URLField(_("instance"))
    client_id = models.CharField(_("identifiant de l’application"), max_length=200)
    client_secret = SealedField(_("secret de l’application"))

    class Meta:
        verbose_name = _("application enregistrée")
        constraints = [models.UniqueConstraint(fields=["network", "base_url"], name="app_once_per_instance")]

    def __str__(self) -> str:
        return self.base_url


class NetworkAccountQuerySet(models.QuerySet):
    def connected(self) -> "NetworkAccountQuerySet":
        return self.filter(state=AccountState.CONNECTED)

    def of_campaign(self) -> "NetworkAccountQuerySet":
        """The platform's own accounts: they carry the canonical posts."""
        return self.filter(influencer__isnull=True)


class NetworkAccount(models.Model):
    influencer = models.ForeignKey(
        Influencer, models.CASCADE, null=True, blank=True, related_name="accounts", verbose_name=_("influenceur")
    )
    network = models.CharField(_("réseau"), max_length=10, choices=Network)
    base_url = models.URLField(_("instance"))
    remote_id = models.CharField(_("identifiant sur le réseau"), max_length=200)
    handle = models.CharField(_("compte"), max_length=120)
    state = models.CharField(_("état"), max_length=10, choices=AccountState, default=AccountState.CONNECTED)
    followers = models.PositiveIntegerField(_("abonnés"), null=True, blank=True)  # None: unknown
    followers_read_at = models.DateTimeField(_("abonnés relevés le"), null=True, blank=True)
    access_token = SealedField(_("jeton d’accès"))
    refresh_token = SealedField(_("jeton de renouvellement"))
    expires_at = models.DateTimeField(_("accès jusqu’au"), null=True, blank=True, editable=False)
    scopes = models.CharField(_("droits donnés"), max_length=200, blank=True, editable=False)
    connected_at = models.DateTimeField(_("connecté le"), auto_now_add=True)

    objects = NetworkAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("compte de réseau")
        verbose_name_plural = _("comptes de réseau")
        constraints = [
            models.UniqueConstraint(fields=["network", "base_url", "remote_id"], name="account_once"),
            models.CheckConstraint(
                name="account_connected_has_token", condition=~Q(state="connected") | ~Q(access_token="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handle} · {self.get_network_display()}"
