"""The gate for posts: once a case is held and its procedure confidential, nothing prepared about it leaves any more.

Every state that a post may be in is reached through the product's own functions: a new one fails these tests.
"""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Case
from influencers import (
    broadcasting,
    claiming,
    clearing,
    publishing,
    recognising,
    reconciling,
    reminding,
    stopping,
    tasks,
)
from influencers.models import Broadcast, PledgeMode, Post, PostKind, PostState
from tests.cast import make_account, make_case, make_influencer, make_member, make_moderator, make_pledge
from tests.influencers.scene import account_on, broadcast_of, received, run
from tests.site import gate_scene as scenes

pytestmark = pytest.mark.django_db(transaction=True)

COMPANY = "Fonderie Sous Silence"


def make_running(**fields) -> Case:
    return make_case(company_name=COMPANY, slug="fonderie-sous-silence", **fields)


def hide(case: Case) -> None:
    scenes.hide(scenes.Scene(scenes.Recorder()), case)


def wake(network) -> None:
    """All that beat would do about posts, at once and again when every lease, wait and pause is over."""
    for instant in (timezone.now() + timedelta(seconds=5), timezone.now() + timedelta(hours=30)):
        tasks.publish_due(network.name)
        tasks.offer_taps()
        claiming.sweep(instant)
        reminding.tell_slots(instant)
        reminding.ask_owners(instant)
        recognising.recognise_due(instant)
        reconciling.reconcile_due(instant)
        Post.objects.filter(state=PostState.SCHEDULED).update(due_at=timezone.now())
        tasks.publish_due(network.name)
        tasks.offer_taps()
    tasks.read_metrics(network.name)


def pledged(network, case: Case, **fields) -> Post:
    influencer = make_influencer()
    make_pledge(influencer, account_on(network, influencer), case, **fields)
    return broadcast_of(case).posts.get(pledge__influencer=influencer)


def on_network(network) -> tuple[list[str], int]:
    """All that the network has: its texts, and how many times one was reposted."""
    ledger = network.ledger()
    reposts = len(ledger["boosts"]) if network.name == "mastodon" else ledger["reposts"]
    return list(network.texts()), reposts


# --- each state, as the product brings a post to it ---------------------------------------------------------------------


def scheduled(network, case):
    return pledged(network, case)


def claimed(network, case):
    post = pledged(network, case)
    assert publishing.claim(network.name, timezone.now()) == [post]
    return post


def sending(network, case):
    """Its worker died between the last look and the request."""
    post = claimed(network, case)
    assert clearing.clear([Post.objects.get(pk=post.pk)], timezone.now())
    return post


def published(network, case):
    post = pledged(network, case)
    run(network)
    return post


def offered(network, case):
    post = pledged(network, case)
    Post.objects.filter(pk=post.pk).update(delivery="tap")
    tasks.offer_taps()
    return post


def unconfirmed(network, case):
    post = pledged(network, case)
    network.fail("500")
    run(network)
    return post


def failed(network, case):
    post = pledged(network, case)
    type(post.account).objects.filter(pk=post.account_id).update(state="revoked")
    run(network)
    return post


def cancelled(network, case):
    post = pledged(network, case)
    stopping.stop(make_moderator(), "annulée", broadcast=post.broadcast)
    return post


def expired(network, case):
    post = pledged(network, case)
    Broadcast.objects.filter(pk=post.broadcast_id).update(until=timezone.now() - timedelta(minutes=1))
    claiming.sweep(timezone.now())
    return post


BROUGHT_TO = {
    PostState.SCHEDULED: scheduled, PostState.CLAIMED: claimed, PostState.SENDING: sending, PostState.PUBLISHED: published,
    PostState.OFFERED: offered, PostState.UNCONFIRMED: unconfirmed, PostState.FAILED: failed,
    PostState.CANCELLED: cancelled, PostState.EXPIRED: expired,
}  # fmt: skip


def test_every_state_of_a_post_is_tried():
    assert BROUGHT_TO.keys() == set(PostState)


@pytest.mark.parametrize("state", BROUGHT_TO)
def test_nothing_leaves_about_a_case_that_became_confidential_whatever_its_posts_were_at(network, state):
    case = make_running()
    post = BROUGHT_TO[state](network, case)
    post.refresh_from_db()
    assert post.state == state
    before = on_network(network)
    hide(case)
    told = len(mail.outbox)  # its filer and its team were told that it is suspended
    wake(network)
    if state in (PostState.CLAIMED, PostState.SENDING):
        publishing.send([post])  # the worker that had claimed it goes on
    wake(network)
    post.refresh_from_db()
    assert on_network(network) == before
    assert mail.outbox[told:] == []
    left_before = state in (PostState.PUBLISHED, PostState.OFFERED, PostState.FAILED, PostState.EXPIRED)
    assert post.state == (state if left_before else PostState.CANCELLED)


