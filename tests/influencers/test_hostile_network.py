"""One instance says nonsense: its own posts bear it, nobody else's do."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from influencers import reconciling, tracking
from influencers.models import PledgeMode, Post, PostMetric, PostState
from tests.cast import make_account, make_case, make_influencer, make_pledge
from tests.influencers.scene import account_on, broadcast_of, run
from tests.network_servers import instance_that_says

pytestmark = pytest.mark.django_db


@pytest.fixture
def hostile(settings):
    """`hostile.says(method, part of the path, status, body)`: what the instance answers from then on."""

    class Hostile:
        answers: list = []

        def says(self, method, part, status, body):
            self.answers.insert(0, (method, part, status, json.dumps(body).encode()))

    said = Hostile()
    said.answers = []

    def answer(method, path):
        for its_method, part, status, body in said.answers:
            if method == its_method and part in path:
                return status, {}, body
        return 404, {}, b"{}"

    with instance_that_says(answer) as (server, _adapter):
        said.url = f"http://127.0.0.1:{server.server_address[1]}"
        settings.MASTODON_INSTANCES = [*settings.MASTODON_INSTANCES, said.url]
        yield said


@pytest.fixture
def posts(mastodon, hostile):
    """The hostile instance's post, due first, and an honest one's."""
    case = make_case()
    for influencer in (make_influencer("Hostile"), make_influencer("Honnête")):
        on_hostile = str(influencer) == "Hostile"
        account = (
            make_account(influencer, "mastodon", base_url=hostile.url)
            if on_hostile
            else account_on(mastodon, influencer)
        )
        make_pledge(influencer, account, case)
    made = broadcast_of(case).posts.order_by("pledge_id")
    Post.objects.filter(pk=made[0].pk).update(due_at=timezone.now() - timedelta(hours=1))
    return made


def settled(posts) -> list[str]:
    return list(posts.values_list("state", flat=True))


@pytest.mark.parametrize("body", [{"error": "a\0b"}, {"error": "x" * 100_000}])
def test_a_refusal_in_odd_bytes_is_a_refusal(mastodon, hostile, posts, body):
    hostile.says("POST", "statuses", 422, body)
    run(mastodon)
    assert settled(posts) == [PostState.FAILED, PostState.PUBLISHED]


@pytest.mark.parametrize("status", [{"id": "9" * 100}, {"id": None}, {}, [], {"id": "1", "url": ["x"]}])
def test_a_status_that_cannot_be_believed_is_in_doubt_and_holds_nobody_back(mastodon, hostile, posts, status):
    hostile.says("POST", "statuses", 200, status)
    hostile.says("GET", "statuses", 200, [status])
    run(mastodon)
    Post.objects.filter(pk=posts[1].pk).update(
        state=PostState.UNCONFIRMED, remote_id="", published_at=None, due_at=timezone.now()
    )
    reconciling.reconcile_due(timezone.now() + timedelta(minutes=3))
    assert settled(posts)[0] in (PostState.UNCONFIRMED, PostState.PUBLISHED)
    assert settled(posts)[1] == PostState.PUBLISHED


@pytest.mark.parametrize("status", [{"id": "1", "content": None}, {"id": "1"}, "rien", None])
def test_a_timeline_of_nonsense_proves_nothing(mastodon, hostile, posts, status):
    hostile.says("GET", "statuses", 200, [status])
    posts.update(state=PostState.UNCONFIRMED, due_at=timezone.now())
    reconciling.reconcile_due(timezone.now() + timedelta(minutes=3))
    assert settled(posts)[0] in (PostState.UNCONFIRMED, PostState.SCHEDULED)
    assert settled(posts)[1] == PostState.SCHEDULED, "proven absent from an honest timeline: it may leave again"


@pytest.mark.parametrize("likes", [-1, 3 * 10**9, "x", [1], {}])
def test_counters_that_count_nothing_are_unknown_and_the_others_are_read(mastodon, hostile, posts, likes):
    run(mastodon)
    now = timezone.now()
    Post.objects.filter(pk=posts[0].pk).update(
        state=PostState.PUBLISHED, remote_id="77", published_at=now, next_read_at=now - timedelta(hours=1), failure=""
    )
    hostile.says(
        "GET", "statuses", 200, [{"id": "77", "favourites_count": likes, "reblogs_count": 0, "replies_count": 0}]
    )
    tracking.read_due("mastodon", now + timedelta(minutes=1))
    assert PostMetric.objects.get(post=posts[0]).likes is None
    assert PostMetric.objects.get(post=posts[1]).likes == 0


def test_two_accounts_of_the_campaign_on_one_network_hold_no_repost_back(mastodon):
    case, influencer = make_case(), make_influencer()
    make_pledge(influencer, account_on(mastodon, influencer), case, mode=PledgeMode.REPOST, consented_text="")
    for _account in range(2):
        account_on(mastodon)
    made = broadcast_of(case)
    boosts_before = len(mastodon.ledger()["boosts"])  # the server serves every test of this process
    run(mastodon)
    assert settled(made.posts.all()) == [PostState.PUBLISHED] * 3
    assert len(mastodon.ledger()["boosts"]) == boosts_before + 1
