"""What the adapter relies on, asked of the PDS and the AppView themselves, without the adapter.

A newer `@atproto/dev-env` that answers otherwise fails here first, with the answer in plain sight.
"""

import itertools
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from tests.bluesky.real_network import RealBluesky, claims, signed

POSTS, REPOSTS = "app.bsky.feed.post", "app.bsky.feed.repost"
keys = itertools.count(2**53)


def new_key() -> str:
    """A record key that exists once: 13 characters of base32-sortable, as every TID is."""
    number = next(keys)
    return "".join("234567abcdefghijklmnopqrstuvwxyz"[number >> shift & 31] for shift in range(60, -5, -5))


def note(text: str = "Meymac cherche un repreneur", **fields) -> dict:
    return {"$type": POSTS, "text": text, "createdAt": "2026-11-24T09:00:00.000Z", **fields}


class Writer:
    """A person signed in with the app password, as the product is."""

    def __init__(self, network: RealBluesky):
        self.network = network
        self.person = network.new_person()
        self.signed_in = self.sign_in().json()

    def sign_in(self, password: str = "") -> httpx.Response:
        return self.network.call(
            "com.atproto.server.createSession",
            identifier=self.person.handle,
            password=password or self.person.app_password,
        )

    def refresh(self, token: str) -> httpx.Response:
        return self.network.call("com.atproto.server.refreshSession", token)

    def put(self, key: str, record: dict, token: str = "") -> httpx.Response:
        """A record under its key; `swapRecord: null` means "only where there is none"."""
        return self.network.call(
            "com.atproto.repo.putRecord",
            token or self.signed_in["accessJwt"],
            repo=self.person.did,
            collection=record["$type"],
            rkey=key,
            record=record,
            swapRecord=None,
        )

    def get(self, key: str, collection: str = POSTS) -> httpx.Response:
        return self.network.ask("com.atproto.repo.getRecord", repo=self.person.did, collection=collection, rkey=key)


@pytest.fixture
def writer(bluesky):
    return Writer(bluesky)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_nothing_listens_beyond_loopback(bluesky):
    listening = {
        entry.laddr.ip
        for entry in psutil.Process(bluesky.process.pid).net_connections("inet")
        if entry.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_the_same_record_under_the_same_key_is_written_once(writer):
    """First: 200 {"uri","cid","commit":{…},"validationStatus":"valid"}. Again: the same, without "commit"."""
    key = new_key()
    first, again = writer.put(key, note()), writer.put(key, note())
    assert (first.status_code, again.status_code) == (200, 200)
    assert "commit" in first.json()
    assert "commit" not in again.json()
    assert (first.json()["uri"], first.json()["cid"]) == (again.json()["uri"], again.json()["cid"])


def test_another_record_under_a_used_key_is_refused(writer):
    """400 {"error":"InvalidSwap","message":"Record was at <cid>"}; another `createdAt` is another record."""
    key = new_key()
    cid = writer.put(key, note()).json()["cid"]
    for other in (note("Autre texte"), note(createdAt="2026-11-24T09:00:00.001Z"), note(langs=["fr"])):
        refused = writer.put(key, other)
        assert refused.status_code == 400
        assert refused.json() == {"error": "InvalidSwap", "message": f"Record was at {cid}"}
    assert writer.get(key).json()["value"] == note()


def test_of_rivals_under_one_key_one_wins(writer):
    key = new_key()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda number: writer.put(key, note(f"Texte {number}")), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]


def test_a_record_that_is_not_there_is_told_from_a_repository_that_is_not_there(bluesky, writer):
    """Absent: 400 RecordNotFound. A deactivated account: 400 InvalidRequest "Could not find repo", which proves nothing.

    Of an account that is not active on it the PDS asks the AppView, and that one may not have heard of the record yet:
    until then its RecordNotFound proves nothing either. Only writing again under the same key is safe.
    """
    key = new_key()
    assert error(writer.get(key)) == (400, "RecordNotFound")
    writer.put(key, note())
    bluesky.deactivate(writer.person)
    bluesky.process_all()
    hidden = writer.get(key)
    assert error(hidden) == (400, "InvalidRequest")
    assert hidden.json()["message"].startswith("Could not find repo")


def test_a_deactivated_account_signs_in_and_writes_nothing(bluesky, writer):
    """createSession: 200 with "active": false. putRecord: 401 AccountDeactivated."""
    bluesky.deactivate(writer.person)
    signed_in = writer.sign_in()
    assert signed_in.status_code == 200
    assert (signed_in.json()["active"], signed_in.json()["status"]) == (False, "deactivated")
    assert error(writer.put(new_key(), note())) == (401, "AccountDeactivated")


