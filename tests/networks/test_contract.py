"""One suite for every adapter, over HTTP: what each must do, and how each must fail."""

import itertools
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influencers.networks import base
from influencers.networks.x import XAdapter

numbers = itertools.count(1)


def intent(text: str = "", **fields) -> base.Intent:
    link = f"https://i4emploi.example/r/abc{next(numbers)}"
    return base.Intent(str(uuid.uuid4()), text or f"Meymac cherche un repreneur {link}", link, **fields)


@pytest.fixture
def person(network):
    return network.new_user(f"personne{next(numbers)}")


def test_a_published_text_is_on_the_network_once(network, person):
    wish = intent()
    published = network.adapter.publish(person, wish)
    assert published.remote_id
    assert published.url.startswith("http")
    assert sum(wish.link in text for text in network.texts()) == 1


def test_reconcile_finds_what_landed_and_only_that(network, person):
    landed, never_sent = intent(), intent()
    published = network.adapter.publish(person, landed)
    assert network.adapter.reconcile(person, landed).remote_id == published.remote_id
    assert network.adapter.reconcile(person, never_sent) is None


def test_a_repost_lands_once_however_often_it_is_asked_for(network, person):
    author = network.new_user(f"auteur{next(numbers)}")
    original = network.adapter.publish(author, intent())
    wish = base.Intent(str(uuid.uuid4()), repost_of=original.remote_id, repost_url=original.url)
    assert network.adapter.reconcile(person, wish) is None
    first = network.adapter.publish(person, wish)
    assert network.adapter.publish(person, wish).remote_id == first.remote_id
    assert network.adapter.reconcile(person, wish).remote_id == first.remote_id


def test_metrics_tell_what_the_network_tells_and_nothing_else(network, person):
    published = network.adapter.publish(person, intent())
    (reading,) = network.adapter.metrics(person, [published.remote_id])
    assert reading.remote_id == published.remote_id
    assert reading.likes is not None
    assert (reading.impressions is not None) is network.adapter.capabilities.impressions


def test_a_deleted_post_is_absent_from_the_metrics(network, person):
    published = network.adapter.publish(person, intent())
    network.adapter.delete(person, published.remote_id)
    assert network.adapter.metrics(person, [published.remote_id]) == []


def test_a_refused_token_is_said_to_be_expired(network):
    stranger = base.Credentials("jeton-inconnu", remote_id="1")
    with pytest.raises(base.AuthExpired):
        network.adapter.publish(stranger, intent())


@pytest.mark.parametrize(
    ("effect", "error"), [("500", base.OutcomeUnknown), ("429", base.RateLimited), ("timeout", base.OutcomeUnknown)]
)
def test_a_write_that_went_wrong_says_how(network, person, effect, error):
    network.fail(effect)
    with pytest.raises(error):
        network.adapter.publish(person, intent())


def test_a_network_that_is_down_was_sent_nothing(network, person):
    nobody_listens = "http://127.0.0.1:9"
    down = type(network.adapter)(*([nobody_listens, nobody_listens, 1] if network.name == "x" else [nobody_listens, 1]))
    with pytest.raises(base.Transient):
        down.publish(person, intent())


def test_a_post_created_before_the_connection_dropped_is_found_again(sandbox_x):
    person, wish = sandbox_x.new_user("coupure"), intent()
    sandbox_x.fail("created-then-drop")
    with pytest.raises(base.OutcomeUnknown):
        sandbox_x.adapter.publish(person, wish)
    assert sandbox_x.adapter.reconcile(person, wish) is not None


def test_mastodon_answers_the_same_status_to_the_same_key(mastodon):
    person, wish = mastodon.new_user("cle"), intent()
    first = mastodon.adapter.publish(person, wish)
    assert mastodon.adapter.publish(person, wish).remote_id == first.remote_id
    assert sum(wish.link in text for text in mastodon.texts()) == 1


@pytest.mark.parametrize(("effect", "error"), [("402", base.OutOfCredit), ("locked", base.AccountLocked)])
def test_x_says_why_it_refuses(sandbox_x, effect, error):
    person = sandbox_x.new_user(f"refus{next(numbers)}")
    sandbox_x.fail(effect)
    with pytest.raises(error):
        sandbox_x.adapter.publish(person, intent())


def test_x_refuses_a_copy(sandbox_x):
    person = sandbox_x.new_user("copiste")
    wish = intent()
    sandbox_x.adapter.publish(person, wish)
    with pytest.raises(base.Duplicate):
        sandbox_x.adapter.publish(person, wish)


def test_old_and_new_names_of_x_read_the_same_and_missing_metrics_are_drift(sandbox_x):
    person = sandbox_x.new_user("noms")
    published = sandbox_x.adapter.publish(person, intent())
    sandbox_x.world.faults.append(_fault("old-names"))
    (renamed,) = sandbox_x.adapter.metrics(person, [published.remote_id])
    assert renamed.reposts is not None
    sandbox_x.world.faults.append(_fault("no-metrics"))
    with pytest.raises(base.SchemaDrift):
        sandbox_x.adapter.metrics(person, [published.remote_id])


def _fault(effect):
    from i4emploi_site.demo.sandbox_x.world import Fault

    return Fault("/2/tweets", effect, 1, "GET")


def test_a_refresh_token_serves_once_and_its_second_use_ends_the_family(sandbox_x):
    person = sandbox_x.new_user("jetons")
    app = base.AppCredentials("client-de-test")
    fresh = sandbox_x.adapter.refresh(app, person)
    assert sandbox_x.adapter.me(fresh).remote_id == person.remote_id
    with pytest.raises(base.AuthRevoked):
        sandbox_x.adapter.refresh(app, person)
    with pytest.raises(base.AuthExpired):
        sandbox_x.adapter.me(fresh)


@pytest.mark.parametrize(
    ("text", "length"),
    [("a" * 10, 10), ("日本語", 6), ("👩‍🏭", 2), ("voir https://i4emploi.org/une/adresse/bien/longue", 28)],
)
def test_x_counts_weights(text, length):
    assert XAdapter("http://127.0.0.1:9", "", 1).measure(text) == length


def test_mastodon_counts_every_address_the_same(mastodon):
    short, long = "https://a.example/r/x", "https://a.example/" + "x" * 90
    assert mastodon.adapter.measure(f"ici {short}") == mastodon.adapter.measure(f"ici {long}")


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=320))
def test_what_is_measured_as_short_enough_is_never_refused_for_its_length(x_for_all_examples, text):
    person = x_for_all_examples.new_user(f"longueur{next(numbers)}")
    if x_for_all_examples.adapter.measure(text) > 280 or not text.strip():
        return
    x_for_all_examples.adapter.publish(person, base.Intent(str(uuid.uuid4()), text))
