"""From a case to Bluesky's own servers: what an influencer consented to is there, once, whatever happened on the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from influencers import accounts, claiming, clearing, publishing, reconciling, tracking
from influencers.models import (
    AccountState,
    Failure,
    NetworkAccount,
    Pledge,
    PledgeMode,
    Post,
    PostKind,
    PostMetric,
    PostState,
)
from influencers.networks import base
from tests.bluesky.real_network import Person, claims, signed
from tests.cast import make_influencer, make_pledge
from tests.influencers.scene import broadcast_of

pytestmark = pytest.mark.django_db
WORDS = "À Meymac, 37 emplois 👩‍🏭 attendent un repreneur : #i4emploi {lien}"


@pytest.fixture(autouse=True)
def _the_settings_bluesky(bluesky, settings):
    settings.BLUESKY_SERVICES = [bluesky.url]
    settings.NETWORK_TIMEOUT_SECONDS = 10
    settings.RECONCILE_AFTER_SECONDS = 0


def connected(bluesky, influencer) -> tuple[Person, NetworkAccount]:
    person = bluesky.new_person()
    base_url = accounts.base_url_of("bluesky")
    adapter = accounts.adapter_for("bluesky", base_url)
    credentials = adapter.sign_in(person.handle, person.app_password)
    bluesky.process_all()
    return person, accounts.connect(influencer, "bluesky", base_url, credentials, adapter.me(credentials))


@pytest.fixture
def ines(bluesky):
    return connected(bluesky, make_influencer())


@pytest.fixture
def person(ines):
    return ines[0]


@pytest.fixture
def account(ines):
    return ines[1]


@pytest.fixture
def post(account, case):
    """One pledged post, due."""
    make_pledge(account.influencer, account, case, consented_text=WORDS)
    return broadcast_of(case).posts.get()


def run() -> None:
    Post.objects.filter(state=PostState.SCHEDULED).update(due_at=timezone.now())
    publishing.publish_due("bluesky")


def texts(bluesky, person) -> list[str]:
    return [record["value"]["text"] for record in bluesky.records(person)]


def test_a_due_post_is_there_once_with_exactly_the_consented_text(bluesky, person, post):
    run()
    run()
    post.refresh_from_db()
    agreed = WORDS.replace(Pledge.LINK_MARK, post.link.url)
    assert post.state == PostState.PUBLISHED
    assert texts(bluesky, person) == [agreed]
    bluesky.process_all()
    (shown,) = bluesky.shown(post.remote_id)
    assert shown["record"]["text"] == agreed
    assert [facet["features"][0].get("uri") for facet in shown["record"]["facets"]] == [None, post.link.url]


def test_its_counts_are_read_back(bluesky, post):
    run()
    bluesky.process_all()
    assert tracking.read_due("bluesky", timezone.now()) == 1
    read = PostMetric.objects.get(post=post)
    assert (read.impressions, read.likes, read.reposts, read.replies) == (None, 0, 0, 0)


def test_an_answer_that_was_lost_is_found_under_the_posts_name(bluesky, person, post):
    (cleared,) = clearing.clear(publishing.claim("bluesky", timezone.now()), timezone.now())
    cleared.adapter.publish(cleared.credentials, cleared.intent)  # and the worker dies
    later = timezone.now() + claiming.lease() + timedelta(seconds=1)
    claiming.sweep(later)
    reconciling.reconcile_due(later + timedelta(seconds=1))
    post.refresh_from_db()
    assert post.state == PostState.PUBLISHED
    run()
    assert texts(bluesky, person) == [post.text]


def test_a_post_that_never_arrived_is_proven_absent_and_leaves_again(bluesky, person, post):
    clearing.clear(publishing.claim("bluesky", timezone.now()), timezone.now())  # and the worker dies
    later = timezone.now() + claiming.lease() + timedelta(seconds=1)
    claiming.sweep(later)
    reconciling.reconcile_due(later + timedelta(seconds=1))
    post.refresh_from_db()
    assert post.state == PostState.SCHEDULED
    run()
    assert texts(bluesky, person) == [post.text]


def test_a_worker_that_wakes_up_late_changes_nothing(bluesky, person, post):
    (cleared,) = clearing.clear(publishing.claim("bluesky", timezone.now()), timezone.now())
    later = timezone.now() + claiming.lease() + timedelta(seconds=1)
    claiming.sweep(later)
    reconciling.reconcile_due(later + timedelta(seconds=1))
    run()
    cleared.adapter.publish(cleared.credentials, cleared.intent)
    assert texts(bluesky, person) == [post.text]


def test_reposts_carry_the_campaigns_own_post(bluesky, case, ines):
    person, account = ines
    connected(bluesky, None)
    make_pledge(account.influencer, account, case, mode=PledgeMode.REPOST, consented_text="")
    made = broadcast_of(case)
    run()
    run()
    assert set(made.posts.values_list("state", flat=True)) == {PostState.PUBLISHED}
    (record,) = bluesky.records(person, "app.bsky.feed.repost")
    assert record["value"]["subject"]["uri"] == made.posts.get(kind=PostKind.CANONICAL).remote_id


@pytest.mark.parametrize("known", [True, False], ids=["we know", "the network says so"])
def test_an_ended_token_is_refreshed_and_the_post_leaves(bluesky, person, account, post, known):
    past = claims(account.access_token) | {"iat": 1_700_000_000, "exp": 1_700_000_060}
    used = account.refresh_token
    account.access_token = signed(past)
    account.expires_at = timezone.now() if known else None
    account.save()
    run()
    run()
    assert texts(bluesky, person) == [post.text]
    account.refresh_from_db()
    assert account.refresh_token != used
    assert account.state == AccountState.CONNECTED


def test_an_app_password_that_its_owner_withdrew_disconnects_the_account(bluesky, person, account, post):
    bluesky.withdraw_app_password(person)
    NetworkAccount.objects.filter(pk=account.pk).update(expires_at=timezone.now())
    run()
    post.refresh_from_db()
    account.refresh_from_db()
    assert (post.state, post.failure) == (PostState.FAILED, Failure.AUTH)
    assert account.state == AccountState.REVOKED
    assert texts(bluesky, person) == []


def test_a_suspended_account_fails_by_its_name(bluesky, person, post):
    bluesky.take_down(person)
    run()
    post.refresh_from_db()
    assert (post.state, post.failure) == (PostState.FAILED, Failure.LOCKED)


def test_a_disconnected_account_has_no_session_left(bluesky, person, account):
    refresh_token = account.refresh_token
    accounts.disconnect(account)
    with pytest.raises(base.AuthRevoked):
        accounts.adapter_for("bluesky", account.base_url).refresh(
            base.AppCredentials(""), base.Credentials("", refresh_token)
        )
