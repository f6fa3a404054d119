from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from campaigns.apps import give_moderators

# Moderators stop what must stop and look at what was agreed; tokens are on no page.
THEY_MAY = {
    "stop": ["view", "add", "change"],
    "broadcast": ["view"],
    "post": ["view"],
    "pledge": ["view"],
    "influencer": ["view"],
    "networkaccount": ["view"],
    "budget": ["view"],
    "casecap": ["view", "add", "change"],
}


def give_moderators_their_rights(sender, using, **kwargs) -> None:
    """After each migration, because permissions exist only then."""
    give_moderators(THEY_MAY, "influencers", using)


class InfluencersConfig(AppConfig):
    name = "influencers"
    verbose_name = _("Influenceurs")

    def ready(self) -> None:
        post_migrate.connect(give_moderators_their_rights, sender=self, dispatch_uid="influencers.moderators")