def test_a_suspended_account_is_refused_by_its_name(bluesky, writer):
    """putRecord and refreshSession: 401 AccountTakedown. createSession says only that the password is wrong."""
    bluesky.take_down(writer.person)
    assert error(writer.put(new_key(), note())) == (401, "AccountTakedown")
    assert error(writer.refresh(writer.signed_in["refreshJwt"])) == (401, "AccountTakedown")
    assert error(writer.sign_in()) == (401, "AuthenticationRequired")


def test_a_refresh_token_used_twice_gives_the_same_successor(writer):
    """The PDS lets a used one answer for two hours more: an answer lost on its way loses nobody their session."""
    used = writer.signed_in["refreshJwt"]
    first, again = writer.refresh(used), writer.refresh(used)
    assert (first.status_code, again.status_code) == (200, 200)
    assert claims(first.json()["refreshJwt"])["jti"] == claims(again.json()["refreshJwt"])["jti"]


def test_a_session_whose_app_password_is_withdrawn_ends(bluesky, writer):
    """refreshSession: 400 {"error":"ExpiredToken","message":"Token has been revoked"}."""
    bluesky.withdraw_app_password(writer.person)
    refused = writer.refresh(writer.signed_in["refreshJwt"])
    assert refused.status_code == 400
    assert refused.json() == {"error": "ExpiredToken", "message": "Token has been revoked"}


def test_an_ended_access_token_answers_400_and_not_401(writer):
    """400 {"error":"ExpiredToken","message":"Token has expired"}; one that is none: 400 InvalidToken."""
    past = {**claims(writer.signed_in["accessJwt"]), "iat": 1_700_000_000, "exp": 1_700_000_060}
    refused = writer.put(new_key(), note(), token=signed(past))
    assert refused.status_code == 400
    assert refused.json() == {"error": "ExpiredToken", "message": "Token has expired"}
    assert error(writer.put(new_key(), note(), token="rien")) == (400, "InvalidToken")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("é" * 301, "grapheme too big (maximum 300, got 301)"),
        ("👨‍👩‍👧" * 167, "string too big (maximum 3000, got 3006)"),  # bytes of UTF-8
    ],
)
def test_the_pds_refuses_what_is_too_long(writer, text, reason):
    refused = writer.put(new_key(), note(text))
    assert error(refused) == (400, "InvalidRequest")
    assert refused.json()["message"] == f"Invalid app.bsky.feed.post record: {reason} at $.record.text"


def test_nobody_checks_where_a_facet_points(writer):
    """Offsets beyond the text, reversed, or inside a character are taken as they are: ours must be right by themselves."""
    for start, end in ((5, 5000), (9, 3), (1, 2)):
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": "Meymac"}
        facet = {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}
        assert writer.put(new_key(), note("éé", facets=[facet])).status_code == 200


def test_a_repost_of_nothing_is_taken(bluesky, writer):
    """The PDS looks at no subject: who reposts must look first. The AppView counts a person's reposts of a post once."""
    post = writer.put(new_key(), note()).json()
    subject = {"uri": post["uri"], "cid": post["cid"]}
    repost = {"$type": REPOSTS, "subject": subject, "createdAt": "2026-11-24T09:00:00.000Z"}
    nowhere = {**repost, "subject": {**subject, "uri": f"at://{writer.person.did}/{POSTS}/{new_key()}"}}
    assert writer.put(new_key(), nowhere).status_code == 200
    assert [writer.put(new_key(), repost).status_code for _twice in range(2)] == [200, 200]
    bluesky.process_all()
    (seen,) = bluesky.shown(post["uri"])
    assert seen["repostCount"] == 1


def test_limits_are_told_in_headers(writer):
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(writer.sign_in, ["faux"] * 29))
    assert {error(answer) for answer in answers} == {(401, "AuthenticationRequired")}
    limited = writer.sign_in()
    assert error(limited) == (429, "RateLimitExceeded")
    told = {name: value for name, value in limited.headers.items() if name.startswith("ratelimit-")}
    assert (told["ratelimit-limit"], told["ratelimit-remaining"], told["ratelimit-policy"]) == ("30", "0", "30;w=300")
    assert int(told["ratelimit-reset"]) > 1_700_000_000  # seconds since 1970
