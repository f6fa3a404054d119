"""A scheduled broadcast takes another hour: what has not left goes along, and nothing leaves before it."""

from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from campaigns.models import MilestoneKind
from i4emploi_site.lib.times import PARIS, long_date
from influencers import claiming, clearing, publishing, settling, tasks
from influencers.models import Broadcast, BroadcastState, Delivery, Drill, DrillLine, Influencer, Post, PostState
from influencers.networks import base
from tests import cast
from tests.influencers import drill_scene
from tests.influencers.scene import account_on, broadcast_of, received, run

pytestmark = pytest.mark.django_db


def typed(at: datetime) -> str:
    return at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def later(**ahead) -> datetime:
    return (timezone.now() + timedelta(**ahead)).replace(second=0, microsecond=0)


def ask(team, broadcast, at, *, seen_at=None, **more):
    form = {
        "at": typed(at) if isinstance(at, datetime) else at,
        "seen_at": (seen_at or broadcast.at).isoformat(),
    } | more
    return team.post(reverse("broadcast_move", args=[broadcast.pk]), form)


def move(team, broadcast, at, **more):
    return ask(team, broadcast, at, confirm=at.astimezone(PARIS).isoformat(), **more)


def said(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


@pytest.fixture
def pledged(network, case):
    account = drill_scene.engage(network, case)
    return drill_scene.plan(case, hours=30), account


def test_the_team_sees_what_moves_then_moves_it(team, pledged):
    broadcast, _account = pledged
    where = reverse("broadcast_move", args=[broadcast.pk])
    assert where in said(team.get(reverse("broadcast_detail", args=[broadcast.pk])))
    assert typed(broadcast.at) in said(team.get(where))
    to = later(hours=50)
    shown = said(ask(team, broadcast, to))
    assert "1 publication change d’heure" in shown
    before = broadcast.at
    broadcast.refresh_from_db()
    assert broadcast.at == before, "nothing moved yet"
    answer = move(team, broadcast, to)
    assert answer["Location"] == reverse("broadcast_detail", args=[broadcast.pk])
    broadcast.refresh_from_db()
    assert (broadcast.at, broadcast.posts.get().due_at) == (to, to)
    page = said(team.get(answer["Location"]))
    assert "Décalée le" in page
    assert "1 publication part à partir du" in page
    made = broadcast.moves.get()
    assert (made.moved_from, made.moved_to, made.posts) == (before, to, 1)


def test_an_hour_typed_after_the_look_is_shown_first(team, pledged):
    broadcast, _account = pledged
    answer = ask(team, broadcast, later(hours=50), confirm=later(hours=40).isoformat())
    assert "1 publication change d’heure" in said(answer)
    assert not broadcast.moves.exists()


def test_pressing_twice_moves_once_and_a_move_in_between_is_told(team, pledged):
    broadcast, _account = pledged
    seen, to = broadcast.at, later(hours=50)
    move(team, broadcast, to, seen_at=seen)
    again = team.get(move(team, broadcast, to, seen_at=seen)["Location"])
    assert "commence déjà à cette heure" in said(again)
    late = move(team, broadcast, later(hours=60), seen_at=seen)
    assert "décalée entre-temps" in said(late)
    broadcast.refresh_from_db()
    assert f'name="seen_at" value="{broadcast.at.isoformat()}"' in said(late), "the page's own next press holds"
    assert broadcast.moves.count() == 1


def test_what_was_claimed_waits_for_the_new_hour_and_leaves_once(network, case, team):
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, account_on(network, influencer), case)
    broadcast = broadcast_of(case)
    broadcast.refresh_from_db()
    claimed = claiming.claim(network.name, timezone.now())
    move(team, broadcast, later(hours=2))
    publishing.send(claimed)
    post = broadcast.posts.get()
    assert (received(network, post), post.state, post.due_at) == (0, PostState.SCHEDULED, later(hours=2))
    run(network)
    assert received(network, post) == 0
    claimed = claiming.claim(network.name, timezone.now() + timedelta(hours=3))
    assert claimed == [post]
    publishing.send(claimed)
    assert received(network, post) == 0, "the last look goes by the clock of the sender, not of the claim"
    drill_scene.bring(broadcast, minutes=-1)
    run(network)
    assert received(network, post) == 1


def test_what_was_on_its_way_and_comes_back_waits_for_the_new_hour(network, case, team):
    for name in ("Inès", "Omar"):
        drill_scene.engage(network, case, name)
    broadcast = broadcast_of(case)
    broadcast.refresh_from_db()
    first, other = claiming.claim(network.name, timezone.now())
    (leaving,) = clearing.clear([first], timezone.now())
    to = later(hours=2)
    move(team, broadcast, to)
    settling.settle_error(leaving.post, base.Transient("503", retry_after=20), timezone.now())
    (again,) = claiming.claim(network.name, timezone.now() + timedelta(minutes=1))
    publishing.send([other, again])
    assert set(broadcast.posts.values_list("state", "due_at")) == {(PostState.SCHEDULED, to)}


