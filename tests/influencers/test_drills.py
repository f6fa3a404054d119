"""Readiness drills: when they run and what they find; with real servers, by Celery's door."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from campaigns import figures
from campaigns.models import CaseStatus
from influencers import accounts, drilling, stopping, tasks
from influencers.models import Delivery, Drill, DrillLine, NetworkAccount, Post, PostState, Readiness, Spend
from influencers.networks import base
from tests import cast
from tests.influencers.drill_scene import bring, drill, engage, plan, to

pytestmark = pytest.mark.django_db(transaction=True)


# --- when ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "hours"),
    [
        ({"hours": 80}, [72, 24, 1]),
        ({"hours": 30}, [24, 1]),
        ({"hours": 24, "minutes": -1}, [1]),
        ({"minutes": 59}, []),
    ],
)
def test_the_drills_still_ahead_are_planned(mastodon, ahead, hours):
    case = cast.make_case()
    engage(mastodon, case)
    assert [planned.hours_before for planned in plan(case, **ahead).drills.all()] == hours


def test_each_drill_runs_once_at_its_hour(mastodon):
    case = cast.make_case()
    engage(mastodon, case)
    broadcast = plan(case, hours=80)
    finished = Drill.objects.filter(finished_at__isnull=False).order_by("-hours_before")
    for ahead, so_far in [(73, []), (71, [72]), (70, [72]), (23, [72, 24]), (2, [72, 24]), (0.9, [72, 24, 1])]:
        bring(broadcast, hours=ahead)
        tasks.drill_due()
        assert [done.hours_before for done in finished.all()] == so_far
    assert DrillLine.objects.count() == 3


def test_a_broadcast_that_moves_away_takes_its_drills_along(mastodon):
    case = cast.make_case()
    engage(mastodon, case)
    broadcast = plan(case, hours=26)
    assert drill(broadcast, hours=90) is None
    assert drill(broadcast, hours=23).drill.hours_before == 24


def test_of_several_drills_that_were_missed_the_latest_runs(mastodon):
    case = cast.make_case()
    engage(mastodon, case)
    broadcast = plan(case, hours=80)
    assert drill(broadcast, minutes=40).drill.hours_before == 1
    assert Drill.objects.count() == 1
    assert len(mail.outbox) == 0  # nobody is in the team of this case


@pytest.mark.parametrize("end", ["stopped", "held", "withdrawn"])
def test_what_nobody_waits_for_any_more_is_not_drilled(mastodon, end):
    case = cast.make_case()
    cast.make_member(case)
    account = engage(mastodon, case)
    broadcast = plan(case, hours=30)
    if end == "stopped":
        stopping.stop(None, "La date a changé", broadcast=broadcast)
    elif end == "held":
        type(case).objects.update(status=CaseStatus.HELD)
    else:
        account.pledges.update(withdrawn_at=timezone.now())
        Post.objects.update(state=PostState.CANCELLED, failure="withdrawn")
    assert drill(broadcast, hours=23) is None
    assert mail.outbox == []


# --- what is found ------------------------------------------------------------------------------------------------------


def test_every_error_of_the_taxonomy_has_a_verdict():
    assert set(drilling.VERDICTS) == set(base.NetworkError.__subclasses__())


def test_a_ready_account_tells_its_followers_too(network):
    case = cast.make_case()
    account = engage(network, case, followers=7, followers_read_at=None)
    assert drill(plan(case, hours=2), minutes=50).verdict == Readiness.READY
    account.refresh_from_db()
    assert account.followers == network.adapter.me(accounts.token_of(account)).followers
    assert timezone.now() - account.followers_read_at < timedelta(minutes=1)
    line = DrillLine.objects.get()
    assert (line.followers, line.delivery) == (account.followers, Delivery.API)
    assert figures.of(case).pledged_reach == max(account.followers - 7, 0)


ANSWERS_OF_X = [
    ("500", Readiness.SILENT), ("timeout", Readiness.SILENT), ("drop", Readiness.SILENT),
    ("malformed", Readiness.UNCLEAR), ("404", Readiness.UNCLEAR), ("400", Readiness.UNCLEAR),
    ("402", Readiness.REFUSED), ("app-suspended", Readiness.REFUSED), ("locked", Readiness.LOCKED),
    ("scope", Readiness.EXPIRED),
]  # fmt: skip


@pytest.mark.parametrize(("effect", "verdict"), ANSWERS_OF_X)
def test_each_answer_of_x_is_a_verdict(sandbox_x, effect, verdict):
    case = cast.make_case()
    engage(sandbox_x, case)
    broadcast = plan(case, hours=2)
    sandbox_x.fail(effect, method="GET", path="/2/users/me")
    line = drill(broadcast, minutes=50)
    assert line.verdict == verdict
    handed = verdict in (Readiness.EXPIRED, Readiness.LOCKED)
    assert line.fell_back is handed
    assert Post.objects.get().delivery == (Delivery.TAP if handed else Delivery.API)


@pytest.mark.parametrize(
    ("effect", "verdict"),
    [("500", Readiness.SILENT), ("timeout", Readiness.SILENT), ("malformed", Readiness.SILENT), ("404", "unclear")],
)
def test_each_answer_of_an_instance_is_a_verdict(mastodon, effect, verdict):
    case = cast.make_case()
    engage(mastodon, case)
    broadcast = plan(case, hours=2)
    mastodon.fail(effect, method="GET", path="/api/v1/accounts/verify_credentials")
    assert drill(broadcast, minutes=50).verdict == verdict
    assert Post.objects.get().delivery == Delivery.API


def test_a_network_that_is_asked_too_often_is_asked_again_later(mastodon):
    case = cast.make_case()
    cast.make_member(case)
    engage(mastodon, case)
    broadcast = plan(case, hours=26)
    mastodon.fail("429", method="GET", path="/api/v1/accounts/verify_credentials")
    assert drill(broadcast, hours=23) is None
    assert mail.outbox == []
    assert drill(broadcast, hours=23).verdict == Readiness.READY
    assert len(mail.outbox) == 1


def test_patience_with_a_busy_network_ends(mastodon):
    case = cast.make_case()
    engage(mastodon, case)
    broadcast = plan(case, hours=26)
    Drill.objects.update(at=timezone.now() - drilling.PATIENCE)
    mastodon.fail("429", method="GET", path="/api/v1/accounts/verify_credentials")
    assert drill(broadcast, hours=23).verdict == Readiness.SILENT


def test_an_instance_that_answers_nothing_is_not_asked_for_ever(mastodon, monkeypatch):
    monkeypatch.setattr(drilling, "IN_FLIGHT", drilling.SILENCES)
    case = cast.make_case()
    for number in range(drilling.SILENCES + 2):
        engage(mastodon, case, f"Engagé {number}")
    broadcast = plan(case, hours=26)
    mastodon.fail("500", drilling.SILENCES, method="GET", path="/api/v1/accounts/verify_credentials")
    drill(broadcast, hours=23)
    assert set(DrillLine.objects.values_list("verdict", flat=True)) == {Readiness.SILENT}
    assert DrillLine.objects.count() == drilling.SILENCES + 2


def test_a_token_that_ended_is_renewed_and_the_account_ready(sandbox_x):
    case = cast.make_case()
    account = engage(sandbox_x, case, expires_at=timezone.now())
    former = account.access_token
    assert drill(plan(case, hours=30), hours=23).verdict == Readiness.READY
    account.refresh_from_db()
    assert account.access_token != former


def test_a_token_that_x_refuses_is_renewed_once(sandbox_x):
    case = cast.make_case()
    account = engage(sandbox_x, case)
    NetworkAccount.objects.filter(pk=account.pk).update(access_token="refuse")
    assert drill(plan(case, hours=2), minutes=50).verdict == Readiness.READY


def test_x_is_paid_for_what_is_unknown_or_old_and_in_the_last_hour(sandbox_x):
    case = cast.make_case()
    account = engage(sandbox_x, case)
    broadcast = plan(case, hours=80)
    drill(broadcast, hours=71)
    assert Spend.objects.count() == 0
    NetworkAccount.objects.filter(pk=account.pk).update(followers_read_at=timezone.now() - timedelta(days=8))
    drill(broadcast, hours=23)
    assert [(paid.call, paid.units) for paid in Spend.objects.all()] == [("user_read", 1)]
    NetworkAccount.objects.filter(pk=account.pk).update(followers_read_at=timezone.now() - timedelta(days=1))
    drill(broadcast, minutes=50)
    assert Spend.objects.count() == 2


def test_whoever_posts_by_themselves_needs_no_token_of_ours(sandbox_x, settings):
    settings.X_PLEDGES_BY_API = False
    case = cast.make_case()
    account = engage(sandbox_x, case)
    broadcast = plan(case, hours=30)
    sandbox_x.world.revoke(account.access_token)
    NetworkAccount.objects.filter(pk=account.pk).update(state="revoked")
    line = drill(broadcast, hours=23)
    assert (line.verdict, line.delivery) == (Readiness.READY, Delivery.TAP)
    assert to(account) == []


def test_the_daily_cap_is_counted_on_the_day_of_each_post(mastodon):
    first, second = cast.make_case(), cast.make_case()
    account = engage(mastodon, first)
    influencer = account.influencer
    type(influencer).objects.update(daily_cap=1)
    cast.make_pledge(influencer, account, second)
    noon = (timezone.now() + timedelta(days=2)).replace(hour=11, minute=0)
    broadcasts = [plan(case, hours=26) for case in (first, second)]
    for broadcast in broadcasts:
        bring(broadcast, hours=23)
    Post.objects.filter(broadcast=broadcasts[0]).update(due_at=noon)
    Post.objects.filter(broadcast=broadcasts[1]).update(due_at=noon + timedelta(hours=1))
    tasks.drill_due()
    found = dict(DrillLine.objects.values_list("post__broadcast", "verdict"))
    assert found == {broadcasts[0].pk: Readiness.READY, broadcasts[1].pk: Readiness.CAPPED}


def test_the_next_day_has_a_cap_of_its_own(mastodon):
    first, second = cast.make_case(), cast.make_case()
    account = engage(mastodon, first)
    type(account.influencer).objects.update(daily_cap=1)
    cast.make_pledge(account.influencer, account, second)
    noon = (timezone.now() + timedelta(days=2)).replace(hour=11, minute=0)
    broadcasts = [plan(case, hours=26) for case in (first, second)]
    for days, broadcast in enumerate(broadcasts):
        bring(broadcast, hours=23)
        Post.objects.filter(broadcast=broadcast).update(due_at=noon + timedelta(days=days))
    tasks.drill_due()
    assert set(DrillLine.objects.values_list("verdict", flat=True)) == {Readiness.READY}
