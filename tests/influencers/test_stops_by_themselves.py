"""A network that takes nothing more of ours is stopped once: what met its refusal waits with the rest, and is not lost."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from influencers import stopping, tasks
from influencers.models import Post, PostState, Spend, Stop
from tests.cast import make_influencer, make_member, make_moderator, make_pledge, make_user
from tests.influencers.scene import account_on, broadcast_of, run

pytestmark = pytest.mark.django_db
REFUSALS = [("402", "le crédit du réseau est épuisé"), ("app-suspended", "le réseau a suspendu l’application")]


@pytest.fixture
def posts(sandbox_x, case):
    for name in ("Inès", "Omar", "Rose"):
        influencer = make_influencer(name)
        make_pledge(influencer, account_on(sandbox_x, influencer), case)
    return broadcast_of(case).posts.all()


def states(posts) -> set[str]:
    return set(posts.values_list("state", flat=True))


@pytest.mark.parametrize(("refusal", "why"), REFUSALS)
def test_what_met_the_refusal_waits_unpaid_and_leaves_when_the_stop_is_lifted(sandbox_x, case, posts, refusal, why):
    sandbox_x.fail(refusal, count=3)
    run(sandbox_x)
    assert states(posts) == {PostState.SCHEDULED}
    assert not Spend.objects.filter(refunded_at__isnull=True).exists()
    (stop,) = Stop.objects.in_force()
    assert (stop.network, stop.by, stop.shown_reason) == ("x", None, why)
    posts.update(due_at=timezone.now() - timedelta(seconds=1))
    run(sandbox_x)
    assert states(posts) == {PostState.SCHEDULED}
    stopping.lift(stop)
    run(sandbox_x)
    assert states(posts) == {PostState.PUBLISHED}


def test_the_team_reads_why_in_its_own_language(sandbox_x, case, posts, client):
    sandbox_x.fail("402")
    run(sandbox_x)
    client.force_login(make_member(case))
    page = client.get(reverse("broadcast_detail", args=[posts[0].broadcast_id])).content.decode()
    assert "le crédit du réseau est épuisé" in page
    assert "OutOfCredit" not in page


@pytest.mark.parametrize(("refusal", "why"), REFUSALS)
def test_the_operators_are_told_once_what_to_do(sandbox_x, posts, refusal, why):
    operator = make_user("Olga Exploitante", is_staff=True, is_superuser=True)
    make_moderator()
    tasks.tell_stops()
    assert mail.outbox == []
    sandbox_x.fail(refusal, count=3)
    run(sandbox_x)
    for _beat in range(2):
        tasks.tell_stops()
    (message,) = mail.outbox
    said = message.body.replace("\xa0", " ")
    assert message.to == [operator.email]
    assert why in said
    assert "3 publications attendent : aucune n’est perdue." in said
    assert settings.SITE_URL + reverse("admin:influencers_stop_changelist") in said


def test_a_stop_that_somebody_decided_or_that_was_lifted_is_told_to_no_operator(sandbox_x, posts):
    make_user("Olga Exploitante", is_staff=True, is_superuser=True)
    stopping.stop(make_moderator(), "on vérifie", network="x")
    tasks.tell_stops()
    Stop.objects.all().delete()
    sandbox_x.fail("402")
    run(sandbox_x)
    stopping.lift(Stop.objects.get())
    tasks.tell_stops()
    assert mail.outbox == []
    assert Post.objects.count() == 3
