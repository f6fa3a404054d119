"""What becomes of a drill: people told, posts handed over and taken back, workers killed, the team's mail."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from influencers import accounts, drilling, publishing, tasks
from influencers.models import Delivery, Drill, DrillLine, NetworkAccount, Post, PostState, Readiness
from influencers.networks import base
from tests import cast
from tests.influencers.drill_scene import bring, drill, engage, plan, refused_from_now_on, to
from tests.influencers.scene import account_on
from tests.influencers.test_accounts import consent, way_out

pytestmark = pytest.mark.django_db(transaction=True)


# --- what becomes of it -------------------------------------------------------------------------------------------------


def test_a_refused_person_is_told_a_day_before_and_gets_a_link_in_the_last_hour(network):
    case = cast.make_case()
    account = engage(network, case)
    broadcast = plan(case, hours=26)
    refused_from_now_on(network, account)
    NetworkAccount.objects.filter(pk=account.pk).update(followers_read_at=None)  # so that X is asked as well
    line = drill(broadcast, hours=23)
    assert (line.verdict, line.fell_back, Post.objects.get().delivery) == (Readiness.EXPIRED, False, Delivery.API)
    [told] = to(account)
    assert reverse("connect", args=[network.name]) in told.body
    assert case.company_name in told.body
    line = drill(broadcast, minutes=50)
    assert (line.verdict, line.fell_back, Post.objects.get().delivery) == (Readiness.EXPIRED, True, Delivery.TAP)
    assert len(to(account)) == 1
    Post.objects.update(due_at=timezone.now())
    assert publishing.claim(network.name, timezone.now()) == []
    tasks.offer_taps()
    assert Post.objects.get().state == PostState.OFFERED
    assert "en un geste" in to(account)[1].subject


def test_a_person_is_told_again_only_when_something_changed(mastodon):
    case = cast.make_case()
    account = engage(mastodon, case)
    other = account_on(mastodon, account.influencer)
    cast.make_pledge(account.influencer, other, case)
    broadcast = plan(case, hours=80)
    refused_from_now_on(mastodon, account)
    drill(broadcast, hours=71)
    assert [account.handle in told.body for told in to(account)] == [True]
    refused_from_now_on(mastodon, other)
    drill(broadcast, hours=23)
    assert [(account.handle in told.body, other.handle in told.body) for told in to(account)] == [
        (True, False),
        (False, True),
    ]


def test_a_person_gets_one_mail_for_all_their_accounts(mastodon):
    case = cast.make_case()
    account = engage(mastodon, case)
    other = account_on(mastodon, account.influencer)
    cast.make_pledge(account.influencer, other, case)
    broadcast = plan(case, hours=30)
    for mine in (account, other):
        refused_from_now_on(mastodon, mine)
    drill(broadcast, hours=23)
    [told] = to(account)
    assert account.handle in told.body
    assert other.handle in told.body
    assert "Vos comptes" in told.subject


def test_reconnecting_before_the_slot_puts_the_post_back_to_the_api(sandbox_x, client):
    case = cast.make_case()
    account = engage(sandbox_x, case)
    broadcast = plan(case, hours=2)
    sandbox_x.world.revoke(account.access_token)
    drill(broadcast, minutes=50)
    assert Post.objects.get().delivery == Delivery.TAP
    client.force_login(account.influencer.user)
    client.get(consent(way_out(client, "x"), account.remote_id))
    account.refresh_from_db()
    assert account.state == "connected"
    assert Post.objects.get().delivery == Delivery.API


def test_reconnecting_changes_nothing_for_whoever_always_posts_by_themselves(sandbox_x, settings):
    settings.X_PLEDGES_BY_API = False
    case = cast.make_case()
    account = engage(sandbox_x, case)
    drill(plan(case, hours=2), minutes=50)
    settings.X_PLEDGES_BY_API = True
    fresh = base.Credentials("nouveau", remote_id=account.remote_id)
    profile = base.Profile(account.remote_id, account.handle, 3)
    accounts.connect(account.influencer, "x", account.base_url, fresh, profile)
    assert Post.objects.get().delivery == Delivery.TAP


def test_whoever_reconnects_while_they_are_looked_at_is_not_handed_a_link(mastodon, monkeypatch):
    case = cast.make_case()
    account = engage(mastodon, case)
    broadcast = plan(case, hours=2)
    refused_from_now_on(mastodon, account)
    look_at = drilling.look_at

    def reconnect_meanwhile(looked, *, asks):
        found = look_at(looked, asks=asks)
        NetworkAccount.objects.filter(pk=looked.pk).update(state="connected", access_token=account.access_token)
        return found

    monkeypatch.setattr(drilling, "look_at", reconnect_meanwhile)
    assert drill(broadcast, minutes=50).verdict == Readiness.READY
    assert Post.objects.get().delivery == Delivery.API


def test_the_campaigns_own_post_is_handed_to_nobody(mastodon):
    case = cast.make_case()
    account = account_on(mastodon)
    broadcast = plan(case, hours=2)
    refused_from_now_on(mastodon, account)
    line = drill(broadcast, minutes=50)
    assert (line.verdict, line.fell_back, Post.objects.get().delivery) == (Readiness.EXPIRED, False, Delivery.API)


def test_a_post_that_left_meanwhile_is_not_handed_over(mastodon, monkeypatch):
    case = cast.make_case()
    account = engage(mastodon, case)
    broadcast = plan(case, hours=2)
    refused_from_now_on(mastodon, account)
    look_at = drilling.look_at

    def leave_meanwhile(looked, *, asks):
        Post.objects.update(state=PostState.CANCELLED, failure="stopped")
        return look_at(looked, asks=asks)

    monkeypatch.setattr(drilling, "look_at", leave_meanwhile)
    assert drill(broadcast, minutes=50).fell_back is False
    assert Post.objects.get().delivery == Delivery.API


# --- killed, doubled ----------------------------------------------------------------------------------------------------


def test_a_drill_whose_worker_died_is_taken_up_where_it_stopped(mastodon, monkeypatch):
    case = cast.make_case()
    cast.make_member(case)
    for number in range(3):
        engage(mastodon, case, f"Engagé {number}")
    broadcast = plan(case, hours=26)
    monkeypatch.setattr(drilling, "IN_FLIGHT", 1)
    looked, look_at = [], drilling.look_at

    def die_at_the_second(account, *, asks):
        looked.append(account.pk)
        if len(looked) == 2:
            raise SystemExit  # as a kill: nothing catches it
        return look_at(account, asks=asks)

    monkeypatch.setattr(drilling, "look_at", die_at_the_second)
    bring(broadcast, hours=23)
    with pytest.raises(SystemExit):
        tasks.drill_due()
    assert DrillLine.objects.count() == 1
    tasks.drill_due()
    assert DrillLine.objects.count() == 1, "its lease still runs"
    assert mail.outbox == []
    Drill.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.drill_due()
    assert DrillLine.objects.count() == 3
    assert len(looked) == len(set(looked)) + 1, "only the one that was being looked at is looked at again"
    assert len(mail.outbox) == 1


def test_what_could_not_be_stored_is_looked_at_again(mastodon, monkeypatch):
    case = cast.make_case()
    engage(mastodon, case)
    broadcast = plan(case, hours=26)

    def break_down(*_given):
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(drilling.accounts, "keep_followers", break_down)
        assert drill(broadcast, hours=23) is None
    assert drill(broadcast, hours=23).verdict == Readiness.READY


def test_a_long_drill_goes_on_at_the_next_wake_up(mastodon, monkeypatch):
    case = cast.make_case()
    engage(mastodon, case)
    broadcast = plan(case, hours=26)
    monkeypatch.setattr(drilling, "LONGEST_RUN_SECONDS", -1)
    assert drill(broadcast, hours=23) is None
    monkeypatch.undo()
    assert drill(broadcast, hours=23).verdict == Readiness.READY


def test_two_workers_drill_and_tell_once(mastodon):
    case = cast.make_case()
    cast.make_member(case)
    account = engage(mastodon, case)
    broadcast = plan(case, hours=26)
    refused_from_now_on(mastodon, account)
    bring(broadcast, hours=23)
    together = Barrier(4)

    def wake(_worker):
        try:
            together.wait(10)
            tasks.drill_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(wake, range(4)))
    tasks.drill_due()
    assert DrillLine.objects.count() == 1
    assert len(mail.outbox) == 2, "the person, and the team"


# --- the team -----------------------------------------------------------------------------------------------------------


def test_the_team_reads_after_each_drill_who_is_ready(mastodon):
    case = cast.make_case()
    member = cast.make_member(case)
    ready, refused = engage(mastodon, case, "Rachid Prêt"), engage(mastodon, case, "Odile Refusée")
    broadcast = plan(case, hours=80)
    refused_from_now_on(mastodon, refused)
    drill(broadcast, hours=71)
    [told] = [message for message in mail.outbox if message.to == [member.email]]
    assert told.subject.startswith("1 compte prêt sur 2")
    for said in ["prêt\xa0: 1", "à reconnecter\xa0: 1 (Odile Refusée", "Prochaine vérification le", "estimé"]:
        assert said in told.body
    assert ready.influencer.public_name not in told.body
    assert reverse("broadcast_detail", args=[broadcast.pk]) in told.body
    drill(broadcast, hours=23)
    assert len([message for message in mail.outbox if message.to == [member.email]]) == 2
