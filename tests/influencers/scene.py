"""What the tests of publishing start from: accounts on the networks, broadcasts that are due."""

from datetime import timedelta

from django.utils import timezone

from influencers import broadcasting, publishing
from influencers.models import Broadcast, Post
from tests.cast import make_account, make_moderator


def account_on(network, influencer=None, **fields):
    person = network.new_user(f"compte{Post.objects.count()}x{timezone.now().timestamp():.6f}".replace(".", ""))
    return make_account(
        influencer, network.name, base_url=network.url, remote_id=person.remote_id, access_token=person.access_token,
        refresh_token=person.refresh_token, **fields,
    )  # fmt: skip


def broadcast_of(case, now=None):
    """Scheduled a minute ago, so that everything in it is due."""
    made = broadcasting.prepare(case, make_moderator(), "Meymac attend. {lien}", timezone.now() + timedelta(hours=1), 0)
    broadcasting.schedule(made, timezone.now())
    a_minute_ago = timezone.now() - timedelta(minutes=1)
    Broadcast.objects.filter(pk=made.pk).update(at=a_minute_ago)
    Post.objects.filter(broadcast=made).update(due_at=a_minute_ago)
    return made


def run(network):
    publishing.publish_due(network.name)


def received(network, post) -> int:
    return sum(post.link.code in text for text in network.texts())
