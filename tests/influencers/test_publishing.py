"""From a scheduled broadcast to what the networks received: once each, exactly what was agreed, or not at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import figures
from campaigns.models import CaseStatus
from influencers import (
    broadcasting,
    publishing,
    reconciling,
    stopping,
    tracking,
)
from influencers.models import (
    BroadcastState,
    Delivery,
    Failure,
    Pledge,
    PledgeMode,
    Post,
    PostMetric,
    PostState,
)
from tests.cast import make_influencer, make_moderator, make_pledge
from tests.influencers.scene import account_on, broadcast_of, received, run

pytestmark = pytest.mark.django_db


def test_a_due_post_is_published_once_with_exactly_the_consented_text(network, post):
    run(network)
    run(network)
    post.refresh_from_db()
    assert post.state == PostState.PUBLISHED
    assert post.remote_id
    assert received(network, post) == 1
    if network.name == "x":
        assert network.texts() == [post.pledge.consented_text.replace(Pledge.LINK_MARK, post.link.url)]
    assert figures.of(post.case).posts_published == 1
    post.broadcast.refresh_from_db()
    assert post.broadcast.state == BroadcastState.DONE


def test_a_withdrawn_pledge_is_never_posted(network, post):
    Pledge.objects.filter(pk=post.pledge_id).update(withdrawn_at=timezone.now())
    run(network)
    post.refresh_from_db()
    assert (post.state, post.failure) == (PostState.CANCELLED, Failure.WITHDRAWN)
    assert received(network, post) == 0


def test_words_that_were_not_agreed_are_never_posted(network, post):
    Post.objects.filter(pk=post.pk).update(text="Autre chose " + post.link.url)
    run(network)
    post.refresh_from_db()
    assert post.state == PostState.CANCELLED
    assert received(network, post) == 0


@pytest.mark.parametrize("scope", ["everywhere", "network", "case"])
def test_a_stop_holds_the_post_until_it_is_lifted(network, post, scope):
    where = {"everywhere": {}, "network": {"network": network.name}, "case": {"case": post.case}}[scope]
    held = stopping.stop(make_moderator(), "erreur dans la date", **where)
    run(network)
    assert received(network, post) == 0
    stopping.lift(held)
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now())
    run(network)
    assert received(network, post) == 1


def test_a_stopped_broadcast_never_goes_on(network, post):
    stopping.stop(make_moderator(), "annulée", broadcast=post.broadcast)
    run(network)
    post.refresh_from_db()
    assert (post.state, post.failure) == (PostState.CANCELLED, Failure.STOPPED)
    assert received(network, post) == 0


def test_a_date_that_moved_is_obeyed(network, post):
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now() + timedelta(hours=3))
    run(network)
    assert received(network, post) == 0


def test_nothing_is_posted_about_a_case_that_is_held(network, post):
    type(post.case).objects.filter(pk=post.case_id).update(status=CaseStatus.HELD)
    run(network)
    post.refresh_from_db()
    assert (post.state, post.failure) == (PostState.CANCELLED, Failure.CASE_CLOSED)
    assert received(network, post) == 0


def test_a_network_that_answers_500_is_asked_before_it_is_sent_again(network, post):
    network.fail("500")
    run(network)
    post.refresh_from_db()
    assert post.state == PostState.UNCONFIRMED
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    post.refresh_from_db()
    assert post.state == PostState.SCHEDULED, "proven absent: may go again"
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now())
    run(network)
    assert received(network, post) == 1


def test_a_post_created_before_the_connection_dropped_is_not_sent_twice(sandbox_x, case):
    influencer = make_influencer()
    make_pledge(influencer, account_on(sandbox_x, influencer), case)
    post = broadcast_of(case).posts.get()
    sandbox_x.fail("created-then-drop")
    run(sandbox_x)
    post.refresh_from_db()
    assert post.state == PostState.UNCONFIRMED
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    run(sandbox_x)
    post.refresh_from_db()
    assert post.state == PostState.PUBLISHED
    assert received(sandbox_x, post) == 1


def test_what_is_too_late_is_never_posted(network, post):
    type(post.broadcast).objects.filter(pk=post.broadcast_id).update(until=timezone.now() - timedelta(seconds=1))
    run(network)
    post.refresh_from_db()
    assert (post.state, received(network, post)) == (PostState.EXPIRED, 0)


def test_one_post_is_stopped_and_the_others_leave(network, case):
    posts = []
    for name in ("Inès", "Omar"):
        influencer = make_influencer(name)
        make_pledge(influencer, account_on(network, influencer), case)
    posts = list(broadcast_of(case).posts.order_by("pledge_id"))
    stopping.stop(make_moderator(), "ce texte contient une erreur", post=posts[0])
    run(network)
    assert [received(network, one) for one in posts] == [0, 1]
    posts[0].refresh_from_db()
    assert (posts[0].state, posts[0].failure) == (PostState.CANCELLED, Failure.STOPPED)


def test_a_repost_waits_for_the_campaigns_own_post(network, case):
    account_on(network)
    influencer = make_influencer()
    make_pledge(influencer, account_on(network, influencer), case, mode=PledgeMode.REPOST, consented_text="")
    made = broadcast_of(case)
    made.posts.filter(kind="canonical").update(due_at=timezone.now() + timedelta(hours=1))
    run(network)
    assert made.posts.get(kind="repost").state == PostState.SCHEDULED
    made.posts.filter(kind="canonical").update(due_at=timezone.now())
    run(network)
    run(network)
    assert set(made.posts.values_list("state", flat=True)) == {PostState.PUBLISHED}


def test_pledged_x_accounts_get_a_tap_link_unless_the_operator_may_post(sandbox_x, case, settings, mailoutbox):
    settings.X_PLEDGES_BY_API = False
    influencer = make_influencer()
    make_pledge(influencer, account_on(sandbox_x, influencer), case)
    account_on(sandbox_x)
    made = broadcast_of(case)
    assert made.posts.get(kind="canonical").delivery == Delivery.API
    run(sandbox_x)
    assert [publishing.offer_taps(timezone.now()) for _time in range(2)] == [1, 0]
    offered = made.posts.get(state=PostState.OFFERED)
    assert offered.delivery == Delivery.TAP
    assert received(sandbox_x, offered) == 0


def test_scheduling_twice_makes_the_posts_once(network, post):
    assert broadcasting.schedule(post.broadcast, timezone.now() - timedelta(days=1)) == 0
    assert post.broadcast.posts.count() == 1


def test_readings_move_the_figures_by_what_changed(network, post):
    run(network)
    first, later = timezone.now() + timedelta(seconds=1), timezone.now() + timedelta(minutes=20)
    assert tracking.read_due(network.name, first) == 1
    Post.objects.filter(pk=post.pk).update(next_read_at=first)
    assert tracking.read_due(network.name, later) == 1
    post.refresh_from_db()
    assert PostMetric.objects.filter(post=post).count() == 2
    shown = figures.of(post.case)
    assert shown.delivered == post.impressions
    if network.name == "mastodon":
        assert shown.delivered is None, "Mastodon tells no displays: unknown, never 0"


def test_a_pledge_serves_once_for_a_case_however_many_broadcasts(network, case):
    influencer = make_influencer()
    make_pledge(influencer, account_on(network, influencer), case)
    account_on(network)
    assert broadcast_of(case).posts.count() == 2
    assert [post.pledge for post in broadcast_of(case).posts.all()] == [None], "the campaign's own post only"


def test_a_post_in_doubt_when_its_broadcast_was_stopped_is_never_sent_again(network, post):
    network.fail("500")
    run(network)
    stopping.stop(make_moderator(), "annulée", broadcast=post.broadcast)
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    post.refresh_from_db()
    assert (post.state, post.failure) == (PostState.CANCELLED, Failure.STOPPED)
    assert received(network, post) == 0
