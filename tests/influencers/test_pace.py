"""Windows and waits: what each network allows per application, instance and account is kept to, its own word first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from influencers import allowances, claiming, clearing, settling
from influencers.models import Cooldown, Post, PostState
from influencers.networks import base
from tests.cast import make_influencer, make_pledge
from tests.influencers.scene import account_on, broadcast_of, run

pytestmark = pytest.mark.django_db


def pledged(network, case, number: int) -> list[Post]:
    for _person in range(number):
        influencer = make_influencer()
        make_pledge(influencer, account_on(network, influencer), case)
    return list(broadcast_of(case).posts.select_related("account").order_by("pk"))


def states(posts) -> list[str]:
    return sorted(Post.objects.filter(pk__in=[post.pk for post in posts]).values_list("state", flat=True))


@pytest.mark.parametrize("scope", ["app", "instance"])
def test_what_a_window_does_not_allow_waits_for_the_next_one(network, case, settings, scope):
    settings.NETWORK_PACE = {network.name: {scope: (2, 600)}}
    posts = pledged(network, case, 3)
    run(network)
    assert states(posts) == [PostState.PUBLISHED, PostState.PUBLISHED, PostState.SCHEDULED]
    (waiting,) = Post.objects.filter(state=PostState.SCHEDULED)
    assert timedelta(minutes=9) < waiting.due_at - timezone.now() < timedelta(minutes=12)
    assert waiting.attempts == 0


def test_an_accounts_window_holds_back_that_account_alone(sandbox_x, case, settings):
    settings.NETWORK_PACE = {"x": {"account": (1, 600)}}
    first, second = pledged(sandbox_x, case, 2)
    now = timezone.now()
    assert allowances.take([first, second], now) == {}
    assert allowances.take([first], now).keys() == {first.pk}
    assert allowances.take([first], now + timedelta(seconds=601)) == {}


def test_a_networks_word_wins_over_ours(sandbox_x, case, settings):
    settings.NETWORK_PACE = {"x": {"app": (1_000, 900)}}
    (post,) = pledged(sandbox_x, case, 1)
    now = timezone.now()
    allowances.heed(post, [base.Limit("app", 50, 0, now + timedelta(minutes=7))])
    assert timedelta(minutes=6) < allowances.take([post], now)[post.pk] <= timedelta(minutes=7)
    after = now + timedelta(minutes=8)
    taken = sum(not allowances.take([post], after) for _request in range(60))
    assert taken == 50, "the window that follows is as wide as the network said"


def test_a_word_that_was_said_before_our_last_requests_gives_none_back(sandbox_x, case, settings):
    settings.NETWORK_PACE = {"x": {"app": (3, 600)}}
    (post,) = pledged(sandbox_x, case, 1)
    now = timezone.now()
    allowances.heed(post, [base.Limit("app", 3, 3, now + timedelta(minutes=5))])
    for _request in range(3):
        assert allowances.take([post], now) == {}
    allowances.heed(post, [base.Limit("app", 3, 2, now + timedelta(minutes=5))])
    assert allowances.take([post], now)


def test_while_nobody_knows_what_is_allowed_nothing_leaves_and_nothing_is_lost(network, case, settings):
    (post,) = pledged(network, case, 1)
    there, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:9/0"
    run(network)
    post.refresh_from_db()
    assert (post.state, post.attempts) == (PostState.SCHEDULED, 0)
    settings.REDIS_URL = there
    Post.objects.update(due_at=timezone.now())
    run(network)
    assert states([post]) == [PostState.PUBLISHED]


@pytest.mark.parametrize("scope", ["app", "instance"])
def test_a_network_that_asks_all_of_us_to_wait_is_asked_nothing_until_then(network, case, scope):
    first, *others = pledged(network, case, 3)
    until = timezone.now() + timedelta(minutes=4)
    Post.objects.filter(pk=first.pk).move_to(PostState.CLAIMED, claim=first.pk, lease_until=until)
    first.refresh_from_db()
    settling.settle_error(first, base.RateLimited("doucement", scope, until), timezone.now())
    run(network)
    assert states([first, *others]) == [PostState.SCHEDULED] * 3
    Cooldown.objects.update(until=timezone.now())
    run(network)
    assert states(others) == [PostState.PUBLISHED] * 2


def test_the_last_look_asks_as_much_for_thirty_posts_as_for_two(sandbox_x, case, settings):
    settings.NETWORK_PACE = {}
    pledged(sandbox_x, case, 30)
    posts = claiming.claim("x", timezone.now())

    def questions(some) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert len(clearing.clear(some, timezone.now())) == len(some)
        return len(asked)

    assert questions(posts[:2]) == questions(posts[2:])


def test_one_process_of_a_machine_sends_for_a_network_at_a_time():
    def another() -> tuple[bool, bool]:
        try:
            with claiming.only_one("x") as on_x, claiming.only_one("mastodon") as on_mastodon:
                return on_x, on_mastodon
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with claiming.only_one("x") as mine:
            assert mine
            assert pool.submit(another).result() == (False, True)
        assert pool.submit(another).result() == (True, True)
