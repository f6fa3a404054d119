"""A token is in no log, report, page, export, fixture or table, however a call to its network ends."""

import json
import logging
import re
import traceback
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.log import AdminEmailHandler

from campaigns.identity import Identity
from campaigns.models import User
from influencers import accounts, tasks
from influencers.models import AccountState, NetworkAccount, NetworkApp
from influencers.networks.base import AppCredentials, Credentials, NetworkError
from tests import cast
from tests.campaigns.test_identity import rows_holding
from tests.influencers.scene import account_on, broadcast_of
from tests.influencers.test_accounts import consent, way_out
from tests.network_servers import instance_that_says
from tests.test_house import doors

pytestmark = pytest.mark.django_db

TOKEN, RENEWAL, SECRET, CODE = "jeton-A7f3", "renouvellement-B8e2", "secret-C9d1", "code-D0c4"


@pytest.fixture
def ines(client):
    influencer = cast.make_influencer()
    client.force_login(influencer.user)
    return influencer


def secrets_kept() -> set[str]:
    kept = {one.client_secret for one in NetworkApp.objects.all()}
    for account in NetworkAccount.objects.all():
        kept |= {account.access_token, account.refresh_token}
    return kept - {""}


def logged(caplog) -> str:
    """Everything, as a handler at DEBUG would write it."""
    said = []
    for record in caplog.records:
        said += [record.getMessage(), str(record.args)]
        if record.exc_info:
            said += traceback.format_exception(record.exc_info[1])
    return "\n".join(said)


def test_what_holds_a_token_does_not_print_it():
    printed = repr(Credentials(TOKEN, RENEWAL, remote_id="12")) + repr(AppCredentials("client", SECRET))
    assert "Odile" not in repr(Identity("Odile Ouvrière", "odile@exemple.example")).title()
    assert "remote_id='12'" in printed
    assert "client_id='client'" in printed
    for secret in (TOKEN, RENEWAL, SECRET):
        assert secret not in printed


def test_connecting_tells_no_log_and_no_table_what_was_given(client, ines, network, caplog):
    caplog.set_level(logging.DEBUG)
    person = network.new_user("bavarde")
    given = set()
    if network.name == "bluesky":
        known = network.account(person)
        given.add(known.app_password)
        form = {"service": network.url, "identifier": known.handle, "app_password": known.app_password}
        assert way_out(client, network.name, **form).status_code == 302
    else:
        form = {"proposed": network.url} if network.name == "mastodon" else {}
        chosen = person.remote_id if network.name == "x" else person.access_token.removeprefix("token-")
        assert client.get(consent(way_out(client, network.name, **form), chosen)).status_code == 302
    account = NetworkAccount.objects.get()
    for secret in secrets_kept() | given:
        assert secret not in logged(caplog)
        assert rows_holding(secret) == []
    assert account.access_token


@pytest.mark.parametrize("effect", ["429", "500", "malformed", "timeout"])
def test_a_call_that_fails_logs_no_token(ines, case, network, caplog, settings, effect):
    settings.NETWORK_TIMEOUT_SECONDS = 0.5
    caplog.set_level(logging.DEBUG)
    account = account_on(network, ines, expires_at=timezone.now() + timedelta(seconds=30))
    kept = secrets_kept()
    cast.make_pledge(ines, account, case)
    broadcast_of(case)
    network.fail(effect, count=20)
    network.fail(effect, count=20, method="GET")
    said = ""
    try:
        accounts.fresh_credentials(account)
    except NetworkError as error:
        said = "".join(traceback.format_exception(error))
    tasks.publish_due.apply([network.name])
    said += logged(caplog)
    assert "127.0.0.1" in said, "the libraries' own loggers are heard"
    for secret in kept | secrets_kept():
        assert secret not in said


ANSWERS = {
    "/2/oauth2/token": {"access_token": TOKEN, "refresh_token": RENEWAL, "expires_in": 7200},
    "/oauth/token": {"access_token": TOKEN},
    "/api/v1/apps": {"client_id": "client", "client_secret": SECRET},
    "/2/users/me": {"data": {"id": "12", "username": "ines"}},
    "/api/v1/accounts/verify_credentials": {"id": "12", "acct": "ines"},
}


