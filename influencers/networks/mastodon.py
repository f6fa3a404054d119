"""Mastodon's client API (https://docs.joinmastodon.org/client/), any instance; through Mastodon.py, one attempt a call."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import mastodon as library
import requests

from influencers.networks.base import (
    AppCredentials,
    AppUnknown,
    AuthExpired,
    AuthRevoked,
    Capabilities,
    ContentRejected,
    Credentials,
    Intent,
    Metrics,
    OutcomeUnknown,
    Profile,
    Published,
    RateLimited,
    Reposter,
    SchemaDrift,
    Seen,
    TargetGone,
    Transient,
    code_challenge,
    counted,
)
from influencers.networks.bounded import BoundedSession
from influencers.networks.mastodon_answers import (
    is_what_was_asked,
    profile,
    published,
    reference,
    reposter,
    status_id,
    word,
)
from influencers.networks.mastodon_errors import RATE_WINDOW, call
from influencers.networks.recently import Recently

APP_NAME = "i4emploi"
SCOPES = ["read:accounts", "read:statuses", "read:search", "write:statuses"]
DEFAULT_LENGTH, DEFAULT_URL_WEIGHT = 500, 23
OWN_STATUSES = 40  # the most that one page of an account's statuses holds
PAGES = 3
REPOSTER_PAGES = 10  # of 40 accounts
BATCH = 20  # ids in one look-up (Mastodon 4.3 and later)
ASK_AGAIN_SECONDS = 60
LONGEST_SECRET = 4_000
LONGEST_STATUS, HEAVIEST_URL = 10_000, 100  # an instance may say anything: what we believe of it has bounds
# Only what every instance takes for an address is counted as one, so that a measure is never too low.
URL = re.compile(
    r"(?<![\w@#$])https?://[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?(?:/[\w\-./~%+=&?#]*[\w/=])?",
    re.ASCII | re.IGNORECASE,
)


class MastodonAdapter:
    def __init__(self, base_url: str, timeout: float, *, anywhere: bool = False):
        """`anywhere` is for instances that an operator chose: their address need not be public."""
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.anywhere = anywhere
        self._said: tuple[int, int] | None = None  # the limits, once the instance told them
        self._ask_from = 0.0  # a silent instance is not asked again at once
        self._ids = Recently()  # of other instances' posts, by their address

    @property
    def _limits(self) -> tuple[int, int]:
        """(characters allowed, characters that a URL counts), as the instance says; Mastodon's defaults until it does."""
        if self._said is None and time.monotonic() >= self._ask_from:
            try:
                said = self._client().instance_v2()["configuration"]["statuses"]
                most, weight = int(said["max_characters"]), int(said["characters_reserved_per_url"])
                self._said = min(max(most, 1), LONGEST_STATUS), min(max(weight, 1), HEAVIEST_URL)
            except (library.MastodonError, requests.RequestException, KeyError, TypeError, ValueError):
                self._ask_from = time.monotonic() + ASK_AGAIN_SECONDS
        return self._said or (DEFAULT_LENGTH, DEFAULT_URL_WEIGHT)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("mastodon", self._limits[0], batch=BATCH, impressions=False)

    @property
    def limits_known(self) -> bool:
        return self._said is not None

    def measure(self, text: str) -> int:
        """Characters, each URL counting what the instance reserves for one."""
        return len(URL.sub("x" * self._limits[1], text))

    # --- authorisation -------------------------------------------------------------------------------------------

    def register_app(self, redirect_uri: str) -> AppCredentials:
        form = {"client_name": APP_NAME, "scopes": " ".join(SCOPES), "redirect_uris": redirect_uri}
        said = self._form("/api/v1/apps", form)
        return AppCredentials(word(said, "client_id", 200), word(said, "client_secret", LONGEST_SECRET))

    def authorize_url(self, app: AppCredentials, redirect_uri: str, state: str, verifier: str) -> str:
        query = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": code_challenge(verifier),  # Mastodon 4.3 and later; older ones pass over it
            "code_challenge_method": "S256",
        }
        return f"{self.base_url}/oauth/authorize?{urlencode(query)}"

    def exchange(self, app: AppCredentials, redirect_uri: str, code: str, verifier: str) -> Credentials:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "code_verifier": verifier,
            "scope": " ".join(SCOPES),
        }
        said = self._form("/oauth/token", form)
        scopes = str(said.get("scope", ""))[:200].replace("\0", "")
        return Credentials(word(said, "access_token", LONGEST_SECRET), scopes=scopes)

    def _form(self, path: str, form: dict[str, str]) -> dict:
        try:
            response = self._session().post(f"{self.base_url}{path}", data=form, timeout=self.timeout)
            body = response.json()
        except (requests.RequestException, ValueError) as error:
            raise Transient(type(error).__name__) from error
        said = body if isinstance(body, dict) else {}
        detail = str(said.get("error_description") or said.get("error") or said.get("detail") or "")
        if "invalid_grant" in (said.get("error"), said.get("detail")):
            raise AuthRevoked(detail)
        if "invalid_client" in (said.get("error"), said.get("detail")):
            raise AppUnknown(detail)
        if response.status_code == 429:
            raise RateLimited(detail, "instance", datetime.now(UTC) + RATE_WINDOW)
        if response.status_code >= 300:
            raise Transient(f"HTTP {response.status_code} {detail}".strip())
        return said

    def refresh(self, app: AppCredentials, credentials: Credentials) -> Credentials:
        """Mastodon's tokens do not expire: one that is refused was revoked by its owner or its instance."""
        try:
            self.me(credentials)
        except AuthExpired as error:
            raise AuthRevoked(error.detail) from error
        return credentials

    def revoke(self, app: AppCredentials, credentials: Credentials) -> None:
        form = {"client_id": app.client_id, "client_secret": app.client_secret, "token": credentials.access_token}
        try:
            response = self._session().post(f"{self.base_url}/oauth/revoke", data=form, timeout=self.timeout)
        except requests.RequestException as error:
            raise Transient(type(error).__name__) from error
        if response.status_code >= 400:
            raise Transient(f"HTTP {response.status_code}")

    # --- reading people ------------------------------------------------------------------------------------------

    def me(self, credentials: Credentials) -> Profile:
        client = self._client(credentials)
        return profile(call(Transient, client, client.account_verify_credentials), self.base_url)

    def profiles(self, credentials: Credentials, remote_ids: list[str]) -> list[Profile]:
        client = self._client(credentials)
        return [
            profile(found, self.base_url)
            for found in self._several(client, client.accounts, client.account, remote_ids)
        ]

    # --- writing -------------------------------------------------------------------------------------------------

    def publish(self, credentials: Credentials, intent: Intent) -> Published:
        client = self._client(credentials)
        if intent.repost_of:
            target = self._local_id(client, intent)
            intent.check_in_time()
            return published(call(OutcomeUnknown, client, lambda: client.status_reblog(target)), intent)
        intent.check_in_time()
        words = {"idempotency_key": intent.key, "visibility": "public"}
        return published(call(OutcomeUnknown, client, lambda: client.status_post(intent.text, **words)), intent)

    def reconcile(self, credentials: Credentials, intent: Intent) -> Published | None:
        """The account's own statuses, newest first, back to `since`: a text by its short link, a boost by its target."""
        client = self._client(credentials)
        mine = credentials.remote_id or self.me(credentials).remote_id
        page = call(Transient, client, lambda: client.account_statuses(mine, limit=OWN_STATUSES))
        for _page in range(PAGES):
            for status in page:
                if intent.since and status["created_at"] < intent.since - timedelta(minutes=5):
                    return None
                if is_what_was_asked(status, intent):
                    return published(status, intent)
            if len(page) < OWN_STATUSES:
                return None
            last = page[-1]["id"]
            page = call(
                Transient, client, lambda last=last: client.account_statuses(mine, max_id=last, limit=OWN_STATUSES)
            )
        raise Transient("more statuses than were read")

    def delete(self, credentials: Credentials, remote_id: str) -> None:
        client = self._client(credentials)
        call(Transient, client, lambda: client.status_delete(remote_id))

    def _local_id(self, client: library.Mastodon, intent: Intent) -> str:
        """Ids are each instance's own: another instance's post is resolved by its address first."""
        if intent.repost_url.startswith(f"{self.base_url}/") or not intent.repost_url:
            return intent.repost_of
        return self._ids.get(intent.repost_url, lambda: self._resolved(client, intent.repost_url))

    @staticmethod
    def _resolved(client: library.Mastodon, address: str) -> str:
        found = call(Transient, client, lambda: client.search_v2(address, resolve=True, result_type="statuses"))
        if not found["statuses"]:
            raise TargetGone(address)
        return str(found["statuses"][0]["id"])

    # --- reading posts -------------------------------------------------------------------------------------------

    def metrics(self, credentials: Credentials, remote_ids: list[str]) -> list[Metrics]:
        """Mastodon tells no displays: `impressions` is None. Deleted statuses are absent from the list."""
        client = self._client(credentials)
        readings = []
        for status in self._several(client, client.statuses, client.status, remote_ids):
            try:
                said = status["favourites_count"], status["reblogs_count"], status["replies_count"]
                readings.append(Metrics(str(status["id"]), None, *map(counted, said)))
            except (KeyError, TypeError) as error:
                raise SchemaDrift(f"status without {error}") from error
        return readings

    def _several(self, client: library.Mastodon, several: Callable, one: Callable, ids: list[str]) -> list[Any]:
        """What exists of `ids`: in batches, or one by one where the instance is older than the batch's route."""
        found: list[Any] = []
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            try:
                found += call(Transient, client, lambda batch=batch: several(batch))
            except (TargetGone, ContentRejected):
                for remote_id in batch:
                    try:
                        found.append(call(Transient, client, lambda remote_id=remote_id: one(remote_id)))
                    except TargetGone:
                        continue
        return found

    def reposters(self, credentials: Credentials, remote_id: str) -> list[Reposter]:
        client = self._client(credentials)
        page = call(Transient, client, lambda: client.status_reblogged_by(remote_id))
        people = list(page)
        for _page in range(REPOSTER_PAGES):
            if not getattr(page, "_pagination_next", None):
                break
            page = call(Transient, client, lambda page=page: client.fetch_next(page)) or []
            people += page
        return [reposter(one, remote_id, self.base_url) for one in people]

    def is_address(self, address: str) -> bool:
        return bool(status_id(address, self.base_url))

    def look_at(self, credentials: Credentials, address: str, intent: Intent) -> Seen:
        client = self._client(credentials)
        status = call(Transient, client, lambda: client.status(status_id(address, self.base_url)))
        author = str((status.get("account") or {}).get("id") or "")
        return Seen(reference(status), author, address, bool(intent.link) and is_what_was_asked(status, intent))

    def search_hashtag(self, credentials: Credentials, tag: str, since: str | None) -> list[Published]:
        client = self._client(credentials)
        found = call(Transient, client, lambda: client.timeline_hashtag(tag, min_id=since, limit=40))
        return [published(status) for status in found]

    def share_link(self, intent: Intent) -> str:
        return f"{self.base_url}/share?{urlencode({'text': intent.text or intent.repost_url}, quote_via=quote)}"

    # --- the wire ------------------------------------------------------------------------------------------------

    def _session(self) -> BoundedSession:
        return BoundedSession(2 * self.timeout, anywhere=self.anywhere)

    def _client(self, credentials: Credentials | None = None) -> library.Mastodon:
        return library.Mastodon(
            access_token=credentials.access_token if credentials else None,
            api_base_url=self.base_url,
            request_timeout=self.timeout,
            ratelimit_method="throw",
            session=self._session(),
            version_check_mode="none",
        )
