"""Our Bluesky adapter on Bluesky's own servers: what it sends, what it makes of their answers."""

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from influencers.networks import base
from influencers.networks.bluesky import BlueskyAdapter
from tests.bluesky.real_network import Person, claims, signed

APP = base.AppCredentials("")
TIMEOUT = 10
TEXT = "Trente-sept familles à Meymac 👨‍👩‍👧 attendent : #i4emploi #Corrèze, voyez (https://i4emploi.example/r/{}). Merci !"
numbers = itertools.count(1)


@dataclass(frozen=True)
class Member:
    """Somebody who connected their account with an app password."""

    person: Person
    credentials: base.Credentials


@pytest.fixture(scope="session")
def adapter(bluesky):
    return BlueskyAdapter(bluesky.url, TIMEOUT)


@pytest.fixture
def join(bluesky, adapter):
    def one(name: str = "ines") -> Member:
        person = bluesky.new_person(name)
        return Member(person, adapter.sign_in(f"@{person.handle}", person.app_password))

    return one


@pytest.fixture
def ines(join):
    return join()


def wish(text: str = "", **fields) -> base.Intent:
    if not fields.get("repost_of"):
        fields["text"] = text or TEXT.format(f"abc{next(numbers)}")
    return base.Intent(str(uuid.uuid4()), at=datetime.now(UTC), **fields)


# --- signing in --------------------------------------------------------------------------------------------------


def test_an_app_password_opens_a_session_that_says_who_and_until_when(bluesky, adapter, ines):
    assert ines.credentials.remote_id == ines.person.did
    assert 100 < (ines.credentials.expires_at - datetime.now(UTC)).total_seconds() / 60 <= 120
    bluesky.process_all()
    profile = adapter.me(ines.credentials)
    assert (profile.remote_id, profile.handle, profile.followers) == (ines.person.did, f"@{ines.person.handle}", 0)


def test_a_wrong_password_is_refused(bluesky, adapter):
    with pytest.raises(base.AuthRevoked):
        adapter.sign_in(bluesky.new_person().handle, "abcd-abcd-abcd-abcd")


def test_too_many_wrong_passwords_say_when_to_come_back(bluesky, adapter):
    handle = bluesky.new_person().handle

    def attempt(_number: int) -> base.NetworkError | None:
        try:
            adapter.sign_in(handle, "abcd-abcd-abcd-abcd")
        except base.NetworkError as error:
            return error

    with ThreadPoolExecutor(10) as threads:
        errors = list(threads.map(attempt, range(31)))
    (limited,) = (error for error in errors if isinstance(error, base.RateLimited))
    assert limited.scope == "account"
    assert 0 < (limited.reset_at - datetime.now(UTC)).total_seconds() <= 300


def test_a_refreshed_session_goes_on_and_a_closed_one_ends(adapter, ines):
    fresh = adapter.refresh(APP, ines.credentials)
    assert fresh.refresh_token != ines.credentials.refresh_token
    assert fresh.remote_id == ines.person.did
    assert adapter.publish(fresh, wish()).remote_id
    adapter.revoke(APP, fresh)
    with pytest.raises(base.AuthRevoked):
        adapter.refresh(APP, fresh)


def test_an_ended_token_asks_for_a_refresh_and_not_for_the_person(adapter, ines):
    past = claims(ines.credentials.access_token) | {"iat": 1_700_000_000, "exp": 1_700_000_060}
    ended = replace(ines.credentials, access_token=signed(past))
    for call in (lambda: adapter.publish(ended, wish()), lambda: adapter.me(ended)):
        with pytest.raises(base.AuthExpired):
            call()


def test_an_app_password_that_its_owner_withdrew_ends_the_session(bluesky, adapter, ines):
    bluesky.withdraw_app_password(ines.person)
    with pytest.raises(base.AuthRevoked):
        adapter.refresh(APP, ines.credentials)


def test_a_deactivated_account_is_locked_and_proves_nothing(bluesky, adapter, ines):
    landed = wish()
    adapter.publish(ines.credentials, landed)
    bluesky.process_all()
    bluesky.deactivate(ines.person)
    bluesky.process_all()
    with pytest.raises(base.AccountLocked):
        adapter.publish(ines.credentials, wish())
    with pytest.raises(base.Transient):
        adapter.reconcile(ines.credentials, landed)
    with pytest.raises(base.AccountLocked):
        adapter.sign_in(ines.person.handle, ines.person.app_password)


