"""Workers that die, sleep or speak too late, and requests that land late: nothing is lost, and nothing leaves twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from influencers import accounts, claiming, clearing, publishing, reconciling, settling, stopping, tasks
from influencers.models import Evidence, Failure, Post, PostState, Spend
from influencers.networks import base
from tests.cast import make_influencer, make_pledge
from tests.influencers.scene import account_on, broadcast_of, received, run

pytestmark = pytest.mark.django_db


def after_its_lease():
    return timezone.now() + claiming.lease() + timedelta(seconds=1)


def test_a_worker_that_died_while_sending_leaves_a_post_to_check_not_to_send(network, post):
    clearing.clear(publishing.claim(network.name, timezone.now()), timezone.now())
    claiming.sweep(after_its_lease())
    run(network)
    post.refresh_from_db()
    assert post.state == PostState.UNCONFIRMED
    assert received(network, post) == 0


def test_a_worker_that_died_before_it_sent_leaves_a_post_to_send(network, post):
    publishing.claim(network.name, timezone.now())
    claiming.sweep(after_its_lease())
    run(network)
    assert received(network, post) == 1


def test_a_worker_that_was_given_up_for_dead_sends_nothing_when_it_wakes(network, post):
    claimed = publishing.claim(network.name, timezone.now())
    claiming.sweep(after_its_lease())
    again = publishing.claim(network.name, timezone.now())
    publishing.send(claimed)
    assert received(network, post) == 0
    publishing.send(again)
    assert received(network, post) == 1


def test_what_a_dead_worker_says_late_moves_nothing_that_another_holds(network, post):
    (late,) = publishing.claim(network.name, timezone.now())
    claiming.sweep(after_its_lease())
    clearing.clear(publishing.claim(network.name, timezone.now()), timezone.now())
    settling.settle_error(late, base.Transient("trop tard"), timezone.now())
    post.refresh_from_db()
    assert post.state == PostState.SENDING


def test_a_reference_that_comes_late_is_kept_whatever_the_post_waits_for(network, post):
    (late,) = publishing.claim(network.name, timezone.now())
    claiming.sweep(after_its_lease())
    settling.settle_published([(late, base.Published("4711", "https://exemple.example/4711"))], timezone.now())
    run(network)
    post.refresh_from_db()
    assert (post.state, post.remote_id, received(network, post)) == (PostState.PUBLISHED, "4711", 0)


def test_a_look_that_ends_after_another_one_sends_nothing_again(network, post):
    network.fail("500")
    run(network)
    first_look = Post.objects.get(pk=post.pk)
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    post.refresh_from_db()
    assert post.state == PostState.SCHEDULED
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now())
    clearing.clear(publishing.claim(network.name, timezone.now()), timezone.now())
    settling.settle_absent(first_look, timezone.now())
    post.refresh_from_db()
    assert post.state == PostState.SENDING


def test_what_landed_after_it_was_looked_for_is_found_before_it_is_sent_again(network, post):
    network.fail("500")
    run(network)
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    post.refresh_from_db()
    assert post.state == PostState.SCHEDULED
    lay_in_a_cable = clearing.intent_of(post)
    network.adapter.publish(accounts.token_of(post.account), lay_in_a_cable)
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now())
    run(network)
    post.refresh_from_db()
    assert (post.state, post.evidence, post.attempts) == (PostState.PUBLISHED, Evidence.LOOKUP, 1)
    assert received(network, post) == 1


def test_what_cannot_be_looked_for_is_not_sent_again(network, post):
    network.fail("500")
    run(network)
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now())
    network.fail("503", method="GET")
    run(network)
    post.refresh_from_db()
    assert (post.state, post.attempts, received(network, post)) == (PostState.SCHEDULED, 1, 0)


def test_a_look_is_paid_for_by_what_it_read(sandbox_x, case):
    account = account_on(sandbox_x, influencer := make_influencer())
    make_pledge(influencer, account, case)
    post = broadcast_of(case).posts.get()
    for number in range(3):
        text = f"Autre chose {number}"
        sandbox_x.adapter.publish(accounts.token_of(account), base.Intent(str(number), text, at=timezone.now()))
    sandbox_x.fail("500")
    run(sandbox_x)
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    (read,) = Spend.objects.filter(call="post_read")
    assert (read.units, read.case_id) == (3, post.case_id)


def test_what_came_back_while_its_broadcast_was_stopped_is_cancelled(network, post):
    """The answer was read before the stop, and stored after it: the post waits in a broadcast that nobody sends."""
    stopping.stop(None, "Une offre est arrivée", broadcast=post.broadcast)
    Post.objects.filter(pk=post.pk).update(state=PostState.SCHEDULED, failure="", detail="HTTP 429")
    tasks.sweep()
    run(network)
    post.refresh_from_db()
    assert (post.state, post.failure, post.detail) == (PostState.CANCELLED, Failure.STOPPED, "HTTP 429")
    assert received(network, post) == 0
