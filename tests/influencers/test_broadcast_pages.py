"""Broadcasts seen by the case team, and the one-tap page seen by the person: through HTTP."""

from datetime import datetime, timedelta

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from campaigns.models import Milestone, MilestoneKind
from i4emploi_site.lib.times import PARIS, long_date
from influencers import broadcasting, stopping
from influencers.models import Broadcast, BroadcastState, Network, Pledge, PledgeMode, Post, PostState, Stop
from influencers.reminding import tap_url
from tests import cast

pytestmark = pytest.mark.django_db

TEXT = "Meymac cherche un repreneur pour 37 emplois : {lien} #i4emploi"


def in_paris(**later) -> str:
    return (timezone.now() + timedelta(**later)).astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def ines(case):
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, cast.make_account(influencer, handle="@ines"), case)
    return influencer


def prepare(client, case, **changes):
    form = {"text": TEXT, "at": in_paris(hours=3), "spread_minutes": "30"} | changes
    return client.post(reverse("broadcast_new", args=[case.slug]), form)


def scheduled(client, case) -> Broadcast:
    made = prepare(client, case)
    broadcast = Broadcast.objects.get(pk=made["Location"].rstrip("/").rsplit("/", 1)[-1])
    client.post(reverse("broadcast_schedule", args=[broadcast.pk]))
    broadcast.refresh_from_db()
    return broadcast


def test_the_team_sees_every_post_exactly_before_anything_is_scheduled(team, case, ines):
    cast.make_account(None, handle="@campagne")
    page = team.get(prepare(team, case)["Location"])
    text = strip_tags(page.content.decode())
    assert "2 publications prévues" in text
    assert TEXT.replace("{lien}", "http://testserver/r/xxxxxxxx") in text
    assert Pledge.objects.get().consented_text.replace("{lien}", "http://testserver/r/xxxxxxxx") in text
    assert "{lien}" not in text
    assert not Post.objects.exists()


def test_each_planned_post_says_its_length_as_its_network_counts(team, case, ines, settings):
    settings.SITE_URL = "https://i4emploi.fr"
    cast.make_account(None, handle="@campagne")
    instance = cast.make_account(None, network="mastodon", base_url="https://muette.example", handle="@campagne")
    page = strip_tags(team.get(prepare(team, case)["Location"]).content.decode())
    for text in (TEXT, Pledge.objects.get().consented_text):
        used = len(text.replace("{lien}", "x" * 23))  # X counts any address as 23
        assert f"{used} / 280 caractères, comme ce réseau les compte" in page
    assert page.count("comme ce réseau les compte") == 2, "an instance that has said nothing yet is not asked here"
    assert str(instance) in page


def test_preparing_twice_makes_one_draft(team, case):
    at = in_paris(hours=3)
    assert {prepare(team, case, at=at)["Location"] for _press in range(2)} == {
        reverse("broadcast_detail", args=[Broadcast.objects.get().pk])
    }


def test_scheduling_twice_makes_the_posts_once_at_paris_time(team, case, ines):
    at = in_paris(hours=3)
    broadcast = scheduled(team, case)
    assert broadcast.at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M") == at
    again = team.post(reverse("broadcast_schedule", args=[broadcast.pk]), follow=True)
    assert "déjà programmée" in again.content.decode()
    assert Post.objects.count() == 1
    assert 'data-i4-watch="10"' in again.content.decode()


def offers_close(case, later) -> datetime:
    at = timezone.now() + later
    case.milestones.update(at=at)
    return at


def test_a_broadcast_waits_two_days_for_what_was_held_back(team, case, ines):
    broadcast = scheduled(team, case)
    assert broadcast.until == broadcast.at + timedelta(minutes=30, hours=48)
    page = team.get(reverse("broadcast_detail", args=[broadcast.pk])).content.decode()
    assert f"rien ne part après le {long_date(broadcast.until)}" in page


def test_nothing_of_a_broadcast_leaves_after_the_limit_for_offers(team, case, ines):
    deadline = offers_close(case, timedelta(hours=20))
    Milestone.objects.create(case=case, kind=MilestoneKind.AUDIENCE, at=timezone.now() + timedelta(hours=10))
    assert scheduled(team, case).until == deadline


