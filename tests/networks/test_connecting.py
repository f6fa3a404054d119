"""From the page that asks for consent to tokens, and to their end; over HTTP."""

from urllib.parse import parse_qs, urlsplit

import pytest

from influencers.networks import base

BACK = "http://testserver/retour/"
VERIFIER = "v" * 43

by_consent = pytest.mark.parametrize("network", ["x", "mastodon"], indirect=True)  # Bluesky asks for a password


@pytest.fixture
def person(network):
    return network.new_user("connexion")


@pytest.fixture
def app(network):
    return base.AppCredentials("client-de-test") if network.name == "x" else network.adapter.register_app(BACK)


def consented(network, app, person, state="etat") -> str:
    """The code that the browser brings back."""
    address = network.adapter.authorize_url(app, BACK, state, VERIFIER)
    back = urlsplit(network.consent(address, person))
    answer = parse_qs(back.query)
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    assert answer["state"] == [state]
    return answer["code"][0]


@by_consent
def test_consent_gives_tokens_that_post(network, app, person):
    tokens = network.adapter.exchange(app, BACK, consented(network, app, person), VERIFIER)
    me = network.adapter.me(tokens)
    assert me.remote_id == person.remote_id
    assert me.followers is not None
    mine = base.Credentials(tokens.access_token, tokens.refresh_token, remote_id=me.remote_id)
    network.adapter.publish(mine, base.Intent(me.handle, f"Premier texte de {me.handle}"))
    assert any(f"Premier texte de {me.handle}" in text for text in network.texts())


@by_consent
def test_a_wrong_code_is_refused_as_such(network, app):
    with pytest.raises(base.AuthRevoked):
        network.adapter.exchange(app, BACK, "code-invente", VERIFIER)


@by_consent
def test_only_a_gone_grant_is_said_to_be_revoked(network, app, person):
    code = consented(network, app, person)
    network.fail("500", path="/2/oauth2/token" if network.name == "x" else "/oauth/token")
    with pytest.raises(base.Transient):
        network.adapter.exchange(app, BACK, code, VERIFIER)


def test_a_token_that_the_network_no_longer_knows_is_expired_and_its_refresh_revoked(network, app):
    unknown = base.Credentials("jeton-inconnu", "renouvellement-inconnu", remote_id=network.unknown_person)
    with pytest.raises(base.AuthExpired):
        network.adapter.me(unknown)
    with pytest.raises(base.AuthRevoked):
        network.adapter.refresh(app, unknown)


def test_x_gives_no_tokens_to_whoever_stole_the_code(sandbox_x):
    app, person = base.AppCredentials("client-de-test"), sandbox_x.new_user("vole")
    code = consented(sandbox_x, app, person)
    with pytest.raises(base.AuthRevoked):
        sandbox_x.adapter.exchange(app, BACK, code, "w" * 43)


def test_x_takes_a_code_once(sandbox_x):
    app, person = base.AppCredentials("client-de-test", "secret"), sandbox_x.new_user("unefois")
    code = consented(sandbox_x, app, person)
    tokens = sandbox_x.adapter.exchange(app, BACK, code, VERIFIER)
    assert tokens.refresh_token
    assert tokens.expires_at
    with pytest.raises(base.AuthRevoked):
        sandbox_x.adapter.exchange(app, BACK, code, VERIFIER)


def test_a_refresh_token_serves_once_and_its_second_use_ends_the_family(sandbox_x):
    person, app = sandbox_x.new_user("jetons"), base.AppCredentials("client-de-test")
    fresh = sandbox_x.adapter.refresh(app, person)
    assert fresh.refresh_token != person.refresh_token
    assert sandbox_x.adapter.me(fresh).remote_id == person.remote_id
    with pytest.raises(base.AuthRevoked):
        sandbox_x.adapter.refresh(app, person)
    with pytest.raises(base.AuthExpired):
        sandbox_x.adapter.me(fresh)


def test_revoking_ends_the_tokens(sandbox_x):
    person, app = sandbox_x.new_user("parti"), base.AppCredentials("client-de-test")
    sandbox_x.adapter.revoke(app, person)
    with pytest.raises(base.AuthExpired):
        sandbox_x.adapter.me(person)


def test_a_request_that_we_built_badly_disconnects_nobody(sandbox_x):
    person, app = sandbox_x.new_user("intact"), base.AppCredentials("client-de-test")
    sandbox_x.fail("bad-request", path="/2/oauth2/token")
    with pytest.raises(base.Transient):
        sandbox_x.adapter.refresh(app, person)
    sandbox_x.fail("bad-token", path="/2/oauth2/token")
    with pytest.raises(base.AuthRevoked):
        sandbox_x.adapter.refresh(app, person)
    assert sandbox_x.adapter.refresh(app, person).access_token
