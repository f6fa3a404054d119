"""Connecting a Bluesky account with an app password: through the page, against a Bluesky on loopback."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from influencers import accounts
from influencers.models import AccountState, NetworkAccount
from influencers.networks import base
from tests import cast

pytestmark = pytest.mark.django_db
PAGE = "/moi/comptes/bluesky/"
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def ines(client):
    influencer = cast.make_influencer()
    client.force_login(influencer.user)
    return influencer


@pytest.fixture
def member(sandbox_bluesky):
    """Somebody on Bluesky: their handle and their app password are `.handle` and `.app_password`."""
    return sandbox_bluesky.account(sandbox_bluesky.new_user("ines-bluesky", followers=27_000))


def sign_in(client, member, query: str = "", **typed):
    form = {"identifier": member.handle, "app_password": member.app_password} | typed
    return client.post(PAGE + query, form, follow=True)


def test_the_page_says_what_to_type_and_where_it_is_made(client, ines, sandbox_bluesky):
    page = client.get(PAGE).content.decode()
    assert "mot de passe d’application" in page
    assert "https://bsky.app/settings/app-passwords" in page
    assert "Votre hébergeur" not in page, "there is one service: nothing to choose"


def test_an_app_password_connects_the_account_and_is_kept_nowhere(client, ines, member):
    answer = sign_in(client, member, identifier=f" @{member.handle}\u202c")
    assert f"@{member.handle} est connecté." in answer.content.decode()
    account = NetworkAccount.objects.get(influencer=ines)
    assert (account.remote_id, account.handle, account.followers) == (member.did, f"@{member.handle}", 27_000)
    assert account.state == AccountState.CONNECTED
    assert timedelta(minutes=110) < account.expires_at - timezone.now() <= timedelta(hours=2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(account)::text FROM influencers_networkaccount account")
        (stored,) = cursor.fetchone()
    for secret in (member.app_password, account.access_token, account.refresh_token):
        assert secret not in stored + answer.content.decode() + str(client.session.items())


def test_the_account_that_is_connected_publishes_and_is_disconnected(client, ines, member, sandbox_bluesky):
    sign_in(client, member)
    account = NetworkAccount.objects.get()
    wish = base.Intent("billet", "Meymac attend", at=timezone.now())
    sandbox_bluesky.adapter.publish(accounts.fresh_credentials(account), wish)
    assert sandbox_bluesky.texts() == ["Meymac attend"]
    last = accounts.fresh_credentials(account)
    client.post(reverse("disconnect", args=[account.pk]))
    with pytest.raises(base.AuthRevoked):
        sandbox_bluesky.adapter.refresh(base.AppCredentials(""), last)


def test_a_wrong_app_password_is_said_at_its_field_and_the_address_is_kept(client, ines, member):
    answer = sign_in(client, member, app_password="abcd-abcd-abcd-abcd")
    assert answer.status_code == 400
    assert "ne reconnaît pas" in answer.context["form"].errors["app_password"][0]
    assert f'value="{member.handle}"' in answer.content.decode()
    assert not NetworkAccount.objects.exists()


@pytest.mark.parametrize(
    "typed", ["Mon-Vrai-Mot2Passe!", "abcd-abcd-abcd", "abcdabcdabcdabcd", "abcd-abcd-abcd-abcd-abcd"]
)
def test_a_main_password_is_sent_nowhere_and_not_written_back(client, ines, member, settings, typed):
    settings.BLUESKY_SERVICES = [NOBODY_LISTENS]  # asking it would be an answer of its own, 503
    answer = sign_in(client, member, app_password=typed)
    assert answer.status_code == 400
    assert "xxxx-xxxx-xxxx-xxxx" in answer.context["form"].errors["app_password"][0]
    assert typed not in answer.content.decode()
    assert "est conservé." not in answer.content.decode()


@pytest.mark.parametrize("typed", ["", "ines", "@", "\u202c"])
def test_an_address_that_is_not_whole_is_said_at_its_field(client, ines, member, typed):
    answer = sign_in(client, member, identifier=typed)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["identifier"]


def test_a_service_that_is_down_is_said_so_and_what_was_typed_stays(client, ines, member, settings):
    settings.BLUESKY_SERVICES = [NOBODY_LISTENS]
    answer = sign_in(client, member)
    assert answer.status_code == 503
    assert "ne répond pas" in answer.content.decode()
    assert member.app_password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_only_a_service_that_the_operator_listed_is_asked(client, ines, member, settings, sandbox_bluesky):
    settings.BLUESKY_SERVICES = [NOBODY_LISTENS, sandbox_bluesky.url]
    assert "Votre hébergeur" in client.get(PAGE).content.decode()
    assert list(sign_in(client, member, service="http://127.0.0.1:8").context["form"].errors) == ["service"]
    assert "est connecté" in sign_in(client, member, service=sandbox_bluesky.url).content.decode()
    assert NetworkAccount.objects.get().base_url == sandbox_bluesky.url


def test_an_account_of_somebody_else_is_refused_and_its_session_closed(client, ines, member, sandbox_bluesky):
    sign_in(client, member)
    sessions = set(sandbox_bluesky.world.sessions.kept)
    client.force_login(cast.make_influencer("Sam Second").user)
    answer = sign_in(client, member)
    assert answer.status_code == 409
    assert "déjà engagé par une autre personne" in answer.context["form"].errors["identifier"][0]
    assert NetworkAccount.objects.get().influencer == ines
    assert set(sandbox_bluesky.world.sessions.kept) == sessions


def test_a_session_whose_account_cannot_be_read_is_closed(client, ines, member, sandbox_bluesky):
    sessions = set(sandbox_bluesky.world.sessions.kept)
    sandbox_bluesky.fail("503", method="GET")
    assert sign_in(client, member).status_code == 503
    assert set(sandbox_bluesky.world.sessions.kept) == sessions
    assert not NetworkAccount.objects.exists()


def test_a_deactivated_account_is_said_so(client, ines, member, sandbox_bluesky):
    sandbox_bluesky.world.accounts[member.did].status = "deactivated"
    assert "verrouillé ou suspendu" in sign_in(client, member).content.decode()


def test_only_staff_connects_the_campaigns_own_account(client, ines, member):
    assert client.get(f"{PAGE}?campagne=1").status_code == 404
    assert sign_in(client, member, "?campagne=1").status_code == 404
    client.force_login(cast.make_moderator())
    sign_in(client, member, "?campagne=1")
    assert NetworkAccount.objects.of_campaign().get().handle == f"@{member.handle}"


@pytest.mark.parametrize(("asked", "reached"), [("/engages/", "/engages/"), ("https://ailleurs.example/", "/moi/")])
def test_one_comes_back_where_one_was_going(client, ines, member, asked, reached):
    answer = sign_in(client, member, f"?next={asked}")
    assert answer.redirect_chain[-1][0] == reached


def test_somebody_who_has_not_joined_joins_first(client, member):
    client.force_login(cast.make_user("Lou Passante"))
    assert client.get(PAGE)["Location"].startswith(reverse("join"))


def test_guesses_are_bounded_for_the_person_and_for_the_account(client, ines, member):
    for _try in range(accounts.SIGN_INS_AN_HOUR):
        assert sign_in(client, member, app_password="abcd-abcd-abcd-abcd").status_code == 400
    assert sign_in(client, member).status_code == 429
    client.force_login(cast.make_influencer("Sam Second").user)
    answer = sign_in(client, member)
    assert answer.status_code == 429
    assert "réessayez dans une heure" in answer.content.decode()


def stored(influencer, sandbox_bluesky, person) -> NetworkAccount:
    return cast.make_account(
        influencer,
        "bluesky",
        base_url=sandbox_bluesky.url,
        remote_id=person.remote_id,
        access_token=person.access_token,
        refresh_token=person.refresh_token,
        expires_at=timezone.now() + timedelta(seconds=60),
    )


@pytest.mark.django_db(transaction=True)
def test_a_session_that_ends_is_refreshed_once_however_many_ask(ines, sandbox_bluesky, monkeypatch):
    person = sandbox_bluesky.new_user("ines")
    account = stored(ines, sandbox_bluesky, person)
    asked = []
    refresh = sandbox_bluesky.world.refresh
    monkeypatch.setattr(sandbox_bluesky.world, "refresh", lambda claims: asked.append(claims) or refresh(claims))

    def use(_number: int) -> base.Credentials:
        try:
            return accounts.fresh_credentials(NetworkAccount.objects.get())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        used = set(threads.map(use, range(4)))
    account.refresh_from_db()
    assert len(asked) == 1
    assert {credentials.refresh_token for credentials in used} == {account.refresh_token}
    assert account.refresh_token != person.refresh_token


def test_only_a_session_that_bluesky_ended_disconnects(ines, sandbox_bluesky):
    person = sandbox_bluesky.new_user("ines")
    account = stored(ines, sandbox_bluesky, person)
    sandbox_bluesky.fail("403")
    with pytest.raises(base.Transient):
        accounts.fresh_credentials(account)
    account.refresh_from_db()
    assert account.state == AccountState.CONNECTED
    sandbox_bluesky.withdraw_app_password(person)
    with pytest.raises(base.AuthRevoked):
        accounts.fresh_credentials(account)
    account.refresh_from_db()
    assert account.state == AccountState.REVOKED
