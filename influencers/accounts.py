"""Accounts on networks: which adapter speaks for one, how it is connected, how its tokens stay fresh."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import figures
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.vault import VaultClosed
from influencers import instances
from influencers.models import (
    AccountState,
    Delivery,
    Influencer,
    Network,
    NetworkAccount,
    NetworkApp,
    Pledge,
    PledgeScope,
    Post,
    PostState,
)
from influencers.networks import base
from influencers.networks.bluesky import BlueskyAdapter
from influencers.networks.mastodon import MastodonAdapter
from influencers.networks.x import XAdapter

REFRESH_BEFORE = timedelta(minutes=2)
SIGN_INS_AN_HOUR = 10


class TakenAccount(Exception):
    """The account is connected by somebody else; the message is for people."""


def adapter_for(network: str, base_url: str) -> base.Adapter:
    timeout = settings.NETWORK_TIMEOUT_SECONDS
    if network == Network.X:
        return _x(settings.X_API_URL, settings.X_AUTHORIZE_URL, timeout)
    if network == Network.BLUESKY:
        return _bluesky(base_url, timeout)
    return _mastodon(base_url, timeout, base_url in instances.listed())


def length(account: NetworkAccount, text: str) -> tuple[int, int]:
    """(weighted length, most allowed) of a text as it is shown, as the account's network counts."""
    adapter = adapter_for(account.network, account.base_url)
    return adapter.measure(text), adapter.capabilities.max_length


def known_length(account: NetworkAccount, text: str) -> tuple[int, int] | None:
    """The same, for a page of many: nothing while an instance would have to be asked for its limits first."""
    known = adapter_for(account.network, account.base_url).limits_known
    return length(account, text) if known else None


@lru_cache(maxsize=8)
def _x(api_url: str, authorize_url: str, timeout: float) -> XAdapter:
    """Kept with its connections."""
    return XAdapter(api_url, authorize_url, timeout)


@lru_cache(maxsize=8)
def _bluesky(base_url: str, timeout: float) -> BlueskyAdapter:
    return BlueskyAdapter(base_url, timeout)


@lru_cache(maxsize=256)
def _mastodon(base_url: str, timeout: float, listed: bool) -> MastodonAdapter:
    """Kept, because an adapter asks its instance for its limits once."""
    return MastodonAdapter(base_url, timeout, anywhere=listed)


def base_url_of(network: str, typed: str = "") -> str:
    """Of Bluesky, the operator's first service: a session there reaches every account that it hosts."""
    if network == Network.BLUESKY:
        return settings.BLUESKY_SERVICES[0].rstrip("/")
    return settings.X_API_URL.rstrip("/") if network == Network.X else instances.address_of(typed)


def app_for(network: str, base_url: str, redirect_uri: str) -> base.AppCredentials:
    """Our registration with the network; a Mastodon instance is registered with at its first use."""
    if network == Network.X:
        return base.AppCredentials(settings.X_CLIENT_ID, settings.X_CLIENT_SECRET)
    if network == Network.BLUESKY:
        return base.AppCredentials("")  # no application there: the person's app password stands for it
    app = NetworkApp.objects.filter(network=network, base_url=base_url).first()
    if app is None:
        made = adapter_for(network, base_url).register_app(redirect_uri)
        app, _made = NetworkApp.objects.get_or_create(
            network=network,
            base_url=base_url,
            defaults={"client_id": made.client_id, "client_secret": made.client_secret},
        )
    return base.AppCredentials(app.client_id, app.client_secret)


def sign_in(influencer: Influencer | None, service: str, identifier: str, app_password: str) -> NetworkAccount:
    """Connect a Bluesky account. The app password serves here, once, and is kept nowhere; a session that comes to
    serve nobody is closed again. Raises TakenAccount and NetworkError.
    """
    adapter = _bluesky(service, settings.NETWORK_TIMEOUT_SECONDS)
    session = adapter.sign_in(identifier, app_password)
    try:
        return connect(influencer, Network.BLUESKY, service, session, adapter.me(session))
    except (base.NetworkError, TakenAccount, VaultClosed):
        with suppress(base.NetworkError):
            adapter.revoke(base.AppCredentials(""), session)
        raise


def too_many_sign_ins(who: str, identifier: str) -> bool:
    """Bluesky bounds sign-ins for each account, and nobody may use them up, or guess, by way of us."""
    by_person = too_many("bluesky-person", who, SIGN_INS_AN_HOUR)
    return too_many("bluesky-account", identifier.lower(), SIGN_INS_AN_HOUR) or by_person


