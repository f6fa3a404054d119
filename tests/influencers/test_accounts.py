"""Signing in, connecting and disconnecting accounts: through HTTP, against the networks on loopback."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from campaigns import figures
from campaigns.models import User
from influencers import accounts
from influencers.models import AccountState, NetworkAccount, Pledge, Stop
from influencers.networks import base
from tests import cast

pytestmark = pytest.mark.django_db


def code_of_last_mail() -> str:
    return re.search(r"^([A-Z0-9]{4,}(?:-[A-Z0-9]+)?)$", mail.outbox[-1].body, re.MULTILINE)[1]


def way_out(client, network: str, **form):
    """The address of the network's consent page that our form sends the browser to."""
    query = "?campagne=1" if form.pop("campaign", False) else ""
    return client.post(reverse("connect", args=[network]) + query, form)


def consent(answer, user: str) -> str:
    """What the network sends the browser back to, once the person chose `user` (or refused, when empty)."""
    parts = urlsplit(answer["Location"])
    form = {name: values[0] for name, values in parse_qs(parts.query).items()}
    form |= {"user": user, "username": user}
    back = httpx.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form)
    assert back.status_code == 302, back.text
    return back.headers["Location"].removeprefix("http://testserver")


def connect_on_x(client, sandbox_x, username: str, campaign: bool = False):
    person = sandbox_x.new_user(username, followers=27_000)
    return client.get(consent(way_out(client, "x", campaign=campaign), person.remote_id), follow=True)


@pytest.fixture
def ines(client):
    influencer = cast.make_influencer()
    client.force_login(influencer.user)
    return influencer


def test_a_newcomer_signs_up_with_a_code_and_comes_back_where_they_were_going(client):
    after = "/s-engager/?next=/dossiers/meymac/engagement/"
    page = client.get(reverse("account_signup"), {"next": after})
    assert "Recevoir mon code" in page.content.decode()
    client.post(reverse("account_signup"), {"email": "ines@exemple.example", "next": after}, follow=True)
    assert mail.outbox[-1].to == ["ines@exemple.example"]
    assert "Voici votre code" in mail.outbox[-1].body
    answer = client.post(reverse("account_email_verification_sent"), {"code": code_of_last_mail()})
    assert answer.status_code == 302
    assert answer["Location"] == after
    assert User.objects.get(email="ines@exemple.example").pk == int(client.session["_auth_user_id"])


def test_somebody_known_signs_in_with_a_code_and_comes_back(client):
    client.post(reverse("account_signup"), {"email": "lou@exemple.example"})
    client.post(reverse("account_email_verification_sent"), {"code": code_of_last_mail()})
    user = User.objects.get()
    client.logout()
    sent = client.post(reverse("account_login"), {"login": user.email, "next": "/engages/"})
    assert sent.status_code == 302
    confirm = client.get(sent["Location"])
    assert "Votre code" in confirm.content.decode()
    wrong = client.post(sent["Location"], {"code": "AAAAAA", "next": "/engages/"})
    assert "errorlist" in wrong.content.decode()
    right = client.post(sent["Location"], {"code": code_of_last_mail(), "next": "/engages/"})
    assert right["Location"] == "/engages/"


def test_signing_up_twice_says_nothing_to_the_page_and_tells_the_owner(client):
    user = cast.make_user("Lou Revenue")
    answer = client.post(reverse("account_signup"), {"email": user.email}, follow=True)
    assert "Votre code" in answer.content.decode()
    assert "déjà un compte" in mail.outbox[-1].subject


def test_an_x_account_is_connected_with_sealed_tokens(client, ines, sandbox_x):
    page = connect_on_x(client, sandbox_x, "ines_x")
    assert "@ines_x est connecté." in page.content.decode()
    account = NetworkAccount.objects.get(influencer=ines)
    assert (account.handle, account.followers, account.state) == ("@ines_x", 27_000, AccountState.CONNECTED)
    assert sandbox_x.adapter.me(accounts.fresh_credentials(account)).handle == "@ines_x"
    assert account.access_token not in page.content.decode()


def test_a_mastodon_account_is_connected(client, ines, mastodon):
    answer = way_out(client, "mastodon", proposed=mastodon.url)
    page = client.get(consent(answer, "engage0"), follow=True)
    assert "est connecté" in page.content.decode()
    account = NetworkAccount.objects.get(influencer=ines)
    assert account.base_url == mastodon.url
    assert account.followers is not None