def test_once_the_offers_are_closed_the_hearing_is_the_end(team, case, ines):
    offers_close(case, -timedelta(days=1))
    hearing = timezone.now() + timedelta(hours=30)
    Milestone.objects.create(case=case, kind=MilestoneKind.DELIBERE, at=timezone.now() + timedelta(hours=6))
    Milestone.objects.create(case=case, kind=MilestoneKind.AUDIENCE, at=hearing)
    assert scheduled(team, case).until == hearing


def test_a_cancelled_deadline_ends_no_broadcast(team, case, ines):
    offers_close(case, timedelta(hours=20))
    case.milestones.all().cancel("Reportée sans date")
    broadcast = scheduled(team, case)
    assert broadcast.until == broadcast.at + timedelta(minutes=30, hours=48)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": "La conciliation échoue : {lien}"}, "procédure confidentielle"),
        ({"at": in_paris(hours=-1)}, "Cette heure est passée"),
        ({"at": "demain"}, "errorlist"),
        ({"text": "Sans lien du tout"}, "contient {lien} une fois"),
        ({"text": "{lien} puis {lien}"}, "contient {lien} une fois"),
        ({"text": "a" * 1_000_000 + "{lien}"}, "errorlist"),
        ({"spread_minutes": "-1"}, "errorlist"),
        ({"spread_minutes": "1441"}, "errorlist"),
        ({"spread_minutes": "99999999999999999999"}, "errorlist"),
    ],
)
def test_a_broadcast_that_cannot_be_is_refused_at_its_field(team, case, changes, said):
    answer = prepare(team, case, **changes)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Broadcast.objects.exists()


def test_a_text_too_long_for_the_campaigns_network_is_refused(team, case):
    cast.make_account(None, handle="@campagne")
    answer = prepare(team, case, text="mot " * 100 + "{lien}")
    assert "Trop long pour X" in answer.content.decode()


def test_a_case_that_is_not_published_cannot_be_broadcast(client):
    held = cast.make_case("held")
    client.force_login(cast.make_member(held))
    assert "Seul un dossier publié" in prepare(client, held).content.decode()
    assert not Broadcast.objects.exists()


def test_only_the_team_and_staff_open_broadcasts(client, team, case, ines):
    broadcast = scheduled(team, case)
    doors = [
        ("get", reverse("broadcast_new", args=[case.slug])),
        ("get", reverse("broadcast_detail", args=[broadcast.pk])),
        ("post", reverse("broadcast_schedule", args=[broadcast.pk])),
        ("post", reverse("broadcast_stop", args=[broadcast.pk])),
    ]
    client.force_login(ines.user)
    assert {getattr(client, method)(where).status_code for method, where in doors} == {404}
    client.logout()
    assert {getattr(client, method)(where).status_code for method, where in doors} == {302}
    client.force_login(cast.make_moderator())
    assert client.get(doors[1][1]).status_code == 200


def test_stopping_wants_a_reason_and_cancels_what_has_not_left(team, case, ines):
    broadcast = scheduled(team, case)
    where = reverse("broadcast_stop", args=[broadcast.pk])
    assert "errorlist" in team.post(where, {"reason": ""}).content.decode()
    for _click in range(2):
        page = team.post(where, {"reason": "La date a changé"}, follow=True).content.decode()
    assert "La date a changé" in page
    assert "la diffusion a été arrêtée" in page
    assert Post.objects.get().state == PostState.CANCELLED
    assert Stop.objects.count() == 1
    broadcast.refresh_from_db()
    assert broadcast.state == BroadcastState.CANCELLED


def test_failures_are_said_in_words(team, case, ines):
    broadcast = scheduled(team, case)
    broadcast.posts.update(state=PostState.FAILED, failure="duplicate")
    page = team.get(reverse("broadcast_detail", args=[broadcast.pk])).content.decode()
    assert "le réseau y voit une copie" in page
    assert "en échec\u202f: 1" in page


