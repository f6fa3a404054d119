"""What the tests of posts that a person publishes by hand start from."""

from datetime import timedelta

from django.utils import timezone

from influencers import broadcasting, tasks
from influencers.models import Broadcast, PledgeMode, Post, PostState
from influencers.networks.base import Credentials, Intent
from tests.cast import make_influencer, make_moderator, make_pledge
from tests.influencers.scene import account_on


def pledged_by_hand(network, case, mode=PledgeMode.OWN_WORDS, name="Inès Engagée", **fields):
    words = {} if mode == PledgeMode.OWN_WORDS else {"consented_text": ""}
    influencer = make_influencer(name)
    return make_pledge(influencer, account_on(network, influencer, **fields), case, mode=mode, **words)


def scheduled(case, hours=3) -> Broadcast:
    at = timezone.now() + timedelta(hours=hours)
    made = broadcasting.prepare(case, make_moderator(), "Meymac attend. {lien}", at, 0)
    broadcasting.schedule(made, timezone.now())
    return made


def offered(case) -> list[Post]:
    """The pledged posts of a broadcast, whose moment has come."""
    made = scheduled(case)
    Post.objects.filter(broadcast=made).update(due_at=timezone.now() - timedelta(seconds=1))
    tasks.offer_taps()
    return list(Post.objects.filter(broadcast=made, state=PostState.OFFERED).order_by("pk"))


def by_hand(network, post: Post):
    """The person does what they agreed to, without us."""
    mine = Credentials(post.account.access_token, remote_id=post.account.remote_id)
    sent = Post.objects.get(pk=post.pk).first_sent_at  # what we sent ourselves bears the name that we gave it
    key, at = str(post.pk), sent or timezone.now()
    canonical = post.canonical()
    if canonical:
        return network.adapter.publish(
            mine, Intent(key, at=at, repost_of=canonical.remote_id, repost_url=canonical.remote_url)
        )
    return network.adapter.publish(mine, Intent(key, post.text, at=at))