def test_an_authorisation_serves_once(client, ines, sandbox_x):
    person = sandbox_x.new_user("ines_once")
    back = consent(way_out(client, "x"), person.remote_id)
    client.get(back)
    again = client.get(back, follow=True)
    assert "a déjà servi" in again.content.decode()
    assert NetworkAccount.objects.count() == 1


def test_an_answer_with_another_state_is_refused(client, ines, sandbox_x):
    person = sandbox_x.new_user("ines_state")
    back = consent(way_out(client, "x"), person.remote_id)
    page = client.get(re.sub(r"state=[^&]+", "state=forged", back), follow=True)
    assert "Recommencez" in page.content.decode()
    assert not NetworkAccount.objects.exists()


def test_refusing_on_the_network_connects_nothing_and_offers_to_try_again(client, ines, sandbox_x):
    sandbox_x.new_user("ines_refuse")
    page = client.get(consent(way_out(client, "x"), ""), follow=True)
    assert "accès a été refusé" in page.content.decode()
    assert "Continuer sur X" in page.content.decode()
    assert not NetworkAccount.objects.exists()


def test_a_network_that_is_down_is_said_so(client, ines, sandbox_x, settings):
    person = sandbox_x.new_user("ines_down")
    back = consent(way_out(client, "x"), person.remote_id)
    settings.X_API_URL = "http://127.0.0.1:9"
    page = client.get(back, follow=True)
    assert "ne répond pas" in page.content.decode()
    assert not NetworkAccount.objects.exists()


def test_an_account_of_somebody_else_is_refused_kindly(client, ines, sandbox_x):
    person = sandbox_x.new_user("disputed")
    client.get(consent(way_out(client, "x"), person.remote_id))
    client.force_login(cast.make_influencer("Sam Second").user)
    page = client.get(consent(way_out(client, "x"), person.remote_id), follow=True)
    assert "déjà engagé par une autre personne" in page.content.decode()
    assert NetworkAccount.objects.get().influencer == ines


def test_reconnecting_moves_the_pledged_reach_with_the_followers(client, ines, sandbox_x):
    person = sandbox_x.new_user("growing", followers=100)
    client.get(consent(way_out(client, "x"), person.remote_id))
    case = cast.make_case()
    account = NetworkAccount.objects.get()
    cast.make_pledge(ines, account, case)
    figures.add(case.pk, pledges=1, pledged_reach=100)
    with sandbox_x.world.lock:
        sandbox_x.world.users[person.remote_id].followers = 150
    client.get(consent(way_out(client, "x"), person.remote_id))
    assert figures.of(case).pledged_reach == 150


def test_only_staff_connects_the_campaigns_own_account(client, ines, sandbox_x):
    assert client.get(reverse("connect", args=["x"]) + "?campagne=1").status_code == 404
    client.force_login(cast.make_moderator())
    connect_on_x(client, sandbox_x, "campagne_x", campaign=True)
    assert NetworkAccount.objects.of_campaign().get().handle == "@campagne_x"


@pytest.mark.parametrize(
    "typed",
    [
        "http://piaille.fr", "https://127.0.0.1", "https://localhost", "https://[::1]", "https://10.0.0.1",
        "https://169.254.169.254", "https://piaille.fr:8443", "https://moi@piaille.fr/", "file:///etc/passwd",
        "https://2130706433", "pas une adresse", "http://127.0.0.1:9", "",
    ],
)  # fmt: skip
def test_an_instance_that_is_not_public_https_is_refused_at_its_field(client, ines, mastodon, typed):
    answer = way_out(client, "mastodon", proposed="", typed=typed)
    assert answer.status_code == 200, answer.headers
    assert "errorlist" in answer.content.decode()


def test_disconnecting_forgets_the_tokens_and_withdraws_the_pledges(client, ines, sandbox_x):
    connect_on_x(client, sandbox_x, "leaving")
    account = NetworkAccount.objects.get()
    pledge = cast.make_pledge(ines, account, cast.make_case())
    for _click in range(2):
        assert client.post(reverse("disconnect", args=[account.pk])).status_code == 302
    account.refresh_from_db()
    assert (account.access_token, account.refresh_token, account.state) == ("", "", AccountState.REVOKED)
    pledge.refresh_from_db()
    assert pledge.withdrawn_at


