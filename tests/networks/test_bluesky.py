"""What Bluesky alone does: records that are named before they are written, sessions from app passwords."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from influencers.networks import base
from influencers.networks.bluesky_answers import session_of

APP = base.AppCredentials("")
WISH = base.Intent(
    "billet-1",
    "👩‍🏭 « Meymac » attend : https://i4emploi.example/r/abc23456, #Corrèze.",
    at=datetime(2026, 11, 24, 8, 30, 0, 123_456, tzinfo=UTC),
)


@pytest.fixture
def adapter(sandbox_bluesky):
    return sandbox_bluesky.adapter


@pytest.fixture
def person(sandbox_bluesky):
    return sandbox_bluesky.new_user("ines")


@pytest.fixture
def known(sandbox_bluesky, person):
    """What the person types: their handle, their app password."""
    account = sandbox_bluesky.account(person)
    return account.handle, account.app_password


def test_the_same_words_sent_again_are_one_record(sandbox_bluesky, adapter, person):
    assert adapter.publish(person, WISH) == adapter.publish(person, WISH)
    assert sandbox_bluesky.texts() == [WISH.text]


def test_other_words_under_that_name_are_refused_and_prove_nothing(sandbox_bluesky, adapter, person):
    adapter.publish(person, WISH)
    other = replace(WISH, text="Autre texte")
    with pytest.raises(base.Duplicate):
        adapter.publish(person, other)
    with pytest.raises(base.Transient):
        adapter.reconcile(person, other)
    assert sandbox_bluesky.texts() == [WISH.text]


def test_a_record_has_its_date_its_language_and_its_facets(sandbox_bluesky, adapter, person):
    uri = adapter.publish(person, WISH).remote_id
    value = sandbox_bluesky.world.at(uri).value
    raw = value["text"].encode()
    shown = [raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode() for facet in value["facets"]]
    assert shown == ["https://i4emploi.example/r/abc23456", "#Corrèze"]
    assert (value["createdAt"], value["langs"]) == ("2026-11-24T08:30:00.123Z", ["fr"])


def test_a_post_without_its_instant_is_never_sent(sandbox_bluesky, adapter, person):
    with pytest.raises(base.ContentRejected):
        adapter.publish(person, replace(WISH, at=None))
    assert sandbox_bluesky.ledger()["attempts"] == 0


def test_a_repost_whose_target_has_changed_its_words_is_still_found(sandbox_bluesky, adapter, person):
    uri = adapter.publish(sandbox_bluesky.new_user("campagne"), WISH).remote_id
    wish = base.Intent("repost-1", at=WISH.at, repost_of=uri)
    landed = adapter.publish(person, wish)
    record = sandbox_bluesky.world.at(uri)
    record.cid = record.cid[:-4] + "aaaa"
    with pytest.raises(base.Duplicate):
        type(adapter)(adapter.base_url, 5).publish(person, wish)  # one that did not ask for the target a moment ago
    assert adapter.reconcile(person, wish) == landed


@pytest.mark.parametrize("effect", ["takedown", "deactivated"])
def test_an_account_that_may_not_write_is_said_to_be_locked(sandbox_bluesky, adapter, person, effect):
    sandbox_bluesky.fail(effect)
    with pytest.raises(base.AccountLocked):
        adapter.publish(person, WISH)


def test_an_account_that_hides_proves_nothing(sandbox_bluesky, adapter, person):
    adapter.publish(person, WISH)
    sandbox_bluesky.set_status(person, "deactivated")
    with pytest.raises(base.Transient):
        adapter.reconcile(person, WISH)


def test_an_ended_access_token_is_told_from_a_refusal(sandbox_bluesky, adapter, person):
    sandbox_bluesky.fail("expired-token")
    with pytest.raises(base.AuthExpired):
        adapter.publish(person, WISH)


@pytest.mark.parametrize(("effect", "scope"), [("429", "account"), ("429-address", "instance")])
def test_a_limit_says_whose_it_is(sandbox_bluesky, adapter, person, effect, scope):
    sandbox_bluesky.fail(effect)
    with pytest.raises(base.RateLimited) as refused:
        adapter.publish(person, WISH)
    assert refused.value.scope == scope
    assert refused.value.reset_at > datetime.now(UTC)


def test_an_answer_tells_what_is_left(adapter, person):
    (limit,) = adapter.publish(person, WISH).limits
    assert (limit.scope, limit.limit) == ("instance", 3000)
    assert 0 < limit.remaining < 3000


def test_a_refusal_that_is_not_about_the_words_may_be_tried_again(sandbox_bluesky, adapter, person):
    sandbox_bluesky.fail("404")
    with pytest.raises(base.Transient):
        adapter.publish(person, WISH)


def test_posts_without_counters_are_drift(sandbox_bluesky, adapter, person):
    uri = adapter.publish(person, WISH).remote_id
    sandbox_bluesky.fail("no-counts", method="GET")
    with pytest.raises(base.SchemaDrift):
        adapter.metrics(person, [uri])


# --- sessions ----------------------------------------------------------------------------------------------------


def test_an_app_password_opens_a_session_for_two_hours(adapter, person, known):
    handle, password = known
    session = adapter.sign_in(f" @{handle}", password)
    assert session.remote_id == person.remote_id
    assert timedelta(minutes=110) < session.expires_at - datetime.now(UTC) <= timedelta(hours=2)
    assert adapter.me(session).handle == f"@{handle}"


def test_a_wrong_password_is_refused_and_too_many_are_limited(adapter, known):
    for _time in range(30):
        with pytest.raises(base.AuthRevoked):
            adapter.sign_in(known[0], "abcd-abcd-abcd-abcd")
    with pytest.raises(base.RateLimited):
        adapter.sign_in(*known)


def test_nobody_signs_in_to_a_deactivated_account(sandbox_bluesky, adapter, person, known):
    sandbox_bluesky.set_status(person, "deactivated")
    with pytest.raises(base.AccountLocked):
        adapter.sign_in(*known)


def test_the_new_pair_of_a_deactivated_account_is_kept(sandbox_bluesky, adapter, person):
    sandbox_bluesky.set_status(person, "deactivated")
    assert adapter.refresh(APP, person).refresh_token != person.refresh_token


def test_a_session_ends_when_it_is_closed_or_its_app_password_withdrawn_or_its_account_deleted(
    sandbox_bluesky, adapter
):
    ends = {
        "close": lambda person: adapter.revoke(APP, person),
        "fermer": sandbox_bluesky.withdraw_app_password,
        "supprimer": lambda person: sandbox_bluesky.set_status(person, "deleted"),
    }
    for name, end in ends.items():
        person = sandbox_bluesky.new_user(name)
        end(person)
        with pytest.raises(base.AuthRevoked):
            adapter.refresh(APP, person)


@pytest.mark.parametrize("effect", ["400", "401", "403", "429", "500", "503", "drop", "timeout"])
def test_a_refusal_of_somebody_on_the_way_disconnects_nobody(sandbox_bluesky, adapter, person, effect):
    sandbox_bluesky.fail(effect)
    with pytest.raises((base.Transient, base.RateLimited)):
        adapter.refresh(APP, person)
    assert adapter.refresh(APP, person).access_token


@pytest.mark.parametrize("session", [{}, {"accessJwt": "a.b.c", "refreshJwt": "r", "did": "did:plc:a"}])
def test_a_session_that_cannot_be_read_is_drift(session):
    with pytest.raises(base.SchemaDrift):
        session_of(session)


def test_no_page_asks_for_consent(adapter):
    for ask in (adapter.authorize_url, adapter.exchange):
        with pytest.raises(base.ScopeMissing):
            ask(APP, "http://testserver/", "etat", "v" * 43)
