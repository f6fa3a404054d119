"""An instance that lost its applications: whoever connects next makes it know us again."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse

from influencers.models import NetworkAccount, NetworkApp
from tests import cast
from tests.influencers.test_accounts import way_out
from tests.network_servers import instance_that_says

pytestmark = pytest.mark.django_db

APPS, TOKEN = "/api/v1/apps", "/oauth/token"
UNKNOWN = {"error": "invalid_client", "error_description": "Client authentication failed due to unknown client."}


class Instance:
    """Knows the application that it registered last, until it forgets."""

    def __init__(self):
        self.registered, self.knows_us, self.remembers = 0, False, True

    def __call__(self, _method, path):
        if path == APPS:
            self.registered, self.knows_us = self.registered + 1, self.remembers
            return self.says(200, {"client_id": f"client-{self.registered}", "client_secret": "secret"})
        if path == TOKEN:
            return self.says(200, {"access_token": "jeton"}) if self.knows_us else self.says(401, UNKNOWN)
        return self.says(200, {"id": "12", "acct": "ines", "followers_count": 3})

    @staticmethod
    def says(status, body):
        return status, {}, json.dumps(body).encode()


@pytest.fixture
def instance(client, settings):
    client.force_login(cast.make_influencer().user)
    instance = Instance()
    with instance_that_says(instance) as (server, adapter):
        settings.MASTODON_INSTANCES = [adapter.base_url]
        instance.url, instance.server = adapter.base_url, server
        yield instance


def leave(client, instance) -> dict[str, str]:
    away = way_out(client, "mastodon", proposed=instance.url)
    assert away.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(away["Location"]).query).items()}


def come_back(client, asked) -> str:
    back = {"state": asked["state"], "code": "code"}
    return client.get(reverse("connect_callback", args=["mastodon"]), back, follow=True).content.decode()


def test_nobody_is_sent_away_with_an_application_that_the_instance_lost(client, instance):
    assert leave(client, instance)["client_id"] == "client-1"
    instance.knows_us = False
    assert leave(client, instance)["client_id"] == "client-2"
    assert NetworkApp.objects.get().client_id == "client-2"


def test_an_application_lost_while_the_person_was_away_is_made_anew_at_the_next_try(client, instance):
    asked = leave(client, instance)
    instance.knows_us = False
    assert "ne reconnaît plus notre application" in come_back(client, asked)
    assert not NetworkApp.objects.exists()
    again = leave(client, instance)
    assert again["client_id"] == "client-2"
    assert "est connecté" in come_back(client, again)
    assert NetworkAccount.objects.get().handle.startswith("@ines@")


def test_an_application_that_is_known_is_kept(client, instance):
    for _time in range(3):
        assert leave(client, instance)["client_id"] == "client-1"
    assert instance.registered == 1


def test_an_instance_that_never_knows_us_is_registered_with_once_a_try(client, instance):
    instance.remembers = False
    for tries in range(1, 4):
        leave(client, instance)
        assert instance.registered == tries


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"client_id": 5, "client_secret": null}', b'{"client_id": "\\u0000"}']
)
def test_an_instance_that_registers_nobody_is_said_so(client, instance, settings, body):
    with instance_that_says((200, {}, body)) as (_server, adapter):
        settings.MASTODON_INSTANCES = [adapter.base_url]
        page = way_out(client, "mastodon", proposed=adapter.base_url)
    assert page.status_code == 200
    assert "ne répond pas" in page.content.decode()


def test_a_registration_that_our_keys_no_longer_open_is_kept_and_said_so(client, instance, settings, caplog):
    asked = leave(client, instance)
    kept, settings.VAULT_KEYS = settings.VAULT_KEYS, [Fernet.generate_key().decode()]
    assert "Un réglage manque de notre côté" in come_back(client, asked)
    page = way_out(client, "mastodon", proposed=instance.url)
    assert "Un réglage manque de notre côté" in page.content.decode()
    assert "I4_VAULT_KEYS" in caplog.text
    settings.VAULT_KEYS = kept
    assert leave(client, instance)["client_id"] == "client-1"