def test_nobody_disconnects_the_account_of_another(client, ines):
    other = cast.make_account(cast.make_influencer("Sam Autre"))
    assert client.post(reverse("disconnect", args=[other.pk])).status_code == 404


def test_tokens_are_refreshed_shortly_before_they_end(ines, sandbox_x):
    person = sandbox_x.new_user("ending")
    account = _stored(ines, sandbox_x, person, ends_in=timedelta(seconds=60))
    fresh = accounts.fresh_credentials(account)
    assert fresh.access_token != person.access_token
    account.refresh_from_db()
    assert (account.access_token, account.refresh_token) == (fresh.access_token, fresh.refresh_token)
    assert accounts.fresh_credentials(account) == fresh


def test_only_a_revoked_grant_disconnects(ines, sandbox_x, settings):
    person = sandbox_x.new_user("revoked")
    account = _stored(ines, sandbox_x, person, ends_in=timedelta(seconds=60))
    settings.X_API_URL = "http://127.0.0.1:9"
    with pytest.raises(base.Transient):
        accounts.fresh_credentials(account)
    account.refresh_from_db()
    assert account.state == AccountState.CONNECTED
    settings.X_API_URL = sandbox_x.url
    sandbox_x.adapter.revoke(base.AppCredentials(settings.X_CLIENT_ID), person)
    with pytest.raises(base.AuthRevoked):
        accounts.fresh_credentials(account)
    account.refresh_from_db()
    assert account.state == AccountState.REVOKED


def _stored(influencer, sandbox_x, person: base.Credentials, ends_in: timedelta) -> NetworkAccount:
    return cast.make_account(
        influencer,
        base_url=sandbox_x.url,
        remote_id=person.remote_id,
        access_token=person.access_token,
        refresh_token=person.refresh_token,
        expires_at=timezone.now() + ends_in,
    )


def test_the_admin_never_shows_a_token(client, ines):
    account = cast.make_account(ines, access_token="jeton-tres-secret", refresh_token="autre-secret")
    boss = User.objects.create_superuser("chef@exemple.example", "mot-de-passe-long")
    client.force_login(boss)
    for name in ("changelist", "change"):
        where = reverse(f"admin:influencers_networkaccount_{name}", args=[account.pk] if name == "change" else [])
        page = client.get(where)
        assert page.status_code == 200
        assert "secret" not in page.content.decode()


def test_a_freed_account_may_be_connected_by_its_new_owner(client, ines, sandbox_x):
    connect_on_x(client, sandbox_x, "handed_over")
    account = NetworkAccount.objects.get()
    client.post(reverse("disconnect", args=[account.pk]))
    second = cast.make_influencer("Sam Second")
    client.force_login(second.user)
    client.get(consent(way_out(client, "x"), account.remote_id))
    account.refresh_from_db()
    assert account.influencer == second
    assert not Pledge.objects.active().filter(account=account).exists()


@pytest.mark.parametrize("model", ["influencer", "networkaccount", "pledge", "broadcast", "post", "stop"])
def test_the_admin_lists_each_table(client, ines, model):
    cast.make_pledge(ines, cast.make_account(ines), cast.make_case())
    client.force_login(User.objects.create_superuser("chef@exemple.example", "mot-de-passe-long"))
    assert client.get(reverse(f"admin:influencers_{model}_changelist")).status_code == 200


def test_a_stop_is_made_and_lifted_in_the_admin_and_says_by_whom(client):
    boss = User.objects.create_superuser("chef@exemple.example", "mot-de-passe-long")
    client.force_login(boss)
    client.post(
        reverse("admin:influencers_stop_add"), {"reason": "Tout arrêter", "network": "", "case": "", "broadcast": ""}
    )
    stop = Stop.objects.get()
    assert (stop.by, stop.reason, stop.lifted_at) == (boss, "Tout arrêter", None)
    client.post(reverse("admin:influencers_stop_changelist"), {"action": "lift", "_selected_action": [stop.pk]})
    stop.refresh_from_db()
    assert stop.lifted_at
