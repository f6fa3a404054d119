"""One suite for every adapter, over HTTP: what each must do, and how each must fail."""

import itertools
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from influencers.networks import base

numbers = itertools.count(1)


def intent(text: str = "", **fields) -> base.Intent:
    link = f"https://i4emploi.example/r/abc{next(numbers)}"
    return wished(text=text or f"Meymac cherche un repreneur {link}", link=link, **fields)


def wished(**fields) -> base.Intent:
    return base.Intent(str(uuid.uuid4()), at=datetime.now(UTC), **fields)


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
    wish = wished(repost_of=original.remote_id, repost_url=original.url)
    assert network.adapter.reconcile(person, wish) is None
    first = network.adapter.publish(person, wish)
    assert network.adapter.publish(person, wish).remote_id == first.remote_id
    assert network.adapter.reconcile(person, wish).remote_id == first.remote_id


def test_what_was_held_up_after_its_last_look_does_not_leave(network, person):
    original = network.adapter.publish(network.new_user(f"auteur{next(numbers)}"), intent())
    late = intent(leave_by=time.monotonic() - 0.001)
    late_repost = wished(repost_of=original.remote_id, repost_url=original.url, leave_by=late.leave_by)
    for wish in (late, late_repost):
        with pytest.raises(base.Transient):
            network.adapter.publish(person, wish)
        assert network.adapter.reconcile(person, wish) is None
    assert network.adapter.publish(person, replace(late, leave_by=time.monotonic() + 60)).remote_id


def test_a_link_is_not_found_inside_a_longer_one(network, person):
    longer = intent()
    network.adapter.publish(person, longer)
    shorter = wished(text=f"Autre texte {longer.link[:-1]}", link=longer.link[:-1])
    assert network.adapter.reconcile(person, shorter) is None


def test_a_timeline_that_cannot_be_read_proves_nothing(network, person):
    wish = intent()
    network.adapter.publish(person, wish)
    network.fail("503", method="GET")
    with pytest.raises(base.Transient):
        network.adapter.reconcile(person, wish)
    assert network.adapter.reconcile(person, wish)


@pytest.mark.parametrize("network", ["x", "mastodon"], indirect=True)  # Bluesky's records are looked up by name
def test_what_was_posted_before_is_not_taken_for_this_attempt(network, person):
    wish = intent(since=datetime.now(UTC) + timedelta(hours=1))
    network.adapter.publish(person, wish)
    assert network.adapter.reconcile(person, wish) is None


def test_a_deleted_repost_is_undone(network, person):
    original = network.adapter.publish(network.new_user(f"auteur{next(numbers)}"), intent())
    wish = wished(repost_of=original.remote_id, repost_url=original.url)
    network.adapter.delete(person, network.adapter.publish(person, wish).remote_id)
    assert network.adapter.reconcile(person, wish) is None
    assert [reading.remote_id for reading in network.adapter.metrics(person, [original.remote_id])]


def test_what_is_gone_is_said_to_be_gone(network, person):
    published = network.adapter.publish(person, intent())
    network.adapter.delete(person, published.remote_id)
    with pytest.raises(base.TargetGone):
        network.adapter.delete(person, published.remote_id)
    with pytest.raises(base.TargetGone):
        network.adapter.publish(person, wished(repost_of=published.remote_id))


def test_more_posts_than_one_batch_are_read_and_unknown_ones_are_absent(network, person):
    ids = [network.adapter.publish(person, intent()).remote_id for _post in range(2)]
    unknown = [network.unknown_post(number) for number in range(network.adapter.capabilities.batch)]
    readings = network.adapter.metrics(person, [ids[0], *unknown, ids[1]])
    assert [reading.remote_id for reading in readings] == ids
    assert network.adapter.metrics(person, []) == []


def test_people_are_looked_up_by_id_and_unknown_ones_are_absent(network, person):
    (found,) = network.adapter.profiles(person, [person.remote_id, network.unknown_person])
    assert found == network.adapter.me(person)
    assert found.handle.startswith("@")


def test_a_hashtag_leads_to_its_posts_and_only_to_newer_ones(network, person):
    tag = f"usine{next(numbers)}x{uuid.uuid4().hex[:6]}"
    first, second = (network.adapter.publish(person, intent(f"Texte {n} #{tag}")).remote_id for n in (1, 2))
    found = network.adapter.search_hashtag(person, tag, None)
    assert {published.remote_id for published in found} == {first, second}
    assert [published.remote_id for published in network.adapter.search_hashtag(person, tag, first)] == [second]


