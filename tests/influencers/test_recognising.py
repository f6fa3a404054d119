"""A person publishes by hand: the platform sees it on the network, credits it, and asks the network little."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from campaigns import figures
from campaigns.models import Case, Click
from influencers import claiming, recognising, tasks
from influencers.models import AccountState, Delivery, Evidence, NetworkAccount, PledgeMode, Post, PostState
from tests.influencers.scene import account_on, broadcast_of, run
from tests.influencers.tap_scene import by_hand, offered, pledged_by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _by_hand(settings, sandbox_x):
    settings.X_PLEDGES_BY_API = False


def look(minutes=3) -> int:
    return recognising.recognise_due(timezone.now() + timedelta(minutes=minutes))


@pytest.fixture
def asked(monkeypatch):
    """The reads that the networks were asked for."""
    seen = []
    real = httpx.Client.request

    def counted(client, method, url, **more):
        seen.extend([url] if "/_sandbox/" not in url else [])
        return real(client, method, url, **more)

    monkeypatch.setattr(httpx.Client, "request", counted)
    return seen


def test_own_words_are_recognised_by_their_link_and_credited_once(sandbox_x, case):
    pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    published = by_hand(sandbox_x, post)
    assert [look(), look()] == [1, 0]
    post.refresh_from_db()
    assert (post.state, post.evidence, post.remote_id) == (PostState.PUBLISHED, Evidence.LOOKUP, published.remote_id)
    assert figures.of(case).posts_published == 1


def test_what_the_person_did_not_publish_stays_offered_and_is_looked_for_ever_less(sandbox_x, case, asked):
    pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    assert (look(1), asked) == (0, []), "nobody publishes in the first minute"
    waits = []
    now = timezone.now()
    while True:
        post.refresh_from_db()
        if post.next_read_at is None:
            break
        waits.append(post.next_read_at - now)
        now = post.next_read_at
        recognising.recognise_due(now)
    assert waits[0] < timedelta(minutes=3)
    assert waits == sorted(waits)
    assert len(asked) == len(waits) < 15
    assert post.state == PostState.OFFERED


def test_the_reposts_of_all_are_recognised_with_one_question(sandbox_x, case, asked):
    account_on(sandbox_x)
    for name in ("Inès", "Omar", "Rose"):
        pledged_by_hand(sandbox_x, case, PledgeMode.REPOST, name)
    run_campaign(sandbox_x, case)
    posts = list(Post.objects.filter(state=PostState.OFFERED))
    for post in posts[:2]:
        by_hand(sandbox_x, post)
    asked.clear()
    assert look() == 2
    assert len([url for url in asked if "retweeted_by" in url]) == len(asked) == 1
    assert sorted(Post.objects.filter(kind="repost").values_list("state", flat=True)) == ["offered", *["published"] * 2]
    credited = Post.objects.filter(kind="repost", state=PostState.PUBLISHED).first()
    assert credited.remote_id == f"{credited.canonical().remote_id}:{credited.account.remote_id}"


def run_campaign(network, case):
    broadcast_of(case)
    run(network)
    tasks.offer_taps()


def test_a_boost_on_mastodon_is_recognised_too(mastodon, case):
    account_on(mastodon)
    pledged_by_hand(mastodon, case, PledgeMode.REPOST)
    made = broadcast_of(case)
    made.posts.filter(kind="repost").update(delivery=Delivery.TAP)
    run(mastodon)
    tasks.offer_taps()
    post = made.posts.get(kind="repost")
    by_hand(mastodon, post)
    assert look() == 1
    post.refresh_from_db()
    assert (post.state, post.evidence) == (PostState.PUBLISHED, Evidence.LOOKUP)


def test_an_account_that_is_no_longer_connected_is_read_by_the_campaigns(sandbox_x, case):
    account_on(sandbox_x)
    pledged_by_hand(sandbox_x, case)
    post = next(post for post in offered(case) if post.pledge)
    by_hand(sandbox_x, post)
    NetworkAccount.objects.filter(pk=post.account_id).update(state=AccountState.REVOKED, access_token="")
    assert look() == 1


def test_a_click_hastens_the_next_look_and_proves_nothing(sandbox_x, case, asked):
    pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    now = timezone.now()
    for minutes in (3, 12):
        recognising.recognise_due(now + timedelta(minutes=minutes))
    before = len(asked)
    Click.objects.create(id="0" * 26, link=post.link, kind="human", at=now + timedelta(minutes=14))
    recognising.recognise_due(now + timedelta(minutes=15))
    assert len(asked) == before, "not at each click"
    recognising.recognise_due(now + timedelta(minutes=18))
    assert len(asked) == before + 1
    post.refresh_from_db()
    assert post.state == PostState.OFFERED


def test_a_network_that_does_not_answer_costs_the_others_nothing(sandbox_x, case):
    for name in ("Inès", "Omar"):
        pledged_by_hand(sandbox_x, case, name=name)
    for post in offered(case):
        by_hand(sandbox_x, post)
    sandbox_x.fail("503", count=1, method="GET")
    assert look() == 1
    assert look(20) == 1


def test_a_token_that_ended_is_refreshed(sandbox_x, case):
    pledge = pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    by_hand(sandbox_x, post)
    NetworkAccount.objects.filter(pk=pledge.account_id).update(access_token="perime")
    assert look() == 1


def test_of_a_case_out_of_sight_the_network_is_asked_nothing(sandbox_x, case, asked):
    pledged_by_hand(sandbox_x, case)
    offered(case)
    Case.objects.filter(pk=case.pk).update(status="held")
    asked.clear()
    assert (look(), asked) == (0, [])


def test_what_was_not_seen_in_time_is_said_kindly(sandbox_x, case, client):
    pledge = pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    type(post.broadcast).objects.filter(pk=post.broadcast_id).update(until=timezone.now() - timedelta(seconds=1))
    claiming.sweep(timezone.now())
    post.refresh_from_db()
    assert post.state == PostState.EXPIRED
    client.force_login(pledge.influencer.user)
    assert "Nous n’avons pas vu votre publication" in client.get("/moi/").content.decode()
    post.broadcast.refresh_from_db()
    assert post.broadcast.state == "done"
