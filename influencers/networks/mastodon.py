"""Mastodon's client API (https://docs.joinmastodon.org/client/), any instance; through Mastodon.py, one attempt a call."""

import re
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

import mastodon as library
import requests

from influencers.networks.base import (
    AccountLocked,
    AppCredentials,
    AuthExpired,
    AuthRevoked,
    Capabilities,
    ContentRejected,
    Credentials,
    Intent,
    Metrics,
    NetworkError,
    OutcomeUnknown,
    Profile,
    Published,
    RateLimited,
    SchemaDrift,
    ScopeMissing,
    TargetGone,
    Transient,
)

APP_NAME = "i4emploi"
SCOPES = ["read:accounts", "read:statuses", "read:search", "write:statuses"]
DEFAULT_LENGTH, DEFAULT_URL_WEIGHT = 500, 23
OWN_STATUSES = 40  # the most that one page of an account's statuses holds
PAGES = 3
URL = re.compile(r"https?://\S+")


class MastodonAdapter:
    def __init__(self, base_url: str, timeout: float):
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout

    @cached_property
    def _limits(self) -> tuple[int, int]:
        """(characters allowed, characters that a URL counts), as the instance says; Mastodon's defaults otherwise."""
        try:
            said = self._client().instance_v2()["configuration"]["statuses"]
            return int(said["max_characters"]), int(said["characters_reserved_per_url"])
        except (library.MastodonError, requests.RequestException, KeyError, TypeError, ValueError):
            return DEFAULT_LENGTH, DEFAULT_URL_WEIGHT

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("mastodon", self._limits[0], batch=20, impressions=False)

    def measure(self, text: str) -> int:
        """Characters, each URL counting what the instance reserves for one."""
        return len(URL.sub("x" * self._limits[1], text))

    # --- authorisation -------------------------------------------------------------------------------------------

    def register_app(self, redirect_uri: str) -> AppCredentials:
        client_id, client_secret = self._call(
            Transient, lambda: library.Mastodon.create_app(
                APP_NAME, scopes=SCOPES, redirect_uris=redirect_uri, api_base_url=self.base_url,
                request_timeout=self.timeout,
            )
        )  # fmt: skip
        return AppCredentials(client_id, client_secret)

    def authorize_url(self, app: AppCredentials, redirect_uri: str, state: str, verifier: str) -> str:
        query = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
        }
        return f"{self.base_url}/oauth/authorize?{urlencode(query)}"

    def exchange(self, app: AppCredentials, redirect_uri: str, code: str, verifier: str) -> Credentials:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "scope": " ".join(SCOPES),
        }
        try:
            response = requests.post(f"{self.base_url}/oauth/token", data=form, timeout=self.timeout)
            body = response.json()
        except (requests.RequestException, ValueError) as error:
            raise Transient(type(error).__name__) from error
        if response.status_code >= 500:
            raise Transient(f"HTTP {response.status_code}")
        if response.status_code >= 400 or "access_token" not in body:
            raise AuthRevoked(str(body.get("error_description") or body.get("error") or body.get("detail") or ""))
        return Credentials(body["access_token"], scopes=body.get("scope", ""))

    def refresh(self, app: AppCredentials, credentials: Credentials) -> Credentials:
        """Mastodon's tokens do not expire: one that is refused was revoked by its owner or its instance."""
        self.me(credentials)
        return credentials

    def revoke(self, app: AppCredentials, credentials: Credentials) -> None:
        form = {"client_id": app.client_id, "client_secret": app.client_secret, "token": credentials.access_token}
        try:
            requests.post(f"{self.base_url}/oauth/revoke", data=form, timeout=self.timeout)
        except requests.RequestException as error:
            raise Transient(type(error).__name__) from error

    # --- reading people ------------------------------------------------------------------------------------------

    def me(self, credentials: Credentials) -> Profile:
        try:
            return self._profile(self._call(Transient, self._client(credentials).account_verify_credentials))
        except AuthExpired as error:
            raise AuthRevoked(error.detail) from error

    def profiles(self, credentials: Credentials, remote_ids: list[str]) -> list[Profile]:
        client = self._client(credentials)
        return [self._profile(self._call(Transient, lambda i=i: client.account(i))) for i in remote_ids]

    def _profile(self, account: Any) -> Profile:
        source = account.get("source") or {}
        handle = f"@{account['acct']}@{self.base_url.split('//')[1]}" if "@" not in account["acct"] else account["acct"]
        bio = source.get("note") or account.get("note", "")
        return Profile(str(account["id"]), handle, account.get("followers_count"), bio, account.get("url") or "")

    # --- writing -------------------------------------------------------------------------------------------------

    def publish(self, credentials: Credentials, intent: Intent) -> Published:
        client = self._client(credentials)
        if intent.repost_of:
            target = self._local_id(client, intent)
            return self._boosted(intent, self._call(OutcomeUnknown, lambda: client.status_reblog(target)))
        status = self._call(
            OutcomeUnknown, lambda: client.status_post(intent.text, idempotency_key=intent.key, visibility="public")
        )
        return self._published(status)

    def reconcile(self, credentials: Credentials, intent: Intent) -> Published | None:
        """The account's own statuses, newest first, back to `since`: a text by its short link, a boost by its target."""
        client = self._client(credentials)
        mine = credentials.remote_id or self.me(credentials).remote_id
        page = self._call(Transient, lambda: client.account_statuses(mine, limit=OWN_STATUSES))
        for _page in range(PAGES):
            for status in page:
                if intent.since and status["created_at"] < intent.since - timedelta(minutes=5):
                    return None
                if self._is(status, intent):
                    return self._boosted(intent, status) if intent.repost_of else self._published(status)
            if len(page) < OWN_STATUSES:
                return None
            last = page[-1]["id"]
            page = self._call(
                Transient, lambda last=last: client.account_statuses(mine, max_id=last, limit=OWN_STATUSES)
            )
        raise Transient("more statuses than were read")

    def delete(self, credentials: Credentials, remote_id: str) -> None:
        client = self._client(credentials)
        self._call(Transient, lambda: client.status_delete(remote_id))

    @staticmethod
    def _is(status: Any, intent: Intent) -> bool:
        if not intent.repost_of:
            return bool(intent.link) and intent.link in status["content"]
        boosted = status.get("reblog")
        return bool(boosted) and (str(boosted["id"]) == intent.repost_of or boosted.get("url") == intent.repost_url)

    def _local_id(self, client: library.Mastodon, intent: Intent) -> str:
        """Ids are each instance's own: another instance's post is resolved by its address first."""
        if intent.repost_url.startswith(self.base_url) or not intent.repost_url:
            return intent.repost_of
        found = self._call(Transient, lambda: client.search_v2(intent.repost_url, resolve=True, result_type="statuses"))
        if not found["statuses"]:
            raise TargetGone(intent.repost_url)
        return str(found["statuses"][0]["id"])

    @staticmethod
    def _published(status: Any) -> Published:
        return Published(str(status["id"]), status.get("url") or status.get("uri") or "")

    def _boosted(self, intent: Intent, status: Any) -> Published:
        return Published(str(status["id"]), status.get("url") or intent.repost_url)

    # --- reading posts -------------------------------------------------------------------------------------------

    def metrics(self, credentials: Credentials, remote_ids: list[str]) -> list[Metrics]:
        """Mastodon tells no displays: `impressions` is None. Deleted statuses are absent from the list."""
        client = self._client(credentials)
        readings = []
        for remote_id in remote_ids:
            try:
                status = self._call(Transient, lambda i=remote_id: client.status(i))
            except TargetGone:
                continue
            try:
                counts = status["favourites_count"], status["reblogs_count"], status["replies_count"]
            except KeyError as error:
                raise SchemaDrift(f"status without {error}") from error
            readings.append(Metrics(remote_id, None, *counts))
        return readings

    def search_hashtag(self, credentials: Credentials, tag: str, since: str | None) -> list[Published]:
        client = self._client(credentials)
        found = self._call(Transient, lambda: client.timeline_hashtag(tag, min_id=since, limit=40))
        return [self._published(status) for status in found]

    def share_link(self, intent: Intent) -> str:
        return f"{self.base_url}/share?{urlencode({'text': intent.text or intent.repost_url}, quote_via=quote)}"

    # --- the wire ------------------------------------------------------------------------------------------------

    def _client(self, credentials: Credentials | None = None) -> library.Mastodon:
        return library.Mastodon(
            access_token=credentials.access_token if credentials else None,
            api_base_url=self.base_url,
            request_timeout=self.timeout,
            ratelimit_method="throw",
            version_check_mode="none",
        )

    def _call(self, unsure: type[NetworkError], call: Any) -> Any:
        """Runs one call; `unsure` is what a broken answer means: OutcomeUnknown for writes, Transient for reads."""
        try:
            return call()
        except library.MastodonRatelimitError as error:
            raise RateLimited(str(error), "account", datetime.now(UTC) + timedelta(minutes=5)) from error
        except library.MastodonUnauthorizedError as error:
            detail = str(error)
            raise (ScopeMissing if "scope" in detail.lower() else AuthExpired)(detail) from error
        except library.MastodonNotFoundError as error:
            raise TargetGone(str(error)) from error
        except library.MastodonServerError as error:
            raise unsure(str(error)) from error
        except library.MastodonAPIError as error:
            raise _refused(error) from error
        except library.MastodonNetworkError as error:
            raise (Transient if _never_sent(error) else unsure)(type(error).__name__) from error
        except library.MastodonError as error:
            raise unsure(str(error)) from error


def _refused(error: Exception) -> NetworkError:
    said = " ".join(str(part) for part in error.args)
    status = next((part for part in error.args if isinstance(part, int)), 0)
    if status == 429:
        return RateLimited(said, "account", datetime.fromtimestamp(time.time() + 300, UTC))
    if status == 403:
        return (AccountLocked if "disabled" in said or "suspend" in said or "locked" in said else ScopeMissing)(said)
    if status == 404:
        return TargetGone(said)
    return ContentRejected(said)


def _never_sent(error: BaseException | None) -> bool:
    """Whether the connection itself was refused, so that no body left."""
    while error is not None:
        if isinstance(error, requests.ConnectTimeout) or "Connection refused" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