def test_a_suspended_account_is_locked(bluesky, adapter, ines):
    bluesky.take_down(ines.person)
    with pytest.raises(base.AccountLocked):
        adapter.publish(ines.credentials, wish())
    with pytest.raises(base.AccountLocked):
        adapter.refresh(APP, ines.credentials)


def test_a_deleted_account_writes_nothing_and_its_session_ends(bluesky, adapter, ines):
    bluesky.delete_account(ines.person)
    with pytest.raises(base.AccountLocked):
        adapter.publish(ines.credentials, wish())
    with pytest.raises(base.AuthRevoked):
        adapter.refresh(APP, ines.credentials)


# --- publishing --------------------------------------------------------------------------------------------------


def test_what_is_published_reads_exactly_so_with_its_links_and_tags(bluesky, adapter, ines):
    intent = wish()
    published = adapter.publish(ines.credentials, intent)
    bluesky.process_all()
    (shown,) = bluesky.shown(published.remote_id)
    record = shown["record"]
    assert record["text"] == intent.text
    assert record["createdAt"] == intent.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    link = intent.text[intent.text.index("https://") : intent.text.index(")")]
    assert marked(record) == [("#i4emploi", "i4emploi"), ("#Corrèze", "Corrèze"), (link, link)]
    assert published.url == f"https://bsky.app/profile/{ines.person.did}/post/{shown['uri'].rsplit('/', 1)[1]}"


def marked(record: dict) -> list[tuple[str, str]]:
    """Each facet's own bytes as text, beside what it leads to."""
    raw, found = record["text"].encode(), []
    for facet in record["facets"]:
        (feature,) = facet["features"]
        words = raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((words, feature.get("tag") or feature["uri"]))
    return found


def test_the_same_post_sent_at_the_same_time_and_again_is_there_once(bluesky, adapter, ines):
    intent = wish()
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(lambda _number: adapter.publish(ines.credentials, intent), range(6)))
    again = adapter.publish(adapter.refresh(APP, ines.credentials), intent)
    assert {one.remote_id for one in together} == {again.remote_id}
    assert [one["value"]["text"] for one in bluesky.records(ines.person)] == [intent.text]


def test_another_text_under_the_same_name_is_refused_and_changes_nothing(bluesky, adapter, ines):
    intent = wish()
    adapter.publish(ines.credentials, intent)
    with pytest.raises(base.Duplicate):
        adapter.publish(ines.credentials, replace(intent, text="Autre chose"))
    assert [one["value"]["text"] for one in bluesky.records(ines.person)] == [intent.text]


def test_reconcile_finds_what_landed_and_only_that(adapter, ines):
    landed = wish()
    published = adapter.publish(ines.credentials, landed)
    assert adapter.reconcile(ines.credentials, landed) == published
    assert adapter.reconcile(ines.credentials, wish()) is None


@pytest.mark.parametrize(("sign", "most"), [("é", 300), ("👨‍👩‍👧", 166)])  # 300 graphemes; 3,000 bytes
def test_the_network_refuses_exactly_what_measures_too_long(adapter, ines, sign, most):
    longest = adapter.capabilities.max_length
    assert adapter.measure(sign * most) <= longest < adapter.measure(sign * (most + 1))
    assert adapter.publish(ines.credentials, wish(sign * most)).remote_id
    with pytest.raises(base.ContentRejected):
        adapter.publish(ines.credentials, wish(sign * (most + 1)))


def test_the_headers_of_an_answer_tell_what_is_left(adapter, ines):
    (limit,) = adapter.publish(ines.credentials, wish()).limits
    assert (limit.scope, limit.limit) == ("instance", 3000)
    assert 0 < limit.remaining < 3000
    assert limit.reset_at > datetime.now(UTC)


def test_a_deleted_post_is_gone_and_is_said_to_be_gone(bluesky, adapter, ines):
    intent = wish()
    published = adapter.publish(ines.credentials, intent)
    adapter.delete(ines.credentials, published.remote_id)
    assert bluesky.records(ines.person) == []
    assert adapter.reconcile(ines.credentials, intent) is None
    with pytest.raises(base.TargetGone):
        adapter.delete(ines.credentials, published.remote_id)
    bluesky.process_all()
    assert adapter.metrics(ines.credentials, [published.remote_id]) == []


# --- reposts -----------------------------------------------------------------------------------------------------


