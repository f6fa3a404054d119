"""Bluesky (https://docs.bsky.app): XRPC with an app password's session, one attempt a call.

A client of its own rather than the SDK, which leaves out the `"swapRecord": null` that makes a repeated write harmless,
and refreshes sessions by itself, outside our lock. A write names its record (`bluesky_text.record_key`), so the same
post sent twice is one record, and another text under that name is refused.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

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
    Reposter,
    SchemaDrift,
    ScopeMissing,
    Seen,
    TargetGone,
    Transient,
    counted,
)
from influencers.networks.bluesky_answers import (
    answer_of,
    carries,
    grant_is_gone,
    limits_said,
    list_of,
    profile_of,
    session_of,
)
from influencers.networks.bluesky_text import MOST_GRAPHEMES, facets, measure, record_key
from influencers.networks.connections import client
from influencers.networks.recently import Recently

BATCH = 25
POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")
URI = re.compile(r"at://(did:[a-z]+:[\w.:%-]{1,150})/([a-zA-Z.]+)/([\w.~:-]{1,60})")
ADDRESS = re.compile(r"https://bsky\.app/profile/([\w.:%-]{1,253})/post/([\w.~:-]{1,60})(?:[/?#].*)?")
REPOSTER_PAGES = 5  # of 100 accounts


class BlueskyAdapter:
    capabilities = Capabilities("bluesky", MOST_GRAPHEMES, batch=BATCH, impressions=False)
    limits_known = True

    def __init__(self, base_url: str, timeout: float):
        self.base_url = base_url.rstrip("/")
        self._client = client(timeout)
        self._cids = Recently()

    def measure(self, text: str) -> int:
        return measure(text)

    # --- authorisation: app passwords, no OAuth ------------------------------------------------------------------

    def register_app(self, redirect_uri: str) -> AppCredentials:
        return AppCredentials("")

    def authorize_url(self, app: AppCredentials, redirect_uri: str, state: str, verifier: str) -> str:
        raise ScopeMissing("Bluesky is connected with an app password.")

    def exchange(self, app: AppCredentials, redirect_uri: str, code: str, verifier: str) -> Credentials:
        raise ScopeMissing("Bluesky is connected with an app password.")

    def sign_in(self, identifier: str, app_password: str) -> Credentials:
        """A session from an app password, which is kept nowhere. Raises AuthRevoked when it is refused."""
        body = {"identifier": identifier.strip().removeprefix("@"), "password": app_password}
        try:
            session = self._ask("com.atproto.server.createSession", json=body)
        except AuthExpired as error:
            raise AuthRevoked(error.detail) from error
        if session.get("active") is False:
            raise AccountLocked(str(session.get("status") or "inactive"))
        return session_of(session)

    def refresh(self, app: AppCredentials, credentials: Credentials) -> Credentials:
        """Store the new pair before using it; an old refresh token may be refused at any time."""
        method = "com.atproto.server.refreshSession"
        response = self._send(method, credentials.refresh_token, unsure=Transient, post=True)
        try:
            return session_of(answer_of(response))
        except (AuthExpired, ContentRejected) as error:
            raise (AuthRevoked if grant_is_gone(response) else Transient)(error.detail) from error

    def revoke(self, app: AppCredentials, credentials: Credentials) -> None:
        self._ask("com.atproto.server.deleteSession", token=credentials.refresh_token, post=True)

    # --- reading people ------------------------------------------------------------------------------------------

    def me(self, credentials: Credentials) -> Profile:
        found = self.profiles(credentials, [credentials.remote_id])
        if not found:
            raise Transient("Bluesky does not show this account (yet).")
        return found[0]

    def profiles(self, credentials: Credentials, remote_ids: list[str]) -> list[Profile]:
        """Unknown, deactivated and suspended accounts are absent."""
        people = []
        for ids in _batches([one for one in remote_ids if one.startswith("did:")]):
            answer = self._read(credentials, "app.bsky.actor.getProfiles", actors=ids)
            people += [profile_of(person) for person in list_of(answer, "profiles")]
        return people

    # --- writing -------------------------------------------------------------------------------------------------

    def publish(self, credentials: Credentials, intent: Intent) -> Published:
        collection, key = self._name(intent)
        record = self._repost(credentials, intent) if intent.repost_of else _post(intent)
        body = {
            "repo": credentials.remote_id,
            "collection": collection,
            "rkey": key,
            "record": record,
            "swapRecord": None,  # only if nothing is there: the same record again changes nothing
        }
        intent.check_in_time()
        response = self._send("com.atproto.repo.putRecord", credentials.access_token, unsure=OutcomeUnknown, json=body)
        answer = answer_of(response, write=True)
        return replace(_published(answer.get("uri"), intent), limits=limits_said(response))

    def reconcile(self, credentials: Credentials, intent: Intent) -> Published | None:
        """Whether the record of that name is there, with these words; of what we never sent, whether the person has
        published it themselves.
        """
        if intent.at is None:
            return self._by_hand(credentials, intent)
        collection, key = self._name(intent)
        try:
            found = self._record(credentials, f"at://{credentials.remote_id}/{collection}/{key}")
        except TargetGone:
            return None
        value = found.get("value")
        words = value.get("text") if isinstance(value, dict) else None
        if not intent.repost_of and words != intent.text:
            raise Transient("another text is there under this post's name")
        return _published(found.get("uri"), intent)

    def _by_hand(self, credentials: Credentials, intent: Intent) -> Published | None:
        if not intent.link:
            raise Transient("no short link to look for")
        query = {"actor": credentials.remote_id, "limit": 100, "filter": "posts_no_replies"}
        feed = list_of(self._read(credentials, "app.bsky.feed.getAuthorFeed", **query), "feed")
        posts = [entry["post"] for entry in feed if isinstance(entry.get("post"), dict) and "reason" not in entry]
        return next((_published(post.get("uri"), intent) for post in posts if carries(post, intent.link)), None)

    def delete(self, credentials: Credentials, remote_id: str) -> None:
        self._record(credentials, remote_id)  # deleting what is absent is a success there, and is told here
        repo, collection, key = _parts(remote_id)
        body = {"repo": repo, "collection": collection, "rkey": key}
        answer_of(self._send("com.atproto.repo.deleteRecord", credentials.access_token, unsure=Transient, json=body))

    @staticmethod
    def _name(intent: Intent) -> tuple[str, str]:
        if intent.at is None:
            raise ContentRejected("a Bluesky record is named by the instant of its first attempt")
        return (REPOST if intent.repost_of else POST), record_key(intent.at, intent.key)

    def _repost(self, credentials: Credentials, intent: Intent) -> dict:
        cid = self._cids.get(intent.repost_of, lambda: self._cid(credentials, intent.repost_of))
        return {
            "$type": REPOST,
            "subject": {"uri": intent.repost_of, "cid": cid},
            "createdAt": _instant(intent),
        }

    def _cid(self, credentials: Credentials, uri: str) -> str:
        cid = self._record(credentials, uri).get("cid")
        if not isinstance(cid, str):
            raise Transient("the target has no cid")
        return cid

    def _record(self, credentials: Credentials, uri: str) -> dict:
        repo, collection, key = _parts(uri)
        return self._read(credentials, "com.atproto.repo.getRecord", repo=repo, collection=collection, rkey=key)

    # --- reading posts -------------------------------------------------------------------------------------------

    def metrics(self, credentials: Credentials, remote_ids: list[str]) -> list[Metrics]:
        """Bluesky tells no displays: `impressions` is None. Deleted and hidden posts are absent."""
        readings = []
        for uris in _batches([uri for uri in remote_ids if URI.fullmatch(uri)]):
            for post in list_of(self._read(credentials, "app.bsky.feed.getPosts", uris=uris), "posts"):
                said = post.get("likeCount"), post.get("repostCount"), post.get("replyCount")
                if not isinstance(post.get("uri"), str) or said == (None, None, None):
                    raise SchemaDrift("a post without its address or its counters")
                readings.append(Metrics(post["uri"], None, *map(counted, said)))
        return readings

    def search_hashtag(self, credentials: Credentials, tag: str, since: str | None) -> list[Published]:
        answer = self._read(credentials, "app.bsky.feed.searchPosts", q=f"#{tag}", sort="latest", limit=100)
        uris = [post.get("uri") for post in list_of(answer, "posts")]
        found = [_published(uri, Intent("")) for uri in uris]
        after = since.rsplit("/", 1)[-1] if since else ""
        return [post for post in found if post.remote_id.rsplit("/", 1)[-1] > after]  # names sort by time

    def reposters(self, credentials: Credentials, remote_id: str) -> list[Reposter]:
        self._record(credentials, remote_id)  # of what is gone, the list is merely empty
        people: list[Profile] = []
        query: dict[str, Any] = {"uri": remote_id, "limit": 100}
        for _page in range(REPOSTER_PAGES):
            answer = self._read(credentials, "app.bsky.feed.getRepostedBy", **query)
            people += (page := [profile_of(person) for person in list_of(answer, "repostedBy")])
            if not page or not isinstance(answer.get("cursor"), str):
                break
            query["cursor"] = answer["cursor"]
        return [Reposter(one.remote_id, one.handle, f"{remote_id}#{one.remote_id}") for one in people]

    def is_address(self, address: str) -> bool:
        return bool(ADDRESS.fullmatch(address))

    def look_at(self, credentials: Credentials, address: str, intent: Intent) -> Seen:
        if not (found := ADDRESS.fullmatch(address)):
            raise TargetGone(address)
        author = profile_of(self._read(credentials, "app.bsky.actor.getProfile", actor=found[1])).remote_id
        uri = f"at://{author}/{POST}/{found[2]}"
        posts = list_of(self._read(credentials, "app.bsky.feed.getPosts", uris=[uri]), "posts")
        if not posts:
            raise TargetGone(address)
        return Seen(uri, author, _published(uri, intent).url, bool(intent.link) and carries(posts[0], intent.link))

    def share_link(self, intent: Intent) -> str:
        query = urlencode({"text": intent.text or intent.repost_url}, quote_via=quote)
        return f"https://bsky.app/intent/compose?{query}"

    # --- the wire ------------------------------------------------------------------------------------------------

    def _read(self, credentials: Credentials, method: str, **query: Any) -> dict:
        response = self._send(method, credentials.access_token, unsure=Transient, params=query)
        try:
            return answer_of(response)
        except ContentRejected as error:  # a question that is refused proves nothing
            raise Transient(error.detail) from error

    def _ask(self, method: str, token: str = "", post: bool = False, **content: Any) -> dict:
        return answer_of(self._send(method, token, unsure=Transient, post=post, **content))

    def _send(
        self, method: str, token: str, *, unsure: type[NetworkError], post: bool = False, **content: Any
    ) -> httpx.Response:
        verb = "POST" if post or "json" in content else "GET"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return self._client.request(verb, f"{self.base_url}/xrpc/{method}", headers=headers, **content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Transient(type(error).__name__) from error  # nothing was sent
        except httpx.HTTPError as error:
            raise unsure(type(error).__name__) from error


def _post(intent: Intent) -> dict:
    record = {"$type": POST, "text": intent.text, "langs": ["fr"], "createdAt": _instant(intent)}
    return record | ({"facets": found} if (found := facets(intent.text)) else {})


def _instant(intent: Intent) -> str:
    """Fixed like the name: another one would make another record of it."""
    at = intent.at or datetime.now(UTC)
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parts(uri: str) -> tuple[str, str, str]:
    if not (parts := URI.fullmatch(uri)):
        raise TargetGone("not the address of a Bluesky record")
    return parts[1], parts[2], parts[3]


def _published(uri: Any, intent: Intent) -> Published:
    """A repost is shown where its target is."""
    if not isinstance(uri, str) or not URI.fullmatch(uri):
        raise OutcomeUnknown("a record without an address that can be believed")
    repo, _collection, key = _parts(intent.repost_of or uri)
    return Published(uri, f"https://bsky.app/profile/{repo}/post/{key}")


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
