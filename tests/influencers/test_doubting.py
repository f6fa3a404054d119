"""What no look can prove is asked of the owner: on their pages, by mail, by POST, and once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from campaigns import figures
from influencers import claiming, clearing, pledging, reconciling, reminding, tasks
from influencers.models import Broadcast, Evidence, Failure, PledgeMode, Post, PostState
from influencers.networks import base
from influencers.reminding import check_url
from tests.cast import make_influencer, make_member, make_pledge, make_user
from tests.influencers.scene import account_on, broadcast_of, received, run
from tests.influencers.tap_scene import by_hand, offered, pledged_by_hand
from tests.networks.test_reposters import address_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(network, case):
    """Sent, and nobody knows what became of it; its first look said nothing either."""
    influencer = make_influencer()
    make_pledge(influencer, account_on(network, influencer), case)
    post = broadcast_of(case).posts.get()
    network.fail("500")
    run(network)
    network.fail("503", count=1, method="GET")
    reconciling.reconcile_due(timezone.now() + timedelta(seconds=5))
    return Post.objects.get(pk=post.pk)


@pytest.fixture
def owner(client, post):
    client.force_login(post.pledge.influencer.user)
    return client


def answer(client, post, said, **more):
    form = {"answer": said, "attempts": post.attempts} | more
    return client.post(reverse("post_check", args=[post.pk]), form, follow=True)


def test_the_owner_is_asked_on_their_own_pages(owner, post):
    assert post.state == PostState.UNCONFIRMED
    for page in (reverse("me"), reverse("pledge_detail", args=[post.pledge_id]), reverse("post_check", args=[post.pk])):
        said = owner.get(page).content.decode()
        assert "Vérifiez votre profil" in said
        assert said.count('name="answer" value="there"') == said.count('name="answer" value="absent"') == 1


def test_it_is_there_says_the_owner_and_it_never_leaves_again(network, owner, post):
    assert "comptée comme publiée" in answer(owner, post, "there").content.decode()
    answer(owner, post, "there")
    reconciling.reconcile_due(timezone.now() + timedelta(hours=2))
    run(network)
    post.refresh_from_db()
    assert (post.state, post.evidence, post.remote_id) == (PostState.PUBLISHED, Evidence.OWNER, "")
    assert received(network, post) == 0
    assert figures.of(post.case).posts_published == 1
    assert post.next_read_at is None, "nothing to read at"
    assert "la personne l’a dit" in owner.get(reverse("me")).content.decode()


def test_it_is_not_there_says_the_owner_and_it_leaves_once(network, owner, post):
    assert "repart maintenant" in answer(owner, post, "absent").content.decode()
    answer(owner, post, "absent")
    run(network)
    run(network)
    post.refresh_from_db()
    assert (post.state, received(network, post)) == (PostState.PUBLISHED, 1)


def test_before_it_leaves_again_one_more_look_finds_it(network, owner, post):
    by_hand(network, post)  # it had landed, and shows at last
    assert "Nous venons de la retrouver" in answer(owner, post, "absent").content.decode()
    run(network)
    post.refresh_from_db()
    assert (post.state, post.evidence, received(network, post)) == (PostState.PUBLISHED, Evidence.LOOKUP, 1)


def test_an_answer_about_an_earlier_attempt_moves_nothing(network, owner, post):
    answer(owner, post, "absent")
    network.fail("500")
    run(network)
    late = answer(owner, post, "absent")
    assert "a changé entre-temps" in late.content.decode()
    post.refresh_from_db()
    assert (post.state, post.attempts) == (PostState.UNCONFIRMED, 2)


def test_nobody_says_that_it_is_absent_before_the_network_had_time(network, owner, post):
    Post.objects.filter(pk=post.pk).update(lookups=0)
    assert "laissez une minute" in answer(owner, post, "absent").content.decode()
    post.refresh_from_db()
    assert post.state == PostState.UNCONFIRMED


@pytest.mark.parametrize("why", ["withdrawn", "broadcast over", "case held"])
def test_what_is_wanted_no_more_does_not_leave_again(network, owner, post, why):
    if why == "withdrawn":
        pledging.withdraw(post.pledge, timezone.now())
    elif why == "broadcast over":
        Broadcast.objects.filter(pk=post.broadcast_id).update(until=timezone.now() - timedelta(seconds=1))
    else:
        type(post.case).objects.filter(pk=post.case_id).update(status="held")
    answer(owner, post, "absent")
    run(network)
    post.refresh_from_db()
    assert post.state == (PostState.EXPIRED if why == "broadcast over" else PostState.CANCELLED)
    assert received(network, post) == 0


def test_an_address_is_checked_and_what_carries_the_link_is_measured(network, owner, post):
    published = by_hand(network, post)
    elsewhere = owner.post(
        reverse("post_check", args=[post.pk]),
        {"answer": "there", "attempts": post.attempts, "address": "https://evil.example/@a/1"},
    )
    assert elsewhere.status_code == 200
    assert "Ce n’est pas l’adresse d’une publication" in elsewhere.content.decode()
    assert "https://evil.example/@a/1" in elsewhere.content.decode(), "nothing typed is lost"
    answer(owner, post, "there", address=address_of(network, published))
    post.refresh_from_db()
    assert (post.state, post.evidence, post.remote_id) == (PostState.PUBLISHED, Evidence.OWNER, published.remote_id)
    assert post.next_read_at


def test_the_address_of_somebody_elses_post_is_refused(network, owner, post):
    stranger = network.new_user(f"autrui{timezone.now().timestamp():.6f}".replace(".", ""))
    theirs = network.adapter.publish(stranger, clearing.intent_of(Post.objects.get(pk=post.pk)))
    page = answer(owner, post, "there", address=address_of(network, theirs)).content.decode()
    assert "n’est pas de" in page
    post.refresh_from_db()
    assert post.state == PostState.UNCONFIRMED


def test_another_post_of_the_same_account_is_believed_and_not_measured(network, owner, post):
    mine = reconciling.accounts.token_of(post.account)
    other = network.adapter.publish(mine, base.Intent("k", "Un autre jour, autre chose", at=timezone.now()))
    answer(owner, post, "there", address=address_of(network, other))
    post.refresh_from_db()
    assert (post.state, post.remote_id, post.next_read_at) == (PostState.PUBLISHED, "", None)


def test_a_network_that_cannot_be_read_leaves_the_word_to_the_owner(network, owner, post):
    network.fail("503", count=5, method="GET")
    answer(owner, post, "there", address=address_of(network, type("P", (), {"remote_id": "4711"})))
    post.refresh_from_db()
    assert (post.state, post.remote_id, post.remote_url != "") == (PostState.PUBLISHED, "", True)


def test_only_the_owner_and_the_link_of_their_mail_open_it(client, post):
    where = reverse("post_check", args=[post.pk])
    assert client.get(where).status_code == 404
    for person in (make_user("Sam"), make_member(post.case)):
        client.force_login(person)
        assert (client.get(where).status_code, client.post(where, {"answer": "there"}).status_code) == (404, 404)
    client.logout()
    signed = check_url(post).removeprefix("http://testserver")
    assert client.get(signed).status_code == 200
    assert client.get(f"{where}?t=faux").status_code == 404
    client.post(signed, {"answer": "there", "attempts": post.attempts})
    post.refresh_from_db()
    assert post.state == PostState.PUBLISHED


def test_reading_the_page_decides_nothing(owner, post):
    owner.get(reverse("post_check", args=[post.pk]), {"answer": "absent", "attempts": post.attempts})
    post.refresh_from_db()
    assert post.state == PostState.UNCONFIRMED


def test_the_owner_is_written_to_once_after_ten_minutes_of_doubt(network, post):
    tasks.ask_owners()
    assert mail.outbox == []
    doubt_since(post, minutes=11)
    tasks.ask_owners()
    tasks.ask_owners()
    (message,) = mail.outbox
    assert message.to == [post.pledge.influencer.user.email]
    assert reverse("post_check", args=[post.pk]) in message.body
    doubt_since(post, minutes=11, told_before=timedelta(hours=1))
    tasks.ask_owners()
    assert len(mail.outbox) == 2, "another doubt is another question"


def doubt_since(post, minutes, told_before=None):
    since = timezone.now() - timedelta(minutes=minutes)
    told = {"doubt_told_at": since - told_before} if told_before else {}
    Post.objects.filter(pk=post.pk).update(doubtful_since=since, **told)


def test_a_question_that_did_not_leave_is_asked_again(network, post, settings):
    doubt_since(post, minutes=11)
    settings.EMAIL_BACKEND = "tests.site.gate_scene.BrokenBackend"
    assert reminding.ask_owners(timezone.now()) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    later = timezone.now() + reminding.AGAIN_AFTER
    assert [reminding.ask_owners(timezone.now()), reminding.ask_owners(later), reminding.ask_owners(later)] == [0, 1, 0]


def test_of_a_case_out_of_sight_nothing_is_asked_by_mail(network, post):
    doubt_since(post, minutes=11)
    type(post.case).objects.filter(pk=post.case_id).update(status="held")
    tasks.ask_owners()
    assert mail.outbox == []


# --- the campaign's own, and what a person publishes by hand ------------------------------------------------------------


def test_the_team_answers_for_the_campaigns_own_post_with_its_address(sandbox_x, case, client):
    account_on(sandbox_x)
    post = broadcast_of(case).posts.get()
    sandbox_x.fail("500")
    run(sandbox_x)
    Post.objects.filter(pk=post.pk).update(lookups=1)
    post.refresh_from_db()
    client.force_login(make_member(case))
    assert "Elle n’y est pas" in client.get(reverse("broadcast_detail", args=[post.broadcast_id])).content.decode()
    assert "Donnez l’adresse" in answer(client, post, "there").content.decode()
    published = by_hand(sandbox_x, post)
    answer(client, post, "there", address=address_of(sandbox_x, published))
    post.refresh_from_db()
    assert (post.state, post.remote_id) == (PostState.PUBLISHED, published.remote_id)


@pytest.mark.parametrize("mode", [PledgeMode.OWN_WORDS, PledgeMode.REPOST])
def test_who_published_by_hand_says_so_in_one_tap(sandbox_x, case, settings, client, mode):
    settings.X_PLEDGES_BY_API = False
    account_on(sandbox_x)
    pledge = pledged_by_hand(sandbox_x, case, mode)
    broadcast_of(case)
    run(sandbox_x)
    tasks.offer_taps()
    post = Post.objects.get(pledge=pledge)
    client.force_login(pledge.influencer.user)
    assert "C’est publié" in client.get(reverse("post_tap", args=[post.pk])).content.decode()
    assert answer(client, post, "absent").status_code == 200
    post.refresh_from_db()
    assert post.state == PostState.OFFERED, "there is nothing to send again"
    answer(client, post, "there")
    post.refresh_from_db()
    assert (post.state, post.evidence) == (PostState.PUBLISHED, Evidence.OWNER)


def test_who_published_by_hand_and_says_so_is_looked_for_first(sandbox_x, case, settings, client):
    settings.X_PLEDGES_BY_API = False
    pledge = pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    published = by_hand(sandbox_x, post)
    client.force_login(pledge.influencer.user)
    answer(client, post, "there")
    post.refresh_from_db()
    assert (post.evidence, post.remote_id) == (Evidence.LOOKUP, published.remote_id)


def test_after_the_end_a_publication_is_told_with_its_address(sandbox_x, case, settings, client):
    settings.X_PLEDGES_BY_API = False
    pledge = pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    Broadcast.objects.filter(pk=post.broadcast_id).update(until=timezone.now() - timedelta(seconds=1))
    claiming.sweep(timezone.now())
    client.force_login(pledge.influencer.user)
    assert reverse("post_check", args=[post.pk]) in client.get(reverse("me")).content.decode()
    assert "Donnez l’adresse" in answer(client, post, "there").content.decode()
    published = by_hand(sandbox_x, post)
    answer(client, post, "there", address=address_of(sandbox_x, published))
    post.refresh_from_db()
    assert (post.state, post.evidence) == (PostState.PUBLISHED, Evidence.OWNER)
    assert post.failure != Failure.STOPPED
