"""What every network adapter offers, what it returns, and how it fails. Plain Python: no Django, no tables.

An adapter is made of a base URL, its credentials as an app, and a timeout; it makes one attempt and never
retries. Figures that a network does not give are None, never 0.
"""

import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True)
class Capabilities:
    network: str
    max_length: int
    batch: int  # posts whose metrics one call reads
    impressions: bool  # whether the network tells displays at all


@dataclass(frozen=True)
class AppCredentials:
    client_id: str
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Credentials:
    """What a user's tokens allow. `remote_id` is the account's own id on its network."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    scopes: str = ""
    remote_id: str = ""


@dataclass(frozen=True)
class Profile:
    remote_id: str
    handle: str
    followers: int | None
    bio: str = ""
    url: str = ""


@dataclass(frozen=True)
class Intent:
    """One thing to post. `key` exists once and is the idempotency key; `link` is the short link that exists once.

    A repost has no text; it has `repost_of` (the target's id) and `repost_url` (its address, for other instances).
    """

    key: str
    text: str = ""
    link: str = ""
    since: datetime | None = None  # no attempt was made before: how far back `reconcile` looks
    at: datetime | None = None  # the instant of the first attempt, the same at every one
    repost_of: str = ""
    repost_url: str = ""
    leave_by: float = float("inf")  # by `time.monotonic()`: later, what was looked up before it leaves is too old

    def check_in_time(self) -> None:
        """Right before a write, and after whatever had to be asked first. Raises Transient."""
        if time.monotonic() > self.leave_by:
            raise Transient("held up after the last look: to be looked at again", retry_after=1)


@dataclass(frozen=True)
class Limit:
    """What a network's headers say of one of our windows. `scope` is "account", "app" or "instance"."""

    scope: str
    limit: int
    remaining: int
    reset_at: datetime


@dataclass(frozen=True)
class Published:
    remote_id: str
    url: str
    limits: tuple[Limit, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Reposter:
    """An account that reposted a post. `handle` is as its own network writes it, `reference` is that of the repost."""

    remote_id: str
    handle: str
    reference: str


@dataclass(frozen=True)
class Seen:
    """A post, read at its address. `carries` tells whether it is what the intent asked for (its short link is in it)."""

    remote_id: str
    author_id: str
    url: str
    carries: bool


@dataclass(frozen=True)
class Metrics:
    remote_id: str
    impressions: int | None
    likes: int | None
    reposts: int | None
    replies: int | None


class Adapter(Protocol):
    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def limits_known(self) -> bool:
        """Whether a text can be measured without asking anybody."""

    def measure(self, text: str) -> int: ...
    def register_app(self, redirect_uri: str) -> AppCredentials: ...
    def authorize_url(self, app: AppCredentials, redirect_uri: str, state: str, verifier: str) -> str: ...
    def exchange(self, app: AppCredentials, redirect_uri: str, code: str, verifier: str) -> Credentials: ...
    def refresh(self, app: AppCredentials, credentials: Credentials) -> Credentials: ...
    def revoke(self, app: AppCredentials, credentials: Credentials) -> None: ...
    def me(self, credentials: Credentials) -> Profile: ...
    def publish(self, credentials: Credentials, intent: Intent) -> Published: ...
    def reconcile(self, credentials: Credentials, intent: Intent) -> Published | None: ...
    def delete(self, credentials: Credentials, remote_id: str) -> None: ...
    def metrics(self, credentials: Credentials, remote_ids: list[str]) -> list[Metrics]: ...
    def profiles(self, credentials: Credentials, remote_ids: list[str]) -> list[Profile]: ...
    def search_hashtag(self, credentials: Credentials, tag: str, since: str | None) -> list[Published]: ...
    def share_link(self, intent: Intent) -> str: ...

    def reposters(self, credentials: Credentials, remote_id: str) -> list[Reposter]:
        """Who reposted this post, the latest first, as far as a few pages go: one call recognises all who did, and an
        absence proves nothing. On X each account that is read is paid for, once a day.
        """

    def is_address(self, address: str) -> bool:
        """Whether this may be the address of a post on this network, or this instance; nothing is asked of anybody."""

    def look_at(self, credentials: Credentials, address: str, intent: Intent) -> Seen:
        """Read the post at an address for which `is_address` holds. Raises TargetGone when there is none."""


MOST_COUNTED = 2**31 - 1


def counted(said: object) -> int | None:
    """A counter as a network gives it; what no counter can be is unknown."""
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= MOST_COUNTED else None


def code_challenge(verifier: str) -> str:
    """PKCE's S256 of a verifier (RFC 7636 §4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class NetworkError(Exception):
    """The root of the taxonomy. `detail` is the network's own answer, safe to show to the account's owner."""

    def __init__(self, detail: str = ""):
        super().__init__(detail)
        self.detail = detail.replace("\0", "")[:500]


class Transient(NetworkError):
    """The request was not carried out; the same request may be made later."""

    def __init__(self, detail: str = "", retry_after: float | None = None):
        super().__init__(detail)
        self.retry_after = retry_after  # seconds


class RateLimited(NetworkError):
    """429. `scope` is "account", "app" or "instance"; `reset_at` is when the network lets us in again."""

    def __init__(self, detail: str = "", scope: str = "account", reset_at: datetime | None = None):
        super().__init__(detail)
        self.scope = scope
        self.reset_at = reset_at


class OutcomeUnknown(NetworkError):
    """The body was sent and no clear answer came: it may have landed. Goes to reconcile, never blindly sent again."""


class AuthExpired(NetworkError):
    """The access token is no longer accepted: refresh it."""


class AuthRevoked(NetworkError):
    """The grant itself is gone (`invalid_grant`): only the person can reconnect."""


class ScopeMissing(NetworkError):
    """The person did not grant this."""


class Duplicate(NetworkError):
    """The network says that this was posted already: reconcile first."""


class ContentRejected(NetworkError):
    """The network will never take this text."""


class TargetGone(NetworkError):
    """The post to repost, read or delete no longer exists."""


class AccountLocked(NetworkError):
    """The account is locked or suspended."""


class AppSuspended(NetworkError):
    """Our application may no longer write: the whole network stops."""


class AppUnknown(NetworkError):
    """The network no longer knows our application (`invalid_client`): it must be registered anew."""


class OutOfCredit(NetworkError):
    """402: no paid call will pass until credit is bought."""


class SchemaDrift(NetworkError):
    """An answer lacks what its documentation promises: nothing is stored."""