@pytest.fixture
def network_of_ours(settings, caplog):
    """It says yes to all, and gives the tokens above."""

    def answer(_method, path):
        return 200, {}, json.dumps(ANSWERS.get(path.partition("?")[0], {})).encode()

    caplog.set_level(logging.DEBUG)
    with instance_that_says(answer) as (_server, adapter):
        settings.X_API_URL, settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = adapter.base_url, "client", SECRET
        settings.MASTODON_INSTANCES = [adapter.base_url]
        yield adapter.base_url


def break_the_database() -> None:
    """Storing a token fails, for a reason of the server's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk is full'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON influencers_networkaccount"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )


@pytest.mark.parametrize("network", ["x", "mastodon"])
@pytest.mark.parametrize("debug", [True, False])
def test_a_crash_with_a_token_in_hand_reports_no_token(client, ines, settings, caplog, network_of_ours, network, debug):
    settings.DEBUG, settings.ADMINS = debug, [("Chef", "chef@exemple.example")]
    client.raise_request_exception = False
    break_the_database()
    handler = AdminEmailHandler(include_html=True)
    logging.getLogger("django.request").addHandler(handler)
    try:
        away = way_out(client, network, proposed=network_of_ours)
        state = re.search(r"state=([^&]+)", away["Location"])[1]
        page = client.get(reverse("connect_callback", args=[network]), {"state": state, "code": CODE})
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert page.status_code == 500
    html = [body for message in mail.outbox for body, _kind in message.alternatives]
    told = page.content.decode() + logged(caplog) + "".join(html) + "".join(one.body for one in mail.outbox)
    assert "the disk is full" in html[0]
    assert ("the disk is full" in page.content.decode()) is debug
    for secret in (TOKEN, RENEWAL, SECRET, CODE, state, *settings.VAULT_KEYS):
        assert secret not in told


def test_a_worker_that_crashes_with_a_token_in_hand_logs_none(ines, case, settings, caplog, network_of_ours):
    settings.X_PLEDGES_BY_API = True
    ends_soon = timezone.now() + timedelta(seconds=30)
    old = {"access_token": "jeton-d-avant", "refresh_token": "renouvellement-d-avant"}
    account = cast.make_account(ines, base_url=network_of_ours, expires_at=ends_soon, **old)
    broadcast_of_pledge(ines, account, case)
    break_the_database()
    tasks.publish_due.apply(["x"])
    assert "the disk is full" in logged(caplog)
    for secret in (TOKEN, RENEWAL, SECRET, *old.values()):
        assert secret not in logged(caplog)


def broadcast_of_pledge(influencer, account, case):
    cast.make_pledge(influencer, account, case)
    return broadcast_of(case).posts.get()


def test_no_page_no_desk_and_no_api_shows_a_token(client, ines, case):
    account = cast.make_account(ines, access_token=TOKEN, refresh_token=RENEWAL)
    NetworkApp.objects.create(network="mastodon", base_url="https://a.example", client_id="c", client_secret=SECRET)
    broadcast_of_pledge(ines, account, case)
    boss = User.objects.create_superuser("chef@exemple.example", "mot-de-passe-long")
    for user in (ines.user, boss):
        client.force_login(user)
        for where in [*plain_doors(), *admin_pages()]:
            page = client.get(where)
            said = b"".join(page.streaming_content) if page.streaming else page.content
            for secret in (TOKEN, RENEWAL, SECRET):
                assert secret.encode() not in said, where
    assert account.state == AccountState.CONNECTED


def plain_doors() -> list[str]:
    """Each page that needs no argument, and the case's own."""
    found = []
    for _path, name in doors():
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return [*found, *(f"{one}?format=json" for one in found if one.startswith("/api/"))]


def admin_pages() -> list[str]:
    pages = []
    for model in apps.get_models():
        if admin.site.is_registered(model):
            named = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            pages.append(reverse(f"{named}_changelist"))
            pages += [reverse(f"{named}_change", args=[row.pk]) for row in model._default_manager.all()[:3]]
            pages += [reverse(f"{named}_history", args=[row.pk]) for row in model._default_manager.all()[:1]]
    return pages


def test_a_dump_of_everything_holds_no_token(ines, capsys):
    cast.make_account(ines, access_token=TOKEN, refresh_token=RENEWAL)
    NetworkApp.objects.create(network="mastodon", base_url="https://a.example", client_id="c", client_secret=SECRET)
    call_command("dumpdata", "influencers", "campaigns.user")
    said = capsys.readouterr().out
    assert "https://a.example" in said
    for secret in (TOKEN, RENEWAL, SECRET):
        assert secret not in said
        assert rows_holding(secret) == []
