"""What the tests of drills start from: engaged accounts, a broadcast ahead of them, the hour of its drills."""

from datetime import timedelta

from django.core import mail
from django.utils import timezone

from influencers import broadcasting, tasks
from influencers.models import Broadcast, DrillLine, NetworkAccount
from tests import cast
from tests.influencers.scene import account_on


def engage(network, case, name="Inès Engagée", **fields) -> NetworkAccount:
    influencer = cast.make_influencer(name)
    account = account_on(network, influencer, **{"followers_read_at": timezone.now()} | fields)
    cast.make_pledge(influencer, account, case)
    return account


def plan(case, **ahead) -> Broadcast:
    at = timezone.now() + timedelta(**ahead)
    made = broadcasting.prepare(case, cast.make_moderator(), "Meymac attend. {lien}", at, 0)
    broadcasting.schedule(made, timezone.now())
    return made


def bring(broadcast, **ahead) -> None:
    """The broadcast, and its posts, are so far away now."""
    at = timezone.now() + timedelta(**ahead)
    Broadcast.objects.filter(pk=broadcast.pk).update(at=at)
    broadcast.posts.update(due_at=at)


def drill(broadcast, **ahead) -> DrillLine | None:
    """What the drill of that hour finds, of the only account."""
    bring(broadcast, **ahead)
    tasks.drill_due()
    return DrillLine.objects.filter(drill__broadcast=broadcast).order_by("drill__hours_before").first()


def refused_from_now_on(network, account) -> None:
    """Its owner took the consent back on the network itself."""
    if network.name == "x":
        network.world.revoke(account.access_token)
    else:
        NetworkAccount.objects.filter(pk=account.pk).update(access_token="jeton-retire", refresh_token="jeton-retire")


def to(account) -> list:
    return [message for message in mail.outbox if message.to == [account.influencer.user.email]]
