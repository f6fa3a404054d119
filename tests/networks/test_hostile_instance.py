"""A Mastodon instance that anybody may name: what it says is bounded, where it points is not followed."""

import json
import socket
import threading
from contextlib import suppress

import pytest

from influencers.networks import base
from influencers.networks.bounded import MOST_BYTES
from influencers.networks.mastodon import HEAVIEST_URL, LONGEST_STATUS, MastodonAdapter
from tests.network_servers import instance_that_says

APP = base.AppCredentials("client", "secret")


def test_a_redirect_is_not_followed():
    with instance_that_says((302, {"Location": "/latest/meta-data/"}, b"")) as (server, adapter):
        with pytest.raises(base.NetworkError):
            adapter.exchange(APP, "http://testserver/", "code", "verifier")
        with pytest.raises(base.NetworkError):
            adapter.me(base.Credentials("token"))
        with pytest.raises(base.NetworkError):
            adapter.register_app("http://testserver/")
        assert len(server.seen) == 3
        assert "/latest/meta-data/" not in server.seen


def test_an_address_that_is_not_public_is_not_asked_unless_an_operator_listed_it():
    with instance_that_says((200, {}, b"{}"), anywhere=False) as (server, adapter):
        with pytest.raises(base.Transient):
            adapter.publish(base.Credentials("token"), base.Intent("key", "Meymac"))
        assert server.seen == []


def test_headers_that_drip_are_cut():
    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        with suppress(OSError):
            while connection.send(b"a"):
                if released.wait(0.1):
                    return

    released = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=lambda: drip(listening.accept()[0]), daemon=True)
        server.start()
        adapter = MastodonAdapter(f"http://127.0.0.1:{listening.getsockname()[1]}", 0.5, anywhere=True)
        with pytest.raises(base.OutcomeUnknown):
            adapter.publish(base.Credentials("token"), base.Intent("key", "Meymac"))
        released.set()
        server.join(5)


def test_an_endless_answer_is_dropped():
    with (
        instance_that_says((200, {}, b" " * (MOST_BYTES + 1) + b"{}")) as (_server, adapter),
        pytest.raises(base.NetworkError),
    ):
        adapter.exchange(APP, "http://testserver/", "code", "verifier")


def test_absurd_limits_are_bounded():
    said = b'{"configuration": {"statuses": {"max_characters": 999999999, "characters_reserved_per_url": 600000000}}}'
    with instance_that_says((200, {}, said)) as (_server, adapter):
        assert adapter.capabilities.max_length <= LONGEST_STATUS
        assert adapter.measure("https://i4emploi.org/r/abc") <= HEAVIEST_URL


@pytest.mark.parametrize(
    "account",
    [
        b'{"id": "1", "acct": null}',
        b'{"id": "' + b"9" * 200 + b'", "acct": "a"}',
        b'{"acct": "a\\u0000b", "id": "1"}',
        b"[]",
    ],
)
def test_an_account_that_cannot_be_believed_is_drift(account):
    with instance_that_says((200, {}, account)) as (_server, adapter), pytest.raises(base.NetworkError):
        adapter.me(base.Credentials("token"))


def test_an_account_is_of_the_instance_that_shows_it():
    said = b'{"id": "1", "acct": "celebre@ailleurs.example", "followers_count": 12}'
    with instance_that_says((200, {}, said)) as (server, adapter):
        profile = adapter.me(base.Credentials("token"))
    assert profile.handle == f"@celebre@127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize("followers", [b"1000000000000", b"100000000", b"-5", b"null"])
def test_followers_that_cannot_be_believed_are_unknown(followers):
    said = b'{"id": "1", "acct": "ines", "url": "javascript:alert(1)", "followers_count": ' + followers + b"}"
    with instance_that_says((200, {}, said)) as (_server, adapter):
        profile = adapter.me(base.Credentials("token"))
    assert profile.followers is None
    assert profile.url == ""


def test_an_account_that_describes_itself_in_nonsense_is_read_without_it():
    said = json.dumps({"id": "7", "acct": "moi", "source": ["x"], "note": "<p>Bio</p>"}).encode()
    with instance_that_says((200, {}, said)) as (_server, adapter):
        assert adapter.me(base.Credentials("token")).bio == "<p>Bio</p>"