def test_a_repost_asked_for_twice_is_one_repost(bluesky, adapter, ines, join):
    original = adapter.publish(join("campagne").credentials, wish())
    intent = wish(repost_of=original.remote_id, repost_url=original.url)
    assert adapter.reconcile(ines.credentials, intent) is None
    first = adapter.publish(ines.credentials, intent)
    assert adapter.publish(ines.credentials, intent) == first
    assert adapter.reconcile(ines.credentials, intent) == first
    assert len(bluesky.records(ines.person, "app.bsky.feed.repost")) == 1
    bluesky.process_all()
    found = bluesky.ask("app.bsky.feed.getRepostedBy", ines.person, uri=original.remote_id).json()["repostedBy"]
    assert [one["did"] for one in found] == [ines.person.did]


def test_an_undone_repost_is_gone(bluesky, adapter, ines, join):
    original = adapter.publish(join("campagne").credentials, wish())
    intent = wish(repost_of=original.remote_id, repost_url=original.url)
    adapter.delete(ines.credentials, adapter.publish(ines.credentials, intent).remote_id)
    assert adapter.reconcile(ines.credentials, intent) is None
    assert len(bluesky.records(ines.person, "app.bsky.feed.repost")) == 0


def test_a_repost_of_what_is_gone_is_not_written(bluesky, adapter, ines, join):
    campaign = join("campagne")
    original = adapter.publish(campaign.credentials, wish())
    adapter.delete(campaign.credentials, original.remote_id)
    with pytest.raises(base.TargetGone):
        adapter.publish(ines.credentials, wish(repost_of=original.remote_id, repost_url=original.url))
    assert bluesky.records(ines.person, "app.bsky.feed.repost") == []


# --- reading -----------------------------------------------------------------------------------------------------


def test_the_counts_are_the_networks_own_and_displays_stay_unknown(bluesky, adapter, ines):
    published = adapter.publish(ines.credentials, wish())
    bluesky.process_all()
    (shown,) = bluesky.shown(published.remote_id)
    it = {"uri": shown["uri"], "cid": shown["cid"]}
    sam = bluesky.new_person("sam")
    bluesky.write(sam, {"$type": "app.bsky.feed.like", "subject": it})
    bluesky.write(sam, {"$type": "app.bsky.feed.repost", "subject": it})
    bluesky.write(sam, {"$type": "app.bsky.feed.post", "text": "Tenez bon.", "reply": {"root": it, "parent": it}})
    bluesky.process_all()
    unknown = published.remote_id[:-3] + "222"
    (read,) = adapter.metrics(ines.credentials, [published.remote_id, unknown])
    assert read == base.Metrics(published.remote_id, impressions=None, likes=1, reposts=1, replies=1)


def test_more_posts_than_one_call_reads_are_read(bluesky, adapter, ines):
    sent = [adapter.publish(ines.credentials, wish()).remote_id for _number in range(adapter.capabilities.batch + 1)]
    bluesky.process_all()
    assert {read.remote_id for read in adapter.metrics(ines.credentials, sent)} == set(sent)


def test_profiles_tell_bio_and_followers_of_those_who_are_there(bluesky, adapter, ines, join):
    sam, gone = join("sam"), join("partie")
    bio = "Meymac https://i4emploi.example/r/bio1"
    profile = {"$type": "app.bsky.actor.profile", "description": bio}
    where = {"repo": ines.person.did, "collection": profile["$type"], "rkey": "self"}
    bluesky.do(ines.person, "com.atproto.repo.putRecord", **where, record=profile)
    bluesky.write(sam.person, {"$type": "app.bsky.graph.follow", "subject": ines.person.did})
    bluesky.deactivate(gone.person)
    bluesky.process_all()
    asked = [ines.person.did, sam.person.did, gone.person.did, "did:plc:" + "a" * 24]
    read = {one.remote_id: one for one in adapter.profiles(sam.credentials, asked)}
    assert read.keys() == {ines.person.did, sam.person.did}
    assert (read[ines.person.did].bio, read[ines.person.did].followers) == (bio, 1)
    assert (read[sam.person.did].bio, read[sam.person.did].followers) == ("", 0)


def test_a_hashtag_is_found_and_only_what_is_new(bluesky, adapter, ines, join):
    tag = f"meymac{next(numbers)}"
    older, newer = (adapter.publish(ines.credentials, wish(f"Un repreneur, vite ! #{tag} {n}")) for n in range(2))
    adapter.publish(ines.credentials, wish("Sans mot-dièse"))
    bluesky.process_all()
    sam = join("sam").credentials
    assert {one.remote_id for one in adapter.search_hashtag(sam, tag, None)} == {older.remote_id, newer.remote_id}
    assert [one.remote_id for one in adapter.search_hashtag(sam, tag, older.remote_id)] == [newer.remote_id]
