from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

MODERATORS = "Modération"
# A moderator deletes nothing but a fact that should never have been written; leads and people are not theirs to read.
THEY_MAY = {
    "case": ["view", "change"],
    "fact": ["view", "add", "change", "delete"],
    "milestone": ["view", "add", "change"],
    "caseupdate": ["view"],
    "textversion": ["view"],
    "postponement": ["view"],
    "casetransition": ["view"],
    "commune": ["view"],
    "shortlink": ["view"],
    "notice": ["view"],
    "proposal": ["view", "change"],
    "radaropening": ["view", "change"],
    "heldtext": ["view", "change"],
    "reply": ["view", "change"],
    "jobrequest": ["view", "change"],
    "actorcontact": ["view", "add", "change"],
    "townhallcheck": ["view"],
}


def give_moderators(rights: dict[str, list[str]], app_label: str, using: str) -> None:
    """Adds rights ({model: [actions]}) to the moderators' group; running it again changes nothing."""
    from django.contrib.auth.models import Group, Permission

    codenames = [f"{action}_{model}" for model, actions in rights.items() for action in actions]
    group, _made = Group.objects.using(using).get_or_create(name=MODERATORS)
    permissions = Permission.objects.using(using).filter(content_type__app_label=app_label, codename__in=codenames)
    group.permissions.add(*permissions)


def give_moderators_their_rights(sender, using, **kwargs) -> None:
    """After each migration, because permissions exist only then."""
    give_moderators(THEY_MAY, "campaigns", using)


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Dossiers et public")

    def ready(self) -> None:
        post_migrate.connect(give_moderators_their_rights, sender=self, dispatch_uid="campaigns.moderators")
