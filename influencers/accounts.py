"""Accounts on networks: which adapter speaks for one, how it is connected, how its tokens stay fresh."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from influencers.models import AccountState, Influencer, Network, NetworkAccount, NetworkApp
from influencers.networks import base
from influencers.networks.mastodon import MastodonAdapter
from influencers.networks.x import XAdapter

REFRESH_BEFORE = timedelta(minutes=2)


class TakenAccount(Exception):
    """The account is connected by somebody else; the message is for people."""


def adapter_for(network: str, base_url: str) -> base.Adapter:
    timeout = settings.NETWORK_TIMEOUT_SECONDS
    if network == Network.X:
        return XAdapter(settings.X_API_URL, settings.X_AUTHORIZE_URL, timeout)
    return MastodonAdapter(base_url, timeout)


def app_for(network: str, base_url: str, redirect_uri: str) -> base.AppCredentials:
    """Our registration with the network; a Mastodon instance is registered with at its first use."""
    if network == Network.X:
        return base.AppCredentials(settings.X_CLIENT_ID, settings.X_CLIENT_SECRET)
    app = NetworkApp.objects.filter(network=network, base_url=base_url).first()
    if app is None:
        made = adapter_for(network, base_url).register_app(redirect_uri)
        app, _made = NetworkApp.objects.get_or_create(
            network=network,
            base_url=base_url,
            defaults={"client_id": made.client_id, "client_secret": made.client_secret},
        )
    return base.AppCredentials(app.client_id, app.client_secret)


def redirect_uri(network: str) -> str:
    return settings.SITE_URL + reverse("connect_callback", args=[network])


def connect(
    influencer: Influencer | None, network: str, base_url: str, credentials: base.Credentials, profile: base.Profile
) -> NetworkAccount:
    """Store or renew an account. Raises TakenAccount if it belongs to somebody else."""
    values = {
        "handle": profile.handle,
        "state": AccountState.CONNECTED,
        "followers": profile.followers,
        "followers_read_at": timezone.now() if profile.followers is not None else None,
        **_token_fields(credentials),
    }
    mine = {"network": network, "base_url": base_url, "remote_id": profile.remote_id}
    try:
        with transaction.atomic():
            account, made = NetworkAccount.objects.select_for_update().get_or_create(
                **mine, defaults={"influencer": influencer, **values}
            )
    except IntegrityError:  # connected by two requests at once
        account, made = NetworkAccount.objects.get(**mine), False
    if not made:
        if account.influencer_id != (influencer.pk if influencer else None):
            raise TakenAccount(_("Ce compte est déjà engagé par une autre personne."))
        for name, value in values.items():
            setattr(account, name, value)
        account.save(update_fields=list(values))
    return account


def fresh_credentials(account: NetworkAccount, force: bool = False) -> base.Credentials:
    """The tokens to use now, refreshed under a row lock when they are about to end.

    Refresh tokens are single use: the new pair is committed before anybody uses it. Only AuthRevoked
    (`invalid_grant`) disconnects the account; any other failure leaves it as it was.
    """
    known = account.access_token
    with transaction.atomic():
        account = NetworkAccount.objects.select_for_update().get(pk=account.pk)
        ends_soon = bool(account.expires_at and account.expires_at <= timezone.now() + REFRESH_BEFORE)
        somebody_refreshed = account.access_token != known
        if not ends_soon and (not force or somebody_refreshed):
            return _credentials(account)
        try:
            app = app_for(account.network, account.base_url, "")
            fresh = adapter_for(account.network, account.base_url).refresh(app, _credentials(account))
        except base.AuthRevoked as error:
            revoked = error
        else:
            for name, value in _token_fields(fresh).items():
                setattr(account, name, value)
            account.save(update_fields=list(_token_fields(fresh)))
            return _credentials(account)
        NetworkAccount.objects.filter(pk=account.pk).update(state=AccountState.REVOKED)
    raise revoked


def disconnect(account: NetworkAccount) -> None:
    """Forget the tokens, after telling the network; a network that does not answer changes nothing to that."""
    with suppress(base.NetworkError):
        app = app_for(account.network, account.base_url, "")
        adapter_for(account.network, account.base_url).revoke(app, _credentials(account))
    NetworkAccount.objects.filter(pk=account.pk).update(
        state=AccountState.REVOKED, access_token="", refresh_token="", expires_at=None
    )


def _credentials(account: NetworkAccount) -> base.Credentials:
    return base.Credentials(
        account.access_token, account.refresh_token, account.expires_at, account.scopes, account.remote_id
    )


def _token_fields(credentials: base.Credentials) -> dict:
    return {
        "access_token": credentials.access_token,
        "refresh_token": credentials.refresh_token,
        "expires_at": credentials.expires_at,
        "scopes": credentials.scopes,
    }
