"""The sandbox signs people in, and refuses them, as the PDS was measured to."""

import base64
import json
import time

import pytest

from i4emploi_site.demo.sandbox_bluesky.shapes import POST
from tests.networks.bluesky_writer import Writer, error, new_key, note


@pytest.fixture
def writer(sandbox_bluesky):
    return Writer(sandbox_bluesky)


def claims(token: str) -> dict:
    _head, body, _mark = token.split(".")
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_one_signs_in_with_a_handle_in_any_case_a_did_or_an_address_and_never_with_an_at_sign(writer):
    handle = writer.account.handle
    for identifier in (handle, handle.upper(), writer.did, f"{handle}@exemple.example"):
        session = writer.sign_in(identifier).raise_for_status().json()
        assert (session["did"], session["handle"], session["active"]) == (writer.did, handle, True)
    for refused in (writer.sign_in(f"@{handle}"), writer.sign_in("inconnue.test"), writer.sign_in(password="faux")):
        assert error(refused) == (401, "AuthenticationRequired")
        assert refused.json()["message"] == "Invalid identifier or password"


def test_tokens_tell_whose_they_are_and_until_when(writer):
    session = writer.sign_in().json()
    access, fresh = claims(session["accessJwt"]), claims(session["refreshJwt"])
    assert (access["sub"], access["scope"]) == (fresh["sub"], "com.atproto.appPass") == (writer.did, access["scope"])
    assert (access["exp"] - access["iat"], fresh["exp"] - fresh["iat"]) == (2 * 3600, 90 * 86_400)
    assert "jti" in fresh
    assert "jti" not in access
    assert abs(access["iat"] - time.time()) < 60


def test_a_used_refresh_token_gives_the_same_successor_for_two_hours(writer):
    used = writer.person.refresh_token
    first, again = writer.refresh(used).json(), writer.refresh(used).json()
    assert claims(first["refreshJwt"])["jti"] == claims(again["refreshJwt"])["jti"] != claims(used)["jti"]
    assert writer.refresh(first["refreshJwt"]).status_code == 200
    kept = writer.network.world.sessions.kept
    kept[claims(used)["jti"]].until -= 2 * 3600 + 1
    refused = writer.refresh(used)
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "ExpiredToken", "message": "Token has been revoked"},
    )
    assert writer.ask("com.atproto.server.getSession").json()["did"] == writer.did


def test_a_session_that_was_ended_or_whose_password_is_withdrawn_is_not_refreshed(writer):
    ended = writer.sign_in().json()["refreshJwt"]
    for _twice in range(2):
        answer = writer.call("server.deleteSession", token=ended)
        assert (answer.status_code, answer.content) == (200, b"")
    writer.network.withdraw_app_password(writer.person)
    for token in (ended, writer.person.refresh_token):
        assert error(writer.refresh(token)) == (400, "ExpiredToken")
    assert writer.put(new_key(), note()).status_code == 200  # until the access token's own end


def test_tokens_that_do_not_serve_are_told_apart(writer):
    past = writer.network.world.sessions.open(writer.account, now=time.time() - 200 * 86_400)
    person, expired = writer.person, {"error": "ExpiredToken", "message": "Token has expired"}
    for answer in (
        writer.call("repo.putRecord", token=past["accessJwt"], repo=writer.did),
        writer.refresh(past["refreshJwt"]),
    ):
        assert (answer.status_code, answer.json()) == (400, expired)
    assert error(writer.call("repo.putRecord", token="")) == (401, "AuthMissing")
    for token in ("rien", person.access_token[:-2], "a.b.c"):
        assert writer.call("repo.putRecord", token=token).json() == {
            "error": "InvalidToken",
            "message": "Token could not be verified",
        }
    for answer in (
        writer.refresh(person.access_token),
        writer.call("repo.putRecord", token=person.refresh_token),
        writer.call("server.deleteSession", token=person.access_token),
    ):
        assert (answer.status_code, answer.json()["message"]) == (400, "Invalid token type")


@pytest.mark.parametrize(
    ("status", "sign_in", "refresh", "write"),
    [
        ("deactivated", (200, None), (200, None), (401, "AccountDeactivated")),
        ("takendown", (401, "AuthenticationRequired"), (401, "AccountTakedown"), (401, "AccountTakedown")),
        ("deleted", (401, "AuthenticationRequired"), (400, "InvalidRequest"), (403, "AccountNotFound")),
    ],
)
def test_an_account_that_is_not_active_is_refused_by_its_name(writer, status, sign_in, refresh, write):
    key, post = new_key(), writer.post()
    writer.put(key, note())
    reader = Writer(writer.network, "lea")
    writer.network.set_status(writer.person, status)
    answers = [writer.sign_in(), writer.refresh(writer.person.refresh_token), writer.put(key, note())]
    assert [(one.status_code, one.json().get("error")) for one in answers] == [sign_in, refresh, write]
    if sign_in[0] == 200:
        assert (answers[0].json()["active"], answers[0].json()["status"]) == (False, status)
    hidden = reader.ask("com.atproto.repo.getRecord", repo=writer.did, collection=POST, rkey=key)
    assert hidden.json() == {"error": "InvalidRequest", "message": f"Could not find repo: {writer.did}"}
    assert reader.seen(post["uri"]) == []
    assert reader.ask("app.bsky.actor.getProfiles", actors=[writer.did, reader.did]).json()["profiles"][0]["did"] == (
        reader.did
    )
    assert reader.ask("app.bsky.actor.getProfile", actor=writer.did).json()["message"] == "Profile not found"
