"""What holds a post back, by whom and why: one post, a case, and what to say when a request is already on its way."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from influencers import clearing, publishing, settling, stopping, tracking
from influencers.models import AccountState, Failure, NetworkAccount, Post, PostState, Stop
from influencers.networks import base
from tests.cast import make_influencer, make_member, make_moderator, make_pledge, make_user
from tests.influencers.scene import account_on, broadcast_of, received, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def posts(network, case):
    """Two people's posts, due."""
    for name in ("Inès", "Omar"):
        influencer = make_influencer(name)
        make_pledge(influencer, account_on(network, influencer), case)
    return list(broadcast_of(case).posts.order_by("pledge_id"))


def signed_in(client, person):
    client.force_login(person)
    return client


def page(client, name, *args) -> str:
    return client.get(reverse(name, args=args)).content.decode()


# --- one post ------------------------------------------------------------------------------------------------------


def test_its_owner_keeps_one_post_back_and_the_pledge_stays(network, posts, client):
    post, _other = posts
    owner = signed_in(client, post.pledge.influencer.user)
    for where in ("me", "pledge_detail"):
        args = [post.pledge_id] if where == "pledge_detail" else []
        assert reverse("post_stop", args=[post.pk]) in page(owner, where, *args)
    owner.post(reverse("post_stop", args=[post.pk]))
    run(network)
    assert [received(network, one) for one in posts] == [0, 1]
    post.refresh_from_db()
    post.pledge.refresh_from_db()
    assert (post.state, post.failure, post.pledge.withdrawn_at) == (PostState.CANCELLED, Failure.STOPPED, None)
    said = page(owner, "me")
    assert "par vous" in said
    assert "à la demande de la personne" in said


def test_the_team_keeps_one_post_back_and_says_why(network, posts, client):
    post, _other = posts
    team = signed_in(client, make_member(post.case))
    where = reverse("post_stop", args=[post.pk])
    assert where in page(team, "broadcast_detail", post.broadcast_id)
    assert "errorlist" in team.post(where, {"reason": ""}).content.decode()
    said = team.post(where, {"reason": "Ce chiffre est faux"}, follow=True).content.decode()
    assert "Ce chiffre est faux" in said
    assert "Lucie Déclarante" in said
    run(network)
    assert [received(network, one) for one in posts] == [0, 1]
    team.logout()
    signed_in(client, post.pledge.influencer.user)
    told = page(client, "me")
    assert "Ce chiffre est faux" in told
    assert "par l’équipe du dossier" in told
    assert "Lucie" not in told, "who is in the team is the team's own business"


def test_a_reason_that_names_a_confidential_procedure_is_not_shown_outside(posts, client):
    post, _other = posts
    stopping.stop(make_moderator(), "Une conciliation s’ouvre", post=post)
    told = page(signed_in(client, post.pledge.influencer.user), "me")
    assert "par la modération" in told
    assert "onciliation" not in told


def test_nobody_else_stops_or_deletes_a_post(posts, client):
    post, other = posts
    for person in (make_user("Sam"), other.pledge.influencer.user):
        signed_in(client, person)
        assert client.post(reverse("post_stop", args=[post.pk]), {"reason": "non"}).status_code == 404
        assert client.post(reverse("post_delete", args=[post.pk])).status_code == 404
    signed_in(client, make_member(post.case))
    assert client.post(reverse("post_delete", args=[post.pk])).status_code == 404
    client.logout()
    assert client.post(reverse("post_stop", args=[post.pk]), {"reason": "non"}).status_code == 302
    assert not Stop.objects.exists()


def leaving(network, post):
    clearing.clear([one for one in publishing.claim(network.name, timezone.now()) if one == post], timezone.now())
    post.refresh_from_db()
    assert post.state == PostState.SENDING


def test_a_post_that_leaves_at_that_instant_is_said_so_and_never_leaves_again(network, posts, client):
    post, _other = posts
    leaving(network, post)
    owner = signed_in(client, post.pledge.influencer.user)
    said = owner.post(reverse("post_stop", args=[post.pk]), follow=True).content.decode()
    assert "partait à l’instant" in said
    settling.settle_error(post, base.Transient("pas cette fois"), timezone.now())
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    run(network)
    post.refresh_from_db()
    assert (post.state, post.failure, received(network, post)) == (PostState.CANCELLED, Failure.STOPPED, 0)


def test_withdrawing_while_a_post_leaves_says_so(network, posts, client):
    post, _other = posts
    leaving(network, post)
    owner = signed_in(client, post.pledge.influencer.user)
    said = owner.post(reverse("pledge_withdraw", args=[post.pledge_id]), follow=True).content.decode()
    assert "partait à l’instant" in said


# --- a case --------------------------------------------------------------------------------------------------------


