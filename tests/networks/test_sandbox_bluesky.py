"""The sandbox writes records, and tells limits and faults, as the PDS was measured to."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from i4emploi_site.demo.sandbox_bluesky import limits
from i4emploi_site.demo.sandbox_bluesky.shapes import POST, REPOST
from tests.networks.bluesky_writer import AT, Writer, error, facet, http, new_key, note


@pytest.fixture
def writer(sandbox_bluesky):
    return Writer(sandbox_bluesky)


# --- records -----------------------------------------------------------------------------------------------------


def test_the_same_record_under_the_same_key_is_written_once(writer):
    key = new_key()
    with ThreadPoolExecutor(8) as threads:
        answers = [answer.json() for answer in threads.map(lambda _n: writer.put(key, note()), range(8))]
    assert sum("commit" in answer for answer in answers) == 1
    assert {(answer["uri"], answer["validationStatus"]) for answer in answers} == {
        (f"at://{writer.did}/{POST}/{key}", "valid")
    }
    assert len({answer["cid"] for answer in answers}) == 1
    assert answers[0]["cid"].startswith("bafyrei")
    assert writer.network.texts() == [note()["text"]]
    assert writer.network.ledger()["attempts"] == 8


def test_another_record_under_a_used_key_is_refused(writer):
    key = new_key()
    cid = writer.put(key, note()).json()["cid"]
    for other in (note("Autre texte"), note(createdAt="2026-11-24T09:00:00.001Z"), note(langs=["fr"])):
        refused = writer.put(key, other)
        assert refused.status_code == 400
        assert refused.json() == {"error": "InvalidSwap", "message": f"Record was at {cid}"}
    assert writer.get(key).json() == {"uri": f"at://{writer.did}/{POST}/{key}", "cid": cid, "value": note()}


def test_without_a_swap_another_text_replaces_the_first(writer):
    key = new_key()
    cid = writer.put(key, note()).json()["cid"]
    body = {"repo": writer.did, "collection": POST, "rkey": key, "record": note("Autre texte")}
    replaced = writer.call("repo.putRecord", **body).json()
    assert "commit" in replaced
    assert replaced["cid"] != cid
    assert [post["deleted"] for post in writer.network.ledger()["posts"]] == [True, False]


def test_a_deleted_record_is_absent_and_comes_back_when_it_is_sent_again(writer):
    key = new_key()
    assert error(writer.get(key)) == (400, "RecordNotFound")
    writer.put(key, note())
    assert "commit" in writer.delete(key).json()
    assert writer.delete(key).json() == {}
    absent = writer.get(key)
    assert absent.json()["message"] == f"Could not locate record: at://{writer.did}/{POST}/{key}"
    assert "commit" in writer.put(key, note()).json()


def test_a_record_that_moderators_removed_looks_absent_and_is_not_written_again(writer):
    key = new_key()
    uri = writer.put(key, note()).json()["uri"]
    writer.network.moderate(uri)
    assert error(writer.get(key)) == (400, "RecordNotFound")
    again = writer.put(key, note())
    assert (again.status_code, "commit" in again.json()) == (200, False)
    assert writer.seen(uri) == []


def test_create_record_breaks_on_a_name_that_is_taken(writer):
    body = {"repo": writer.did, "collection": POST, "rkey": new_key(), "record": note()}
    assert "commit" in writer.call("repo.createRecord", **body).json()
    assert error(writer.call("repo.createRecord", **body)) == (500, "InternalServerError")
    unnamed = writer.call("repo.createRecord", **{**body, "rkey": ""}).json()
    assert len(unnamed["uri"].rpartition("/")[2]) == 13


def test_nobody_writes_to_the_repository_of_another(writer):
    other = Writer(writer.network, "lea")
    assert error(writer.put(new_key(), note(), repo=other.did)) == (401, "AuthenticationRequired")


def test_records_are_listed_the_latest_name_first_page_by_page(writer):
    names = [new_key() for _post in range(3)]
    for name in names:
        writer.put(name, note(f"Texte {name}"))
    first = writer.ask("com.atproto.repo.listRecords", repo=writer.did, collection=POST, limit=2).json()
    rest = writer.ask("com.atproto.repo.listRecords", repo=writer.did, collection=POST, cursor=first["cursor"]).json()
    assert [one["uri"].rpartition("/")[2] for one in first["records"] + rest["records"]] == names[::-1]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (note("é" * 301), "grapheme too big (maximum 300, got 301) at $.record.text"),
        (note("👨‍👩‍👧" * 167), "string too big (maximum 3000, got 3006) at $.record.text"),
        (note(createdAt="2026-11-24 10:00"), 'Invalid datetime (got "2026-11-24 10:00")'),
        ({"$type": POST, "text": "Sans date"}, 'Missing required key "createdAt"'),
        (note(facets=[facet("tag", -1, tag="a")]), "integer too small"),
        (
            note(facets=[facet("tag", tag="a" * 65)]),
            "grapheme too big (maximum 64, got 65) at $.record.facets[0].features[0].tag",
        ),
        (
            note(facets=[facet("link", uri="pas un lien")]),
            'Invalid uri (got "pas un lien") at $.record.facets[0].features[0].uri',
        ),
    ],
)
def test_a_record_that_the_lexicon_does_not_take_is_refused(writer, record, reason):
    refused = writer.put(new_key(), record)
    assert error(refused) == (400, "InvalidRequest")
    assert refused.json()["message"].startswith(f"Invalid app.bsky.feed.post record: {reason}")


@pytest.mark.parametrize("text", ["", "\0", "  a\r\n ", "é" * 300, "👨‍👩‍👧" * 166, "e\u0301"])
def test_a_text_is_kept_as_it_is(writer, text):
    wherever = [facet("tag", start, end, tag="a") for start, end in ((5, 5000), (9, 3), (1, 2))]
    key = new_key()
    assert writer.put(key, note(text, facets=wherever)).status_code == 200
    assert writer.get(key).json()["value"]["text"] == text


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ({"uri": "rien", "cid": "bafyrei" + "a" * 52}, 'Invalid at-uri (got "rien") at $.record.subject.uri'),
        ({"uri": f"at://did:plc:a/{POST}/1", "cid": "y"}, 'Invalid CID string (got "y") at $.record.subject.cid'),
    ],
)
def test_a_repost_of_what_is_no_address_is_refused(writer, subject, reason):
    refused = writer.put(new_key(), {"$type": REPOST, "subject": subject, "createdAt": AT})
    assert refused.json()["message"] == f"Invalid app.bsky.feed.repost record: {reason}"


def test_a_key_that_is_no_tid_is_refused(writer):
    refused = writer.put("mon-billet", note())
    assert error(refused) == (400, "InvalidRequest")
    assert refused.json()["message"].startswith("Invalid record key for app.bsky.feed.post: Invalid TID string")


# --- limits and faults -------------------------------------------------------------------------------------------


def told(answer: httpx.Response) -> tuple[str, ...]:
    return tuple(answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Policy"))


def test_the_tightest_limit_is_told(writer):
    first = writer.put(new_key(), note())
    assert first.headers["RateLimit-Policy"] == "3000;w=300"
    assert 0 < int(first.headers["RateLimit-Reset"]) - time.time() <= 300
    writer.network.world.limits.spend((limits.WRITES, writer.did, 2200))
    assert told(writer.put(new_key(), note())) == ("5000", "2796", "5000;w=3600")


def test_five_thousand_points_of_writes_an_hour_are_all_that_an_account_has(writer):
    writer.network.world.limits.spend((limits.WRITES, writer.did, 4999))
    refused = writer.put(new_key(), note())
    assert error(refused) == (429, "RateLimitExceeded")
    assert told(refused) == ("5000", "0", "5000;w=3600")
    assert Writer(writer.network, "lea").put(new_key(), note()).status_code == 200


def test_the_thirty_first_sign_in_in_five_minutes_is_refused(writer):
    assert {writer.sign_in(password="faux").status_code for _time in range(30)} == {401}
    refused = writer.sign_in()
    assert error(refused) == (429, "RateLimitExceeded")
    assert told(refused) == ("30", "0", "30;w=300")


@pytest.mark.parametrize(
    ("effect", "answer"),
    [
        ("503", (503, "NotEnoughResources")),
        ("429", (429, "RateLimitExceeded")),
        ("429-address", (429, "RateLimitExceeded")),
        ("takedown", (401, "AccountTakedown")),
        ("expired-token", (400, "ExpiredToken")),
    ],
)
def test_a_fault_is_had_once_and_writes_nothing(writer, effect, answer):
    writer.network.fail(effect)
    key = new_key()
    assert error(writer.put(key, note())) == answer
    assert writer.network.texts() == []
    assert "commit" in writer.put(key, note()).json()


def test_a_record_may_be_there_although_no_answer_came(writer):
    for effect, there in (("drop", []), ("created-then-drop", [note()["text"]])):
        writer.network.fail(effect)
        with pytest.raises(httpx.RemoteProtocolError):
            writer.put("3m6aaaaaaaa2a", note())
        assert writer.network.texts() == there
    writer.network.fail("malformed")
    with pytest.raises(ValueError):
        writer.put("3m6aaaaaaaa2a", note()).json()


@pytest.mark.parametrize(
    ("method", "path", "content", "answer"),
    [
        ("POST", "/xrpc/com.atproto.repo.putRecord", b"{", (400, "SyntaxError")),
        ("POST", "/xrpc/com.atproto.repo.putRecord", b"[]", (400, "InvalidRequest")),
        ("POST", "/xrpc/com.atproto.repo.putRecord", b'{"repo": {}}', (403, "AccountNotFound")),
        ("POST", "/xrpc/com.atproto.server.refreshSession", b"{}", (400, "InvalidRequest")),
        ("GET", "/xrpc/app.bsky.feed.getPosts", b"", (400, "InvalidRequest")),
        ("GET", "/xrpc/app.bsky.feed.searchPosts?q=a&limit=101", b"", (400, "InvalidRequest")),
        ("GET", "/xrpc/app.bsky.actor.getProfiles?actors=987654321", b"", (500, "InternalServerError")),
        ("GET", "/xrpc/app.bsky.rien", b"", (501, "MethodNotImplemented")),
        ("POST", "/_sandbox/faults", b"{", (400, "SyntaxError")),
    ],
)
def test_nonsense_is_refused_and_never_breaks_the_server(writer, method, path, content, answer):
    headers = {"Authorization": f"Bearer {writer.person.access_token}", "Content-Type": "application/json"}
    assert error(http.request(method, writer.network.url + path, content=content, headers=headers)) == answer


def test_one_connection_serves_many_calls(writer):
    with httpx.Client() as client:
        for _call in range(3):
            answer = client.get(f"{writer.network.url}/xrpc/app.bsky.actor.getProfile?actor={writer.did}")
            assert answer.http_version == "HTTP/1.1"
            assert "close" not in answer.headers.get("Connection", "")
        pool = client._transport._pool
        assert len(pool.connections) == 1