def test_what_the_network_refused_for_a_while_is_not_sent_earlier_than_it_asked(team, post):
    broadcast = post.broadcast
    broadcast.refresh_from_db()
    asked = timezone.now() + timedelta(hours=5)
    Post.objects.filter(pk=post.pk).update(attempts=1, due_at=asked)
    move(team, broadcast, later(hours=1))
    post.refresh_from_db()
    assert post.due_at == asked


def test_nobody_is_posted_for_in_their_quiet_hours(team, pledged):
    broadcast, account = pledged
    Influencer.objects.filter(pk=account.influencer_id).update(quiet_from=time(22), quiet_until=time(8))
    night = datetime.combine((timezone.now() + timedelta(days=3)).astimezone(PARIS).date(), time(23), PARIS)
    move(team, broadcast, night)
    due = broadcast.posts.get().due_at.astimezone(PARIS)
    assert due.date() == night.date() + timedelta(days=1)
    assert due.hour == 8


def test_it_moves_earlier_too(team, pledged):
    broadcast, _account = pledged
    to = later(hours=2)
    move(team, broadcast, to)
    assert broadcast.posts.get().due_at == to


def test_what_left_stays_and_what_was_stopped_stays_stopped(team, case, network):
    states = [PostState.PUBLISHED, PostState.OFFERED, PostState.CANCELLED, PostState.SCHEDULED]
    for number in range(len(states)):
        drill_scene.engage(network, case, f"Personne {number}")
    broadcast = drill_scene.plan(case, hours=30)
    posts = list(broadcast.posts.order_by("pk"))
    for post, state in zip(posts, states, strict=True):
        reference = {"remote_id": f"r{post.pk}", "published_at": timezone.now()} if state == PostState.PUBLISHED else {}
        failure = "stopped" if state == PostState.CANCELLED else ""
        Post.objects.filter(pk=post.pk).update(state=state, failure=failure, **reference)
    before = {post.pk: post.due_at for post in posts[:-1]}
    shown = said(ask(team, broadcast, later(hours=50)))
    assert "1 publication change d’heure" in shown
    assert "1 publication est déjà partie" in shown
    assert "1 personne a déjà reçu son lien" in shown
    move(team, broadcast, later(hours=50))
    assert {post.pk: post.due_at for post in Post.objects.filter(pk__in=before)} == before


@pytest.mark.parametrize("wrong", ["", "hier soir", "2020-01-01T10:00", "2999-01-01T10:00", "2027-13-40T99:99", "\0"])
def test_an_hour_that_cannot_be_is_refused_where_it_was_typed(team, pledged, wrong):
    broadcast, _account = pledged
    answer = ask(team, broadcast, wrong, confirm="1")
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in said(answer)
    assert not broadcast.moves.exists()


def test_it_never_moves_behind_the_date_that_it_works_towards(team, pledged, case):
    broadcast, _account = pledged
    case.milestones.update(kind=MilestoneKind.DLDO, at=later(hours=40), cancelled_at=None)
    assert "choisissez une heure avant elle" in said(move(team, broadcast, later(hours=41)))
    move(team, broadcast, later(hours=39))
    broadcast.refresh_from_db()
    assert (broadcast.at, broadcast.until) == (later(hours=39), later(hours=40))


@pytest.mark.parametrize("state", [BroadcastState.DRAFT, BroadcastState.DONE, BroadcastState.CANCELLED])
def test_only_what_is_scheduled_moves(team, pledged, state):
    broadcast, _account = pledged
    Broadcast.objects.filter(pk=broadcast.pk).update(state=state)
    assert "ne se décale pas" in said(move(team, broadcast, later(hours=50)))
    assert not broadcast.moves.exists()


def test_drills_follow_the_new_date_and_are_run_again_for_it(team, pledged):
    broadcast, account = pledged
    drill_scene.bring(broadcast, hours=20)
    tasks.drill_due()
    assert Drill.objects.filter(finished_at__isnull=False).count() == 1
    broadcast.refresh_from_db()
    move(team, broadcast, later(hours=100))
    waiting = Drill.objects.filter(finished_at__isnull=True)
    assert sorted(waiting.values_list("hours_before", flat=True)) == [1, 24, 72]
    mail.outbox.clear()
    tasks.drill_due()
    assert not mail.outbox, "none is due yet"
    drill_scene.bring(broadcast, hours=71)
    tasks.drill_due()
    assert DrillLine.objects.filter(drill__hours_before=72, post__account=account).count() == 1
    assert len([message for message in mail.outbox if "compte prêt" in message.subject]) == 1


def test_a_person_who_posts_by_hand_is_told_the_new_slot(team, pledged):
    broadcast, account = pledged
    broadcast.posts.update(delivery=Delivery.TAP)
    tasks.tell_slots()
    mail.outbox.clear()
    to = later(hours=50)
    assert "1 personne publie elle-même" in said(ask(team, broadcast, to))
    move(team, broadcast, to)
    tasks.tell_slots()
    (told,) = drill_scene.to(account)
    assert long_date(to) in told.body


def test_strangers_move_nothing(client, pledged):
    broadcast, account = pledged
    client.force_login(account.influencer.user)
    assert move(client, broadcast, later(hours=50)).status_code == 404
    assert not broadcast.moves.exists()