def test_the_table_costs_the_same_for_one_or_for_twenty(team, case, django_assert_max_num_queries):
    for number in range(20):
        influencer = cast.make_influencer(f"Engagé {number}")
        cast.make_pledge(influencer, cast.make_account(influencer), case)
    broadcast = scheduled(team, case)
    with django_assert_max_num_queries(15):
        team.get(reverse("broadcast_detail", args=[broadcast.pk]))


# --- one tap -------------------------------------------------------------------------------------------------------


@pytest.fixture
def offered(case, ines, settings):
    settings.X_PLEDGES_BY_API = False
    at = timezone.now() + timedelta(minutes=5)
    broadcasting.schedule(broadcasting.prepare(case, None, TEXT, at, 10), timezone.now())
    post = Post.objects.get()
    Post.objects.filter(pk=post.pk).update(state=PostState.OFFERED)
    post.refresh_from_db()
    return post


def test_the_link_of_the_mail_opens_the_exact_text_without_signing_in(client, offered):
    page = client.get(tap_url(offered).removeprefix("http://testserver"))
    assert page.status_code == 200
    assert offered.text in strip_tags(page.content.decode())
    assert f'<span class="linked">{offered.link.url}</span>' in page.content.decode()
    assert page.context["share_url"].startswith("https://x.com/intent/")
    assert page["Referrer-Policy"] == "same-origin", "no other site learns the link, and its own forms are still taken"


def test_a_stop_takes_the_link_to_the_network_away(client, case, offered):
    where = tap_url(offered).removeprefix("http://testserver")
    stopping.stop(None, "à revoir", case=case)
    page = client.get(where)
    assert page.context["share_url"] == ""
    assert "https://x.com/intent/" not in page.content.decode()


def test_nobody_opens_the_post_of_another(client, offered):
    where = reverse("post_tap", args=[offered.pk])
    forged = signing.dumps(str(offered.pk), salt="autre")
    client.force_login(cast.make_user("Sam"))
    assert client.get(where).status_code == 404
    assert client.get(where, {"t": forged}).status_code == 404
    assert client.post(where).status_code == 404
    client.force_login(offered.pledge.influencer.user)
    assert client.get(where).status_code == 200


def test_the_link_of_the_mail_also_withdraws(client, offered):
    where = tap_url(offered).removeprefix("http://testserver")
    page = client.post(where, {"action": "withdraw"}, follow=True).content.decode()
    assert "accord est retiré" in page
    assert "Publier sur X" not in page
    offered.refresh_from_db()
    assert (offered.state, offered.failure) == (PostState.CANCELLED, "withdrawn")


def test_a_post_of_the_api_has_no_tap_page(client, case, ines, settings):
    settings.X_PLEDGES_BY_API = True
    at = timezone.now() + timedelta(minutes=5)
    broadcasting.schedule(broadcasting.prepare(case, None, TEXT, at, 10), timezone.now())
    client.force_login(ines.user)
    assert client.get(reverse("post_tap", args=[Post.objects.get().pk])).status_code == 404


def test_a_repost_waits_for_the_campaigns_post(client, case, settings):
    settings.X_PLEDGES_BY_API = False
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, cast.make_account(influencer), case, mode=PledgeMode.REPOST, consented_text="")
    campaign = cast.make_account(None, Network.X, handle="@campagne")
    at = timezone.now() + timedelta(minutes=5)
    broadcasting.schedule(broadcasting.prepare(case, None, TEXT, at, 10), timezone.now())
    client.force_login(influencer.user)
    where = reverse("post_tap", args=[Post.objects.get(pledge__isnull=False).pk])
    assert "n’est pas encore en ligne" in client.get(where).content.decode()
    Post.objects.filter(account=campaign).update(
        state=PostState.PUBLISHED, remote_id="42", remote_url="https://x.com/i/status/42", published_at=timezone.now()
    )
    assert "tweet_id=42" in client.get(where).context["share_url"]


def test_ones_own_space_shows_what_comes_and_why_it_failed(client, offered):
    client.force_login(offered.pledge.influencer.user)
    page = client.get(reverse("me")).content.decode()
    assert offered.text in page
    assert reverse("post_tap", args=[offered.pk]) in page
    Post.objects.update(state=PostState.FAILED, failure="auth")
    assert "le compte est à reconnecter" in client.get(reverse("me")).content.decode()