def app_to_leave_with(network: str, base_url: str, redirect_uri: str) -> base.AppCredentials:
    """Our registration, before a person is sent to the network with it.

    An instance that lost its applications shows such a person an error page from which nobody comes back. So it is
    asked first, with a code that nobody was given: the refusal says whether it is the code or us that it does not know.
    """
    is_kept = NetworkApp.objects.filter(network=network, base_url=base_url).exists()
    app = app_for(network, base_url, redirect_uri)
    if not is_kept:
        return app
    try:
        exchange(network, base_url, redirect_uri, "nobody-was-given-this-code", secrets.token_urlsafe(64))
    except base.AppUnknown:
        return app_for(network, base_url, redirect_uri)
    except base.NetworkError:
        pass
    return app


def exchange(network: str, base_url: str, redirect_uri: str, code: str, verifier: str) -> base.Credentials:
    """The tokens for a code. A registration that the network no longer knows is forgotten, so that the next connection
    makes another.
    """
    app = app_for(network, base_url, redirect_uri)
    try:
        return adapter_for(network, base_url).exchange(app, redirect_uri, code, verifier)
    except base.AppUnknown:
        NetworkApp.objects.filter(network=network, base_url=base_url, client_id=app.client_id).delete()
        raise


def redirect_uri(network: str) -> str:
    return settings.SITE_URL + reverse("connect_callback", args=[network])


def connect(
    influencer: Influencer | None, network: str, base_url: str, credentials: base.Credentials, profile: base.Profile
) -> NetworkAccount:
    """Store or renew an account. Raises TakenAccount if it belongs to somebody else.

    An account that its former owner disconnected, and that carries no pledge any more, is free.
    """
    values = {
        "handle": profile.handle,
        "state": AccountState.CONNECTED,
        "followers": profile.followers,
        "followers_read_at": timezone.now() if profile.followers is not None else None,
        **_token_fields(credentials),
    }
    mine = {"network": network, "base_url": base_url, "remote_id": profile.remote_id}
    with transaction.atomic():
        with suppress(IntegrityError), transaction.atomic():  # connected by two requests at once: one row
            if not NetworkAccount.objects.filter(**mine).exists():
                return NetworkAccount.objects.create(**mine, influencer=influencer, **values)
        account = NetworkAccount.objects.select_for_update().get(**mine)
        owner = influencer.pk if influencer else None
        if account.influencer_id != owner:
            if account.state == AccountState.CONNECTED or account.pledges.active().exists():
                raise TakenAccount(_("Ce compte est déjà engagé par une autre personne."))
            account.influencer = influencer
        _move_reach(account, profile.followers)
        for name, value in values.items():
            setattr(account, name, value)
        account.save(update_fields=["influencer", *values])
        _post_by_api_again(account)
    return account


def _post_by_api_again(account: NetworkAccount) -> None:
    """What the last drill handed to the person, because the account refused us, is sent for them again. It is done here,
    and not at the next drill, because the last one may be behind.
    """
    handed = Post.objects.filter(account=account, state=PostState.SCHEDULED, delivery=Delivery.TAP)
    handed.filter(drill_lines__fell_back=True).update(delivery=Delivery.API)


def keep_followers(account: NetworkAccount, followers: int, now: datetime) -> None:
    """What the network said just now, and the reach pledged with it."""
    with transaction.atomic():
        locked = NetworkAccount.objects.select_for_update().filter(pk=account.pk).first()
        if locked:
            _move_reach(locked, followers)
            NetworkAccount.objects.filter(pk=locked.pk).update(followers=followers, followers_read_at=now)


def _move_reach(account: NetworkAccount, followers: int | None) -> None:
    """The reach that a case was pledged follows the account's followers, so that withdrawing takes off what is there."""
    grown = (followers or 0) - (account.followers or 0)
    pledged = Q(account=account, scope=PledgeScope.CASE)
    for case_id in Pledge.objects.active().filter(pledged).order_by("case_id").values_list("case_id", flat=True):
        figures.add(case_id, pledged_reach=grown)


def fresh_credentials(account: NetworkAccount, force: bool = False) -> base.Credentials:
    """The tokens to use now, refreshed under a row lock when they are about to end.

    Refresh tokens are single use: the new pair is committed before anybody uses it. Only AuthRevoked
    (`invalid_grant`) disconnects the account; any other failure leaves it as it was.
    """
    known = account.access_token
    with transaction.atomic():
        account = NetworkAccount.objects.select_for_update().get(pk=account.pk)
        somebody_refreshed = account.access_token != known
        if not ends_soon(account, timezone.now()) and (not force or somebody_refreshed):
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


def ends_soon(account: NetworkAccount, now: datetime) -> bool:
    return bool(account.expires_at and account.expires_at <= now + REFRESH_BEFORE)


def token_of(account: NetworkAccount) -> base.Credentials:
    """What one request needs of an account that was read just now; see `ends_soon`."""
    return base.Credentials(account.access_token, remote_id=account.remote_id)


def disconnect(account: NetworkAccount) -> None:
    """Forget the tokens, after telling the network; a network that does not answer changes nothing to that."""
    with suppress(base.NetworkError, VaultClosed):
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