def test_the_team_suspends_its_case_and_takes_it_up_again(network, posts, client):
    post, _other = posts
    team = signed_in(client, make_member(post.case))
    form = {"broadcast": post.broadcast_id, "reason": "On vérifie la date"}
    door = reverse("case_stop", args=[post.case.slug])
    assert "errorlist" in team.post(door, form | {"reason": " "}).content.decode()
    for _click in range(2):
        said = team.post(door, form, follow=True).content.decode()
    assert "On vérifie la date" in said
    assert "Lucie Déclarante" in said
    assert "jusqu’à nouvel ordre" in said
    assert Stop.objects.count() == 1
    run(network)
    assert network.texts() == [] or all(received(network, one) == 0 for one in posts)
    owner = type(client)()
    assert "On vérifie la date" in page(signed_in(owner, post.pledge.influencer.user), "me")
    team.post(reverse("case_resume", args=[post.case.slug]), {"broadcast": post.broadcast_id})
    Post.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    run(network)
    assert [received(network, one) for one in posts] == [1, 1]


def test_what_moderators_suspended_the_team_does_not_take_up_again(posts, client):
    post, _other = posts
    stopping.stop(make_moderator(), "on vérifie", case=post.case)
    team = signed_in(client, make_member(post.case))
    assert "eux seuls le lèvent" in page(team, "broadcast_detail", post.broadcast_id)
    team.post(reverse("case_resume", args=[post.case.slug]), {"broadcast": post.broadcast_id})
    assert Stop.objects.in_force().exists()
    signed_in(client, make_moderator("Ada"))
    client.post(reverse("case_resume", args=[post.case.slug]), {"broadcast": post.broadcast_id})
    assert not Stop.objects.in_force().exists()


def test_suspending_says_when_posts_are_on_their_way(network, posts, client):
    post, _other = posts
    leaving(network, post)
    team = signed_in(client, make_member(post.case))
    form = {"broadcast": post.broadcast_id, "reason": "On vérifie la date"}
    said = team.post(reverse("case_stop", args=[post.case.slug]), form, follow=True).content.decode()
    assert "partaient à l’instant" in said


@pytest.mark.parametrize("number", ["", "x", "9" * 40, "0"])
def test_a_form_that_names_no_broadcast_of_the_case_is_not_found(posts, client, number):
    team = signed_in(client, make_member(posts[0].case))
    for door in ("case_stop", "case_resume"):
        where = reverse(door, args=[posts[0].case.slug])
        assert team.post(where, {"broadcast": number, "reason": "x"}).status_code == 404
    assert not Stop.objects.exists()


# --- what is online already ----------------------------------------------------------------------------------------


@pytest.fixture
def withdrawn(network, posts, client):
    """Published, then its pledge was taken back."""
    run(network)
    post = Post.objects.get(pk=posts[0].pk)
    signed_in(client, post.pledge.influencer.user)
    client.post(reverse("pledge_withdraw", args=[post.pledge_id]))
    return post


def test_after_a_withdrawal_what_is_online_can_be_deleted_and_is_read_no_more(network, withdrawn, client):
    assert "Supprimer ma publication" in page(client, "pledge_detail", withdrawn.pledge_id)
    for _click in range(2):
        said = client.post(reverse("post_delete", args=[withdrawn.pk]), follow=True).content.decode()
    withdrawn.refresh_from_db()
    assert (withdrawn.state, withdrawn.deleted_at is not None) == (PostState.PUBLISHED, True)
    assert "Supprimer ma publication" not in said
    assert "supprimée du réseau" in said
    with pytest.raises(base.TargetGone):
        network.adapter.delete(reader(withdrawn), withdrawn.remote_id)
    Post.objects.exclude(pk=withdrawn.pk).delete()
    assert tracking.read_due(network.name, timezone.now() + timedelta(days=1)) == 0


def reader(post):
    return base.Credentials(post.account.access_token, remote_id=post.account.remote_id)


def test_what_was_deleted_by_hand_is_deleted(network, withdrawn, client):
    network.adapter.delete(reader(withdrawn), withdrawn.remote_id)
    client.post(reverse("post_delete", args=[withdrawn.pk]))
    withdrawn.refresh_from_db()
    assert withdrawn.deleted_at


@pytest.mark.parametrize(("effect", "said"), [("503", "ne répond pas"), ("429", "trop de demandes")])
def test_why_it_is_not_deleted_is_said(network, withdrawn, client, effect, said):
    network.fail(effect, method="POST" if network.name == "bluesky" else "DELETE")
    told = client.post(reverse("post_delete", args=[withdrawn.pk]), follow=True).content.decode()
    assert said in told
    assert "Supprimer ma publication" in told
    withdrawn.refresh_from_db()
    assert withdrawn.deleted_at is None


def test_an_account_that_is_gone_deletes_nothing_and_says_so(withdrawn, client):
    NetworkAccount.objects.filter(pk=withdrawn.account_id).update(state=AccountState.REVOKED, access_token="")
    told = client.post(reverse("post_delete", args=[withdrawn.pk]), follow=True).content.decode()
    assert "plus connecté" in told
