"""The vault's keys: checked at start, rotated row by row, and of no use to whoever has only the database."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import StringIO

import psycopg2
import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.urls import reverse

from campaigns import identity
from campaigns.models import JobRequest, SealedIdentity
from i4emploi_site import checks
from i4emploi_site.lib import rotation
from i4emploi_site.lib.vault import VaultClosed, seal
from influencers import accounts
from influencers.models import AccountState, NetworkAccount, NetworkApp
from influencers.networks.base import Profile
from tests import cast

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TOKEN, RENEWAL = "jeton-en-clair", "renouvellement-en-clair"


@pytest.fixture
def account(settings):
    settings.VAULT_KEYS = [OLD]
    return cast.make_account(cast.make_influencer(), access_token=TOKEN, refresh_token=RENEWAL)


def rotated(*options: str) -> str:
    said = StringIO()
    call_command("rotate_vault_keys", *options, stdout=said)
    return said.getvalue()


def raw(account: NetworkAccount) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM influencers_networkaccount WHERE id = %s", [account.pk])
        return cursor.fetchone()[0]


# --- rotating ------------------------------------------------------------------------------------------------------


def test_after_a_rotation_the_old_key_can_be_taken_out(account, settings):
    NetworkApp.objects.create(network="mastodon", base_url="https://a.example", client_secret="secret")
    case = cast.make_case(pseudonymous=True, filer_role="worker", filer_email="")
    identity.keep(case, "Odile Ouvrière", "odile@exemple.example")
    settings.VAULT_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="Keep the older keys"):
        rotated("--check")
    assert "4 rewritten with the newest key, 0 had it already, 0 could not be opened" in rotated()
    assert "0 rewritten with the newest key, 4 had it already, 0 could not be opened" in rotated()
    settings.VAULT_KEYS = [NEW]
    assert "0 need an older key, 4 need only the newest key, 0 could not be opened" in rotated("--check")
    fresh = NetworkAccount.objects.get()
    assert (fresh.access_token, fresh.refresh_token) == (TOKEN, RENEWAL)
    assert NetworkApp.objects.get().client_secret == "secret"
    assert identity.mailbox(case) == "odile@exemple.example"


def test_the_check_writes_nothing(account, settings):
    before = raw(account)
    settings.VAULT_KEYS = [NEW, OLD]
    with pytest.raises(CommandError):
        rotated("--check")
    assert raw(account) == before


def test_more_rows_than_a_batch_are_all_rewritten(account, settings):
    many = 2 * rotation.BATCH + 1
    NetworkApp.objects.bulk_create(
        NetworkApp(network="mastodon", base_url=f"https://i{number}.example", client_secret="secret")
        for number in range(many)
    )
    settings.VAULT_KEYS = [NEW, OLD]
    assert f"{many + 2} rewritten" in rotated()
    settings.VAULT_KEYS = [NEW]
    assert {app.client_secret for app in NetworkApp.objects.all()} == {"secret"}


def test_every_sealed_column_of_every_app_is_found():
    found = {(model, column.name) for model, column in rotation.sealed_columns()}
    assert {
        (NetworkAccount, "access_token"), (NetworkAccount, "refresh_token"), (NetworkApp, "client_secret"),
        (JobRequest, "email"), (SealedIdentity, "sealed"),
    } <= found  # fmt: skip


def test_a_row_that_no_key_opens_is_named_without_its_content_and_left_as_it_is(account, settings):
    settings.VAULT_KEYS = [NEW]
    other = cast.make_account(account.influencer)
    before = raw(account)
    said = StringIO()
    for options in ([], ["--check"]):
        with pytest.raises(CommandError) as refused:
            call_command("rotate_vault_keys", *options, stdout=said)
        assert refused.value.returncode == 1
    assert f"no key opens influencers.NetworkAccount {account.pk} (access_token)" in said.getvalue()
    assert f"NetworkAccount {other.pk} " not in said.getvalue()
    assert before not in said.getvalue()
    assert raw(account) == before


def wait_for_a_lock(run_by_whom) -> None:
    """Until somebody waits for a row of ours, or is done without having waited."""
    with connection.cursor() as cursor:
        while not run_by_whom():
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return


@pytest.fixture
def another_connection():
    dsn = connection.settings_dict
    with closing(psycopg2.connect(dbname=dsn["NAME"], user=dsn["USER"], host=dsn["HOST"])) as other:
        yield other


@pytest.mark.django_db(transaction=True)
def test_a_token_refreshed_meanwhile_under_the_old_key_is_kept_and_rotated(account, settings, another_connection):
    fresh = str(seal("jeton-tout-neuf"))
    settings.VAULT_KEYS = [NEW, OLD]
    with another_connection.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("UPDATE influencers_networkaccount SET access_token = %s WHERE id = %s", [fresh, account.pk])

        def rotate():
            try:
                return rotated()
            finally:
                connection.close()

        running = pool.submit(rotate)
        wait_for_a_lock(running.done)
        another_connection.commit()
        assert "2 rewritten" in running.result(60)
    settings.VAULT_KEYS = [NEW]
    assert NetworkAccount.objects.get().access_token == "jeton-tout-neuf"


@pytest.mark.django_db(transaction=True)
def test_a_rotation_that_was_killed_is_run_again(account, settings, another_connection):
    accounts_ = [account, *(cast.make_account(account.influencer, access_token=TOKEN) for _one in range(3))]
    settings.VAULT_KEYS = [NEW, OLD]
    dsn = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{dsn['USER']}:{dsn['PASSWORD']}@/{dsn['NAME']}?host={dsn['HOST'].replace('/', '%2F')}",
        "REDIS_URL": settings.REDIS_URL,
        "I4_VAULT_KEYS": f"{NEW},{OLD}",
    }
    with another_connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM influencers_networkaccount WHERE id = %s FOR UPDATE", [accounts_[2].pk])
        rotating = subprocess.Popen([sys.executable, "manage.py", "rotate_vault_keys"], env=environment)
        wait_for_a_lock(lambda: rotating.poll() is not None)
        rotating.kill()
        assert rotating.wait(30) == -9
        another_connection.rollback()
    assert re.match("[23] rewritten with the newest key, [32] had it already", rotated())  # the third may have landed
    settings.VAULT_KEYS = [NEW]
    assert {one.access_token for one in NetworkAccount.objects.all()} == {TOKEN}


# --- a leaked database, a wrong key -----------------------------------------------------------------------------------


def test_a_wrong_key_opens_nothing_and_destroys_nothing(account, settings, client):
    before = raw(account)
    settings.VAULT_KEYS = [NEW]
    broken = NetworkAccount.objects.get()
    with pytest.raises(VaultClosed, match="I4_VAULT_KEYS"):
        _ = broken.access_token
    with pytest.raises(VaultClosed):
        accounts.fresh_credentials(broken)
    client.force_login(account.influencer.user)
    assert account.handle in client.get(reverse("me")).content.decode()
    broken.followers = 5
    broken.save()
    assert raw(account) == before
    settings.VAULT_KEYS = [NEW, OLD]
    assert NetworkAccount.objects.get().access_token == TOKEN


def test_a_person_reconnects_or_leaves_although_the_key_is_lost(account, settings):
    settings.VAULT_KEYS = [NEW]
    broken = NetworkAccount.objects.get()
    profile = Profile(account.remote_id, account.handle, 7)
    again = accounts.base.Credentials("autre-jeton", remote_id=account.remote_id)
    accounts.connect(account.influencer, account.network, account.base_url, again, profile)
    assert NetworkAccount.objects.get().access_token == "autre-jeton"
    settings.VAULT_KEYS = [OLD]
    accounts.disconnect(broken)
    broken.refresh_from_db()
    assert (broken.access_token, broken.state) == ("", AccountState.REVOKED)


def test_fixtures_carry_what_is_sealed_and_bring_it_back(account, tmp_path):
    file = tmp_path / "dump.json"
    call_command("dumpdata", "influencers", output=str(file))
    assert TOKEN not in file.read_text()
    assert RENEWAL not in file.read_text()
    NetworkAccount.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    assert NetworkAccount.objects.get().access_token == TOKEN


def test_rows_are_listed_without_being_opened(account):
    assert TOKEN not in str(list(NetworkAccount.objects.values()))
    assert TOKEN not in repr(vars(NetworkAccount.objects.get()))


def test_no_form_can_show_a_sealed_column():
    assert not [column for _model, column in rotation.sealed_columns() if column.editable]


# --- the keys as they are given ---------------------------------------------------------------------------------------


def found(settings, keys: list[str], **others) -> list[tuple[str, bool]]:
    settings.VAULT_KEYS = keys
    for name, value in others.items():
        setattr(settings, name, value)
    return [(error.id, bool(error.hint)) for error in run_checks(tags=[checks.AT_START])]


def test_keys_are_checked_and_each_error_says_how_to_mend_it(settings):
    assert found(settings, [NEW, OLD]) == []
    assert found(settings, []) == [("i4emploi.E001", True)]
    assert found(settings, [NEW, "pas une clé", NEW[:-4]]) == [("i4emploi.E002", True)] * 2
    assert found(settings, [NEW], SECRET_KEY=NEW, PRODUCTION=True) == [("i4emploi.E003", True)]
    assert found(settings, [NEW], SECRET_KEY=OLD, PRODUCTION=True) == []


def test_the_wrong_key_is_not_told(settings):
    settings.VAULT_KEYS = ["presque-une-cle"]
    with pytest.raises(SystemCheckError) as refused:
        checks.run_at_start()
    assert "presque-une-cle" not in str(refused.value)
    assert "Fernet.generate_key()" in str(refused.value)


@pytest.mark.parametrize(("keys", "said"), [("", "I4_VAULT_KEYS is missing"), ("x" * 40, "Key 1 of I4_VAULT_KEYS")])
def test_a_server_in_production_does_not_start_without_good_keys(settings, keys, said):
    environment = os.environ | {
        "I4_PRODUCTION": "1", "I4_SECRET_KEY": "s" * 60, "I4_VAULT_KEYS": keys, "REDIS_URL": settings.REDIS_URL,
    }  # fmt: skip
    started = subprocess.run(
        [sys.executable, "-c", "import i4emploi_site.wsgi"], env=environment, capture_output=True, text=True
    )
    assert started.returncode != 0
    assert said in started.stderr
