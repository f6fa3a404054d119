"""When a post waits or is refused: tokens, caps, limits, several workers and several broadcasts at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from influencers import broadcasting, publishing, stopping
from influencers.models import Failure, Post, PostState
from tests.cast import make_case, make_influencer, make_moderator, make_pledge
from tests.influencers.scene import account_on, broadcast_of, received, run

pytestmark = pytest.mark.django_db


def test_a_refused_token_is_refreshed_and_a_dead_one_is_said(sandbox_x, case):
    influencer = make_influencer()
    account = account_on(sandbox_x, influencer)
    make_pledge(influencer, account, case)
    post = broadcast_of(case).posts.get()
    account.access_token, account.refresh_token = "mort", "mort aussi"
    account.save()
    run(sandbox_x)
    post.refresh_from_db()
    account.refresh_from_db()
    assert (post.state, post.failure) == (PostState.FAILED, Failure.AUTH)
    assert account.state == "revoked"


@pytest.mark.django_db(transaction=True)
def test_a_stop_that_comes_while_a_token_is_refreshed_is_obeyed(sandbox_x):
    case, influencer = make_case(), make_influencer()
    make_pledge(influencer, account_on(sandbox_x, influencer, expires_at=timezone.now()), case)
    post = broadcast_of(case).posts.get()
    refresh = sandbox_x.world.token

    def stop_then_refresh(form):
        stopping.stop(None, "trop tôt", broadcast=post.broadcast)
        connection.close()
        return refresh(form)

    sandbox_x.world.token = stop_then_refresh
    try:
        run(sandbox_x)
    finally:
        del sandbox_x.world.token
    post.refresh_from_db()
    assert (post.state, post.failure) == (PostState.CANCELLED, Failure.STOPPED)
    assert received(sandbox_x, post) == 0


@pytest.mark.django_db(transaction=True)
def test_two_broadcasts_scheduled_at_once_spend_a_pledge_once(sandbox_x):
    case, influencer, moderator = make_case(), make_influencer(), make_moderator()
    make_pledge(influencer, account_on(sandbox_x, influencer), case)
    account_on(sandbox_x)
    at = timezone.now() + timedelta(hours=1)
    made = [broadcasting.prepare(case, moderator, f"Texte {number} {{lien}}", at, 0) for number in range(6)]
    together = Barrier(len(made))

    def schedule(broadcast):
        try:
            together.wait(10)
            return broadcasting.schedule(broadcast, timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(len(made)) as pool:
        assert sorted(pool.map(schedule, made)) == [1, 1, 1, 1, 1, 2]
    assert Post.objects.filter(pledge__isnull=False).count() == 1


def test_a_post_in_doubt_counts_for_the_daily_cap(network):
    influencer = make_influencer(daily_cap=1)
    for _case in range(2):
        make_pledge(influencer, account_on(network, influencer), make_case())
    first, second = [broadcast_of(pledge.case).posts.get() for pledge in influencer.pledges.all()]
    Post.objects.filter(pk=first.pk).update(state=PostState.UNCONFIRMED)
    run(network)
    second.refresh_from_db()
    assert second.state == PostState.SCHEDULED
    assert second.due_at > timezone.now()


def test_a_rate_limit_waits_as_long_as_the_network_says(sandbox_x, case):
    influencer = make_influencer()
    make_pledge(influencer, account_on(sandbox_x, influencer), case)
    post = broadcast_of(case).posts.get()
    sandbox_x.fail("429")
    run(sandbox_x)
    post.refresh_from_db()
    assert post.state == PostState.SCHEDULED
    assert post.due_at > timezone.now()


def test_a_post_that_was_held_up_after_its_last_look_is_looked_at_again(network, case, settings):
    influencer = make_influencer()
    make_pledge(influencer, account_on(network, influencer), case)
    post = broadcast_of(case).posts.get()
    settings.LEAVES_WITHIN_SECONDS = -1
    run(network)
    post.refresh_from_db()
    assert (post.state, received(network, post)) == (PostState.SCHEDULED, 0)
    assert post.due_at < timezone.now() + timedelta(seconds=2)
    settings.LEAVES_WITHIN_SECONDS = 60
    Post.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    run(network)
    post.refresh_from_db()
    assert (post.state, received(network, post)) == (PostState.PUBLISHED, 1)


def test_the_daily_cap_moves_the_next_post_to_tomorrow(network):
    influencer = make_influencer(daily_cap=1)
    account = account_on(network, influencer)
    for case in (make_case(), make_case()):
        make_pledge(influencer, account, case)
        broadcast_of(case)
    run(network)
    states = sorted(Post.objects.values_list("state", flat=True))
    assert states == [PostState.PUBLISHED, PostState.SCHEDULED]
    waiting = Post.objects.get(state=PostState.SCHEDULED)
    assert waiting.due_at > timezone.now() + timedelta(hours=20)


def test_two_workers_never_claim_the_same_post(network, case):
    for _number in range(5):
        influencer = make_influencer()
        make_pledge(influencer, account_on(network, influencer), case)
    broadcast_of(case)
    first = publishing.claim(network.name, timezone.now())
    second = publishing.claim(network.name, timezone.now())
    assert len(first) == 5
    assert second == []
