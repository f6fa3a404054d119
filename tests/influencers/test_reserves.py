"""The reserve for the last 48 hours: armed by the team, kept out of other broadcasts, launched by Celery's door."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from campaigns.models import CaseStatus, Milestone, MilestoneKind
from i4emploi_site.lib.times import PARIS, long_date
from influencers import broadcasting, reserving, tasks
from influencers.models import Broadcast, BroadcastState, Drill, Post, PostState
from tests import cast
from tests.influencers.test_broadcast_pages import prepare, scheduled

pytestmark = pytest.mark.django_db

TEXT = "Plus que 48 heures pour Meymac : {lien} #i4emploi"


@pytest.fixture
def crowd(case):
    for number in range(10):
        influencer = cast.make_influencer(f"Engagé {number}")
        cast.make_pledge(influencer, cast.make_account(influencer), case)


def arm(team, case, **changes):
    return team.post(reverse("reserve_new", args=[case.slug]), {"text": TEXT, "percent": "30"} | changes)


def page(team, broadcast) -> str:
    answer = team.get(reverse("broadcast_detail", args=[broadcast.pk]))
    return answer.content.decode().replace("\xa0", " ")


def bring(case, **ahead) -> datetime:
    at = timezone.now() + timedelta(**ahead)
    case.milestones.update(at=at)
    return at


def launched(broadcast=None) -> bool:
    with transaction.atomic():
        tasks.launch_reserves()
    return Broadcast.objects.get(is_reserve=True).state == BroadcastState.SCHEDULED


# --- arming -------------------------------------------------------------------------------------------------------------


def test_the_team_puts_a_share_of_the_pledges_aside(team, case, crowd):
    answer = arm(team, case)
    reserve = Broadcast.objects.get()
    assert answer["Location"] == reverse("broadcast_detail", args=[reserve.pk])
    assert (reserve.state, reserve.is_reserve, reserve.reserve_percent) == (BroadcastState.ARMED, True, 30)
    said = page(team, reserve)
    assert "en réserve" in said
    assert "3 engagés gardés (30 %)" in said
    assert "Lancée maintenant, elle ferait 10 publications" in said
    deadline = case.milestones.get().at
    assert long_date(deadline - timedelta(hours=48)).replace("\xa0", " ") in said
    assert "Les 48 dernières heures" in team.get(reverse("dashboard", args=[case.slug])).content.decode()
    assert "Voir la réserve" in team.get(reverse("broadcast_new", args=[case.slug])).content.decode()
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": "La conciliation échoue : {lien}"}, "procédure confidentielle"),
        ({"text": "Sans lien du tout"}, "contient {lien} une fois"),
        ({"text": "a" * 1_000_000 + "{lien}"}, "errorlist"),
        ({"text": "mot " * 100 + "{lien}"}, "Trop long pour X"),
        ({"percent": "9"}, "errorlist"),
        ({"percent": "51"}, "errorlist"),
        ({"percent": "trente"}, "errorlist"),
        ({"percent": ""}, "errorlist"),
    ],
)
def test_a_reserve_that_cannot_be_is_refused_at_its_field(team, case, changes, said):
    cast.make_account(None, handle="@campagne")
    answer = arm(team, case, **changes)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Broadcast.objects.exists()


def test_a_case_keeps_one_reserve_at_a_time(team, case):
    for _press in range(2):
        assert arm(team, case).status_code == 302
    refused = arm(team, case, text="Un autre texte : {lien}").content.decode()
    assert "Une réserve attend déjà" in refused
    assert "Un autre texte" in refused
    reserve = Broadcast.objects.get()
    assert team.get(reverse("reserve_new", args=[case.slug]))["Location"] == f"/diffusions/{reserve.pk}/"
    with pytest.raises(IntegrityError), transaction.atomic():
        Broadcast.objects.create(
            case=case, canonical_text=TEXT, at=timezone.now(), state="armed", is_reserve=True, reserve_percent=20
        )


def test_only_the_team_and_moderators_arm(client, team, case):
    where = reverse("reserve_new", args=[case.slug])
    client.force_login(cast.make_user())
    assert client.get(where).status_code == 404
    client.logout()
    assert client.get(where).status_code == 302
    client.force_login(cast.make_moderator())
    assert client.get(where).status_code == 200


def test_a_case_out_of_sight_arms_nothing(client):
    held = cast.make_case(CaseStatus.HELD)
    client.force_login(cast.make_member(held))
    assert "Seul un dossier publié" in client.get(reverse("reserve_new", args=[held.slug])).content.decode()
    assert "Seul un dossier publié" in arm(client, held).content.decode()
    assert not Broadcast.objects.exists()


# --- kept aside ---------------------------------------------------------------------------------------------------------


def test_an_ordinary_broadcast_leaves_them_and_says_so(team, case, crowd):
    arm(team, case)
    kept = {pledge.pk for pledge in broadcasting.kept_in(Broadcast.objects.get())}
    draft = team.get(prepare(team, case)["Location"]).content.decode().replace("\xa0", " ")
    assert "3 engagés sont gardés pour les 48 dernières heures" in draft
    assert "7 publications prévues" in draft
    broadcast = Broadcast.objects.get(is_reserve=False)
    team.post(reverse("broadcast_schedule", args=[broadcast.pk]))
    spent = set(Post.objects.values_list("pledge", flat=True))
    assert len(spent) == 7
    assert not spent & kept


def test_several_broadcasts_do_not_use_the_reserve_up(team, case, crowd):
    arm(team, case)
    reserve = Broadcast.objects.get()
    kept = broadcasting.kept_in(reserve)
    scheduled(team, case)
    influencer = cast.make_influencer("Une de plus")
    cast.make_pledge(influencer, cast.make_account(influencer), case)
    prepare(team, case, text="Encore un mot pour Meymac : {lien}")
    second = Broadcast.objects.filter(is_reserve=False).latest("created_at")
    team.post(reverse("broadcast_schedule", args=[second.pk]))
    now_kept = broadcasting.kept_in(reserve)
    assert len(set(kept) & set(now_kept)) >= len(kept) - 1
    assert "3 engagés gardés" in page(team, reserve)


def test_once_stopped_everybody_posts_again(team, case, crowd):
    arm(team, case)
    reserve = Broadcast.objects.get()
    where = reverse("broadcast_stop", args=[reserve.pk])
    assert "Arrêtée" in team.post(where, {"reason": "On lance tout"}, follow=True).content.decode()
    scheduled(team, case)
    assert Post.objects.count() == 10
    bring(case, hours=40)
    assert not launched()


# --- launching ----------------------------------------------------------------------------------------------------------


def test_it_leaves_by_itself_48_hours_before_the_limit_for_offers(team, case, crowd):
    arm(team, case)
    scheduled(team, case)
    bring(case, hours=48, minutes=5)
    assert not launched()
    deadline = bring(case, hours=47, minutes=59)
    assert launched()
    reserve = Broadcast.objects.get(is_reserve=True)
    assert reserve.posts.filter(pledge__isnull=False).count() == 3
    assert timezone.now() + timedelta(minutes=59) < reserve.at < deadline
    assert reserve.until <= deadline
    assert "réserve des 48 dernières heures" in page(team, reserve)
    assert 1 in Drill.objects.filter(broadcast=reserve).values_list("hours_before", flat=True)
    tasks.launch_reserves()
    assert reserve.posts.filter(pledge__isnull=False).count() == 3


def test_a_pledge_that_nobody_kept_leaves_with_the_reserve_too(team, case, crowd):
    arm(team, case)
    bring(case, hours=47)
    assert launched()
    assert Post.objects.count() == 10


def test_a_hearing_that_moves_takes_the_reserve_along(team, case, crowd):
    arm(team, case)
    bring(case, days=30)
    assert not launched()
    assert "Si elle est reportée, la réserve attend avec elle" in page(team, Broadcast.objects.get())
    bring(case, hours=20)
    assert launched()


def test_once_offers_are_closed_the_hearing_counts(team, case, crowd):
    arm(team, case)
    bring(case, hours=-1)
    Milestone.objects.create(case=case, kind=MilestoneKind.AUDIENCE, at=timezone.now() + timedelta(hours=30))
    assert launched()


@pytest.mark.parametrize("end", ["passed", "cancelled", "only the judgment"])
def test_without_a_date_ahead_nothing_leaves_and_the_page_says_so(team, case, crowd, end):
    arm(team, case)
    bring(case, hours=30 if end == "cancelled" else -1)
    if end == "cancelled":
        case.milestones.all().cancel("Plus d’audience")
    if end == "only the judgment":
        Milestone.objects.create(case=case, kind=MilestoneKind.DELIBERE, at=timezone.now() + timedelta(hours=30))
    assert not launched()
    assert "est passée ou annulée" in page(team, Broadcast.objects.get())
    case.milestones.all().delete()
    assert "Aucune échéance qui compte" in page(team, Broadcast.objects.get())


def test_a_case_that_is_held_launches_nothing(team, case, crowd):
    arm(team, case)
    bring(case, hours=30)
    type(case).objects.update(status=CaseStatus.HELD)
    assert not launched()
    assert "la réserve ne partira pas" in page(team, Broadcast.objects.get())


def test_nobody_to_post_leaves_it_armed(team, case):
    arm(team, case)
    bring(case, hours=30)
    assert not launched()
    assert "dès que quelqu’un peut publier" in page(team, Broadcast.objects.get())
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, cast.make_account(influencer), case)
    assert launched()


def test_a_launched_reserve_is_stopped_like_any_broadcast(team, case, crowd):
    arm(team, case)
    bring(case, hours=30)
    launched()
    reserve = Broadcast.objects.get()
    team.post(reverse("broadcast_stop", args=[reserve.pk]), {"reason": "Une offre est là"})
    assert set(Post.objects.values_list("state", flat=True)) == {PostState.CANCELLED}


def at_paris(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "hours_left", "starts"),
    [
        (at_paris(10), 48, at_paris(11)),
        (at_paris(19, 59), 48, at_paris(20, 59)),
        (at_paris(20, 30), 48, at_paris(8) + timedelta(days=1)),  # not at night
        (at_paris(3), 48, at_paris(8)),
        (at_paris(22), 6, at_paris(23)),  # unless morning is too late
        (at_paris(22), 1, at_paris(22, 30)),
    ],
)
def test_it_begins_after_an_hours_notice_and_never_after_the_deadline(now, hours_left, starts):
    deadline = now + timedelta(hours=hours_left)
    start = reserving.begins_at(now, deadline)
    assert start == starts
    assert start + timedelta(minutes=reserving.spread_before(start, deadline)) < deadline


@pytest.mark.django_db(transaction=True)
def test_the_team_is_told_when_the_reserve_is_launched(client):
    case = cast.make_case()
    member = cast.make_member(case)
    client.force_login(member)
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, cast.make_account(influencer), case)
    arm(client, case)
    bring(case, hours=30)
    for _minute in range(2):
        tasks.launch_reserves()
    [told] = mail.outbox
    assert told.to == [member.email]
    assert "1 publication, à partir du" in told.body
    assert TEXT in told.body
    assert reverse("broadcast_detail", args=[Broadcast.objects.get().pk]) in told.body
