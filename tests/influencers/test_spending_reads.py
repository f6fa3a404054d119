"""What feeds the euro meter beside the posts: readings of counters and of accounts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from influencers import tracking
from influencers.models import Post, Spend
from tests import cast
from tests.influencers import scene
from tests.influencers.spending_scene import spent, sums_are_the_ledgers
from tests.influencers.test_accounts import connect_on_x

pytestmark = pytest.mark.django_db


def test_a_posts_reading_is_paid_once_a_day_of_utc(network, case):
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, scene.account_on(network, influencer), case)
    scene.broadcast_of(case)
    scene.run(network)
    before = spent(case)
    noon = (timezone.now() + timedelta(days=1)).replace(hour=12)
    for at in (noon, noon + timedelta(hours=6), noon + timedelta(hours=11, minutes=59), noon + timedelta(hours=12)):
        Post.objects.update(next_read_at=at)
        assert tracking.read_due(network.name, at) == 1
    assert spent(case) - before == (2 * 5_000 if network.name == "x" else 0)
    assert sums_are_the_ledgers()


def test_a_reading_that_failed_costs_nothing(sandbox_x, case):
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, scene.account_on(sandbox_x, influencer), case)
    scene.broadcast_of(case)
    scene.run(sandbox_x)
    before = spent(case)
    sandbox_x.fail("500", method="GET")
    tracking.read_due("x", timezone.now() + timedelta(seconds=1))
    assert spent(case) == before


def test_connecting_an_account_is_a_paid_reading_of_the_platforms_own(client, sandbox_x):
    client.force_login(cast.make_influencer().user)
    connect_on_x(client, sandbox_x, "ines")
    row = Spend.objects.get()
    assert (row.call, row.units, row.case, row.micro_euros) == ("user_read", 1, None, 10_000)
    assert spent() == 10_000
