"""What the team reads of a drill on the broadcast's page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import CaseMember
from i4emploi_site.lib.times import long_date
from influencers import broadcasting
from influencers.models import Drill, DrillLine, Readiness
from tests import cast

pytestmark = pytest.mark.django_db


def engage(case, name, network="x", **fields):
    influencer = cast.make_influencer(name)
    cast.make_pledge(influencer, cast.make_account(influencer, network, **fields), case)


def plan(case, hours=80):
    at = timezone.now() + timedelta(hours=hours)
    made = broadcasting.prepare(case, cast.make_moderator(), "Meymac attend. {lien}", at, 0)
    broadcasting.schedule(made, timezone.now())
    return made


def page(team, broadcast) -> str:
    answer = team.get(reverse("broadcast_detail", args=[broadcast.pk]))
    return answer.content.decode().replace("\xa0", " ")


def found(broadcast, hours=72, **verdicts) -> Drill:
    """A finished drill, with what it found of each public name; ready, of those not named."""
    drill = broadcast.drills.get(hours_before=hours)
    Drill.objects.filter(pk=drill.pk).update(at=timezone.now(), finished_at=timezone.now())
    for post in broadcast.posts.select_related("account", "pledge__influencer"):
        verdict = verdicts.get(post.pledge.influencer.public_name if post.pledge else "", Readiness.READY)
        DrillLine.objects.create(
            drill=drill, post=post, verdict=verdict, delivery=post.delivery, followers=post.account.followers
        )
    return drill


def another_of_the_same_team(case):
    other = cast.make_case()
    CaseMember.objects.create(case=other, user=case.members.get().user, role="elected")
    engage(other, "Odile")
    return other


@pytest.fixture
def by_api(settings):
    settings.X_PLEDGES_BY_API = True


def test_before_the_first_drill_the_page_says_when_it_comes(team, case):
    engage(case, "Inès")
    broadcast = plan(case)
    assert f"d’abord le {long_date(broadcast.at - timedelta(hours=72))}" in page(team, broadcast)
    assert "trop proche pour vérifier" in page(team, plan(another_of_the_same_team(case), hours=0.5))


def test_the_table_says_who_is_in_each_state_and_what_may_come_of_it(team, case, by_api):
    engage(case, "Inès", followers=1_000)
    engage(case, "Odile", followers=5_000)
    engage(case, "Rachid", network="mastodon", followers=None)
    cast.make_account(None, handle="@campagne", followers=90_000)
    broadcast = plan(case)
    found(broadcast, Odile=Readiness.EXPIRED)
    said = page(team, broadcast)
    assert "à reconnecter" in said
    assert "Odile, @compte" in said
    assert "1 000 (1 compte), plus 1 compte dont le nombre d’abonnés est inconnu" in said.replace("\u202f", " ")
    assert "Portée engagée en un geste (estimé) : aucun compte" in said
    assert "Coût (estimé) : 0,40 €" in said  # the campaign's and Inès', each with a link
    assert f"Prochaine vérification le {long_date(broadcast.at - timedelta(hours=24))}" in said.replace(" h", "\u202fh")


def test_reach_by_tap_is_told_apart(team, case, settings):
    settings.X_PLEDGES_BY_API = False
    engage(case, "Inès", followers=1_000)
    engage(case, "Rachid", network="mastodon", followers=30)
    broadcast = plan(case)
    found(broadcast)
    said = page(team, broadcast).replace("\u202f", " ")
    assert "par l’API (estimé) : 30 (1 compte)" in said
    assert "en un geste (estimé) : 1 000 (1 compte)" in said
    assert "Coût (estimé) : gratuit" in said


def test_unknown_followers_are_never_a_zero(team, case, by_api):
    engage(case, "Inès", followers=None)
    broadcast = plan(case)
    found(broadcast)
    assert "par l’API (estimé) : inconnue (1 compte)" in page(team, broadcast)


def test_the_latest_drill_is_the_one_shown(team, case, by_api):
    engage(case, "Inès")
    broadcast = plan(case)
    found(broadcast, hours=72, Inès=Readiness.LOCKED)
    found(broadcast, hours=24)
    said = page(team, broadcast)
    assert "prêt" in said
    assert "verrouillé par son réseau" not in said


def test_many_ready_names_do_not_hide_the_others(team, case, by_api, django_assert_max_num_queries):
    for number in range(15):
        engage(case, f"Engagé {number}")
    broadcast = plan(case)
    found(broadcast, **{"Engagé 14": Readiness.SILENT})
    url = reverse("broadcast_detail", args=[broadcast.pk])
    with django_assert_max_num_queries(16):
        answer = team.get(url)
    said = answer.content.decode()
    table = said[: said.index('id="posts"')]
    assert "et 2 autres" in table.replace("\xa0", " ")
    assert "Engagé 14" in table


def test_posts_that_would_come_after_the_deadline_are_said_before_scheduling(team, case):
    engage(case, "Inès")
    at = timezone.now() + timedelta(minutes=90)
    case.milestones.update(at=at + timedelta(seconds=1))
    made = broadcasting.prepare(case, cast.make_moderator(), "Meymac attend. {lien}", at, 24 * 60)
    assert "1 publication tomberait après l’échéance" in page(team, made)