def test_a_link_to_share_by_hand_carries_the_text(network):
    link = network.adapter.share_link(base.Intent("k", "Meymac & « l’usine »"))
    assert "text=Meymac%20%26%20%C2%AB%C2%A0l%E2%80%99usine%C2%A0%C2%BB" in link


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
    ("effect", "error"),
    [
        ("500", base.OutcomeUnknown),
        ("503", base.OutcomeUnknown),
        ("429", base.RateLimited),
        ("401", base.AuthExpired),
        ("400", base.ContentRejected),
        ("timeout", base.OutcomeUnknown),
        ("malformed", base.OutcomeUnknown),
    ],
)
def test_a_write_that_went_wrong_says_how(network, person, effect, error):
    network.fail(effect)
    with pytest.raises(error):
        network.adapter.publish(person, intent())


def test_a_rate_limit_says_when_it_ends(network, person):
    network.fail("429")
    with pytest.raises(base.RateLimited) as refused:
        network.adapter.publish(person, intent())
    now = datetime.now(UTC)
    assert now < refused.value.reset_at < now + timedelta(minutes=6)


def test_a_read_that_went_wrong_may_be_tried_again(network, person):
    published = network.adapter.publish(person, intent())
    network.fail("500", count=1, method="GET")
    with pytest.raises(base.Transient):
        network.adapter.metrics(person, [published.remote_id])
    assert network.adapter.metrics(person, [published.remote_id])


def test_a_network_that_is_down_was_sent_nothing(network, person):
    nobody_listens = "http://127.0.0.1:9"
    down = type(network.adapter)(*([nobody_listens, nobody_listens, 1] if network.name == "x" else [nobody_listens, 1]))
    with pytest.raises(base.Transient):
        down.publish(person, intent())


@pytest.mark.parametrize("network", ["x", "bluesky"], indirect=True)
def test_a_post_created_before_the_connection_dropped_is_found_again(network, person):
    wish = intent()
    network.fail("created-then-drop")
    with pytest.raises(base.OutcomeUnknown):
        network.adapter.publish(person, wish)
    assert network.adapter.reconcile(person, wish) is not None


def test_mastodon_answers_the_same_status_to_the_same_key(mastodon):
    person, wish = mastodon.new_user("cle"), intent()
    first = mastodon.adapter.publish(person, wish)
    assert mastodon.adapter.publish(person, wish).remote_id == first.remote_id
    assert sum(wish.link in text for text in mastodon.texts()) == 1


def test_an_instance_older_than_batches_is_read_one_by_one(mastodon):
    person = mastodon.new_user("ancien")
    ids = [mastodon.adapter.publish(person, intent()).remote_id for _post in range(2)]
    mastodon.fail("404", method="GET", path="/api/v1/statuses")
    readings = mastodon.adapter.metrics(person, [ids[0], "987654321", ids[1]])
    assert [reading.remote_id for reading in readings] == ids


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ("402", base.OutOfCredit),
        ("locked", base.AccountLocked),
        ("app-suspended", base.AppSuspended),
        ("scope", base.ScopeMissing),
    ],
)
def test_x_says_why_it_refuses(sandbox_x, effect, error):
    person = sandbox_x.new_user(f"refus{next(numbers)}")
    sandbox_x.fail(effect)
    with pytest.raises(error):
        sandbox_x.adapter.publish(person, intent())


def test_x_says_when_it_is_the_whole_application_that_must_wait(sandbox_x):
    sandbox_x.fail("429-app")
    with pytest.raises(base.RateLimited) as refused:
        sandbox_x.adapter.publish(sandbox_x.new_user("application"), intent())
    assert refused.value.scope == "app"


def test_a_text_without_a_link_is_found_by_its_words_alone(sandbox_x):
    person = sandbox_x.new_user("sanslien")
    said, never_said = (wished(text=text) for text in ("L’usine & nous", "Autre chose"))
    sandbox_x.adapter.publish(person, said)
    assert sandbox_x.adapter.reconcile(person, said)
    assert sandbox_x.adapter.reconcile(person, never_said) is None


def test_more_statuses_than_one_page_are_all_in_the_ledger(mastodon):
    person = mastodon.new_user("prolixe")
    wishes = [intent() for _post in range(41)]
    for wish in wishes:
        mastodon.adapter.publish(person, wish)
    texts = mastodon.texts()
    assert all(any(wish.link in text for text in texts) for wish in wishes)


def test_x_refuses_a_copy(sandbox_x):
    person = sandbox_x.new_user("copiste")
    wish = intent()
    sandbox_x.adapter.publish(person, wish)
    with pytest.raises(base.Duplicate):
        sandbox_x.adapter.publish(person, wish)


def test_old_and_new_names_of_x_read_the_same_and_missing_metrics_are_drift(sandbox_x):
    person = sandbox_x.new_user("noms")
    published = sandbox_x.adapter.publish(person, intent())
    sandbox_x.fail("new-names", method="GET", path="/2/tweets")
    (renamed,) = sandbox_x.adapter.metrics(person, [published.remote_id])
    assert renamed.reposts is not None
    sandbox_x.fail("no-metrics", method="GET", path="/2/tweets")
    with pytest.raises(base.SchemaDrift):
        sandbox_x.adapter.metrics(person, [published.remote_id])