def test_the_same_post_leaves_while_its_case_is_public_so_that_the_silence_above_is_real(network):
    post = scheduled(network, make_running())
    wake(network)
    assert received(network, post) == 1


def test_a_worker_that_already_holds_the_post_looks_again_before_it_sends(network):
    case = make_running()
    post = claimed(network, case)
    held = list(Post.objects.filter(pk=post.pk))
    hide(case)
    publishing.send(held)
    post.refresh_from_db()
    assert (post.state, post.failure, received(network, post)) == (PostState.CANCELLED, "case_closed", 0)


def test_the_campaigns_own_post_and_a_repost_of_one_already_out_stay_home(network):
    case = make_running()
    account_on(network)
    reposted = pledged(network, case, mode=PledgeMode.REPOST, consented_text="")
    run(network)  # the campaign's own, first
    later = pledged(network, case)
    before = on_network(network)
    assert {later.kind, reposted.kind} == {PostKind.OWN_WORDS, PostKind.REPOST}
    hide(case)
    wake(network)
    assert on_network(network) == before
    assert not Post.objects.filter(case=case, state__in=[PostState.SCHEDULED, PostState.SENDING]).exists()


@pytest.mark.parametrize("scope", [{"scope": "region", "region": "75"}, {"scope": "sector", "sector": "21"}])
def test_a_wide_pledge_carries_no_case_that_became_confidential(network, scope):
    case, influencer = make_running(), make_influencer()
    make_pledge(influencer, account_on(network, influencer), None, **scope)
    post = broadcast_of(case).posts.get()
    hide(case)
    wake(network)
    post.refresh_from_db()
    assert (post.state, received(network, post)) == (PostState.CANCELLED, 0)


@pytest.mark.parametrize("delivery", ["api", "tap"])
def test_no_broadcast_of_it_is_prepared_or_scheduled_any_more(delivery):
    case, at = make_running(), timezone.now() + timedelta(hours=1)
    influencer = make_influencer()
    make_pledge(influencer, make_account(influencer, "x" if delivery == "tap" else "mastodon"), case)
    draft = broadcasting.prepare(case, make_moderator(), "Meymac attend. {lien}", at, 0)
    hide(case)
    team = scenes.signed_in(make_member(case))
    team.post(reverse("broadcast_schedule", args=[draft.pk]))
    team.post(
        reverse("broadcast_new", args=[case.slug]), {"text": "Meymac attend. {lien}", "at": at, "spread_minutes": "0"}
    )
    for door in (broadcasting.prepare, broadcasting.schedule):
        given = (case, None, "Autre texte. {lien}", at, 0) if door is broadcasting.prepare else (draft, timezone.now())
        with pytest.raises(broadcasting.NotReady):
            door(*given)
    assert (Broadcast.objects.get().state, Post.objects.count()) == ("draft", 0)


def test_whoever_had_pledged_reads_nowhere_which_company_it_is(sandbox_x, settings):
    """Their own pages and the signed link of a mail: a case out of sight is not named, and the pledge can be withdrawn."""
    settings.X_PLEDGES_BY_API = False
    case, influencer = make_running(), make_influencer(listed=True)
    pledge = make_pledge(
        influencer, make_account(influencer), case, consent_statement=f"Une fois, pour {COMPANY}.",
        consented_text=f"{COMPANY} attend un repreneur. {{lien}}",
    )  # fmt: skip
    account_on(sandbox_x)
    post = broadcast_of(case).posts.get(pledge=pledge)
    tasks.offer_taps()
    signed, check = reminding.tap_url(post), reminding.check_url(post)
    engaged = scenes.signed_in(influencer.user)
    tap, receipt = reverse("post_tap", args=[post.pk]), reverse("pledge_detail", args=[pledge.pk])
    stop = reverse("post_stop", args=[post.pk])
    pages = [(engaged, reverse("me")), (engaged, receipt), (engaged, tap), (Client(), signed), (Client(), check)]
    pages += [(engaged, stop)]
    pages += [(Client(), reverse("engaged")), (Client(), post.link.url)]
    named = [address for who, address in pages if tells(who.get(address))]
    assert named == [reverse("me"), receipt, tap, signed, check, stop, post.link.url], "the pages are real"
    hide(case)
    assert [address for who, address in pages if tells(who.get(address))] == []
    engaged.post(reverse("pledge_withdraw", args=[pledge.pk]))
    pledge.refresh_from_db()
    assert pledge.withdrawn_at
    assert [address for who, address in pages if tells(who.get(address))] == []


def tells(answer) -> bool:
    """In its words, its links, or where it sends."""
    said = answer.content.decode() + answer.headers.get("Location", "")
    return "sous-silence" in said or "Sous Silence" in said
