"""Until when a network asked us to wait: for the whole application, or for one instance."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from influencers.models.account import Network


class Cooldown(models.Model):
    """`base_url` is empty when the whole application must wait. One account's own wait is its posts' `due_at`."""

    network = models.CharField(_("réseau"), max_length=10, choices=Network)
    base_url = models.URLField(_("instance"), blank=True)
    until = models.DateTimeField(_("jusqu’au"))

    class Meta:
        verbose_name = _("attente demandée par un réseau")
        constraints = [models.UniqueConstraint(fields=["network", "base_url"], name="cooldown_once")]

    def __str__(self) -> str:
        return f"{self.base_url or self.network} {self.until:%H:%M:%S}"
