"""X API v2 (https://docs.x.com/x-api): a small client of its own, because the known ones hard-code the host or lose
rotated tokens. Wire names drift (`tweet.fields`/`post.fields`, `retweet_count`/`repost_count`): both are read.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from twitter_text import parse_tweet

from influencers.networks import reading
from influencers.networks.base import (
    AppCredentials,
    AuthExpired,
    AuthRevoked,
    Capabilities,
    ContentRejected,
    Credentials,
    Intent,
    Limit,
    Metrics,
    NetworkError,
    OutcomeUnknown,
    OutOfCredit,
    Profile,
    Published,
    RateLimited,
    Reposter,
    SchemaDrift,
    ScopeMissing,
    Seen,
    TargetGone,
    Transient,
    code_challenge,
)
from influencers.networks.connections import client
from influencers.networks.x_answers import (
    BATCH,
    batches_of,
    data_of,
    detail_of,
    forbidden,
    grant_is_gone,
    is_what_was_asked,
    json_of,
    limit_hit,
    limits_said,
    metrics_of,
    profile_of,
    retry_after,
    what_is_read,
)

SCOPES = "tweet.read tweet.write users.read offline.access"
MAX_WEIGHTED_LENGTH = 280
# No address has so many labels, and the parser's time grows with their square; a dash weighs what a dot does.
MANY_LABELS = re.compile(r"(?:[^\s/.]+\.){20,}")
ADDRESS = re.compile(
    r"https://(?:(?:www|mobile)\.)?(?:x|twitter)\.com/(?:i(?:/web)?|\w{1,15})/status/(\d{1,19})(?:[/?#].*)?"
)
REPOSTER_PAGES = 5  # of 100 accounts, and each account that is read is paid for
TIMELINE_PAGES = 3  # of 100 posts: an account's own posts since a broadcast was prepared


class XAdapter:
    capabilities = Capabilities("x", MAX_WEIGHTED_LENGTH, batch=BATCH, impressions=True)
    limits_known = True

    def __init__(self, api_url: str, authorize_url: str, timeout: float):
        self.api_url = api_url.rstrip("/")
        self.authorize_page = authorize_url
        self._client = client(timeout)

    def measure(self, text: str) -> int:
        """Weighted length: a URL counts 23, CJK and emoji 2 (https://docs.x.com/fundamentals/counting-characters)."""
        return parse_tweet(MANY_LABELS.sub(lambda run: run.group().replace(".", "-"), text)).weightedLength

    # --- authorisation -------------------------------------------------------------------------------------------

    def register_app(self, redirect_uri: str) -> AppCredentials:
        raise ScopeMissing("X apps are registered by hand: set I4_X_CLIENT_ID.")

    def authorize_url(self, app: AppCredentials, redirect_uri: str, state: str, verifier: str) -> str:
        query = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPES,
            "state": state,
            "code_challenge": code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.authorize_page}?{urlencode(query)}"

    def exchange(self, app: AppCredentials, redirect_uri: str, code: str, verifier: str) -> Credentials:
        return self._token(
            app, grant_type="authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=verifier
        )

    def refresh(self, app: AppCredentials, credentials: Credentials) -> Credentials:
        """Refresh tokens are single use: store the new one before using the new access token."""
        fresh = self._token(app, grant_type="refresh_token", refresh_token=credentials.refresh_token)
        kept = fresh.refresh_token or credentials.refresh_token  # an answer without one renews only the access token
        return Credentials(fresh.access_token, kept, fresh.expires_at, fresh.scopes, credentials.remote_id)

    def revoke(self, app: AppCredentials, credentials: Credentials) -> None:
        self._form(app, "/2/oauth2/revoke", {"token": credentials.refresh_token or credentials.access_token})

    def _token(self, app: AppCredentials, **form: str) -> Credentials:
        answer = self._form(app, "/2/oauth2/token", form)
        try:
            expires_at = datetime.now(UTC) + timedelta(seconds=int(answer["expires_in"]))
            return Credentials(
                answer["access_token"], answer.get("refresh_token", ""), expires_at, answer.get("scope", "")
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SchemaDrift(f"token answer: {error!r}") from error

    def _form(self, app: AppCredentials, path: str, form: dict[str, str]) -> dict:
        auth = (app.client_id, app.client_secret) if app.client_secret else httpx.USE_CLIENT_DEFAULT
        try:
            response = self._client.post(self.api_url + path, data=form | {"client_id": app.client_id}, auth=auth)
        except httpx.HTTPError as error:
            raise Transient(type(error).__name__) from error
        body = json_of(response)
        if response.status_code in (400, 401) and grant_is_gone(body):
            raise AuthRevoked(str(body.get("error_description") or body["error"]))
        if response.status_code == 429:
            raise RateLimited(detail_of(body), *limit_hit(response))
        if response.status_code >= 400:
            raise Transient(f"{response.status_code} {body.get('error', '')}".strip(), retry_after(response))
        return body

    # --- reading people ------------------------------------------------------------------------------------------

    def me(self, credentials: Credentials) -> Profile:
        answer = self._read(credentials, "/2/users/me", {"user.fields": "description,public_metrics"})
        return profile_of(data_of(answer))

    def profiles(self, credentials: Credentials, remote_ids: list[str]) -> list[Profile]:
        people = []
        for ids in batches_of(remote_ids):
            query = {"ids": ids, "user.fields": "description,public_metrics"}
            people += self._read(credentials, "/2/users", query).get("data", [])
        return [profile_of(user) for user in people]

    # --- writing -------------------------------------------------------------------------------------------------

    def publish(self, credentials: Credentials, intent: Intent) -> Published:
        """One attempt. A repost's reference is `<target>:<account>`, because X gives a repost no id of its own."""
        intent.check_in_time()
        if intent.repost_of:
            path = f"/2/users/{credentials.remote_id}/retweets"
            flag, limits = self._write(credentials, path, {"tweet_id": intent.repost_of})
            if not (flag.get("retweeted") or flag.get("reposted")):
                raise OutcomeUnknown("the answer does not say that it was reposted")
            return replace(self._repost(credentials, intent), limits=limits)
        data, limits = self._write(credentials, "/2/tweets", {"text": intent.text})
        if not data.get("id"):
            raise OutcomeUnknown("the answer holds no id")
        return replace(self._published(data["id"]), limits=limits)

    def delete(self, credentials: Credentials, remote_id: str) -> None:
        """Deletes a post, or undoes a repost (`<target>:<account>`); both may be asked for again."""
        target, _colon, account = remote_id.partition(":")
        path = f"/2/users/{account}/retweets/{target}" if account else f"/2/tweets/{target}"
        self._answer(self._send("DELETE", path, credentials, unsure=Transient), write=False)

    def reconcile(self, credentials: Credentials, intent: Intent) -> Published | None:
        """Did it land? Read in the account's own timeline, which shows reposts too and costs what the account wrote,
        however often the target was reposted. A text is found by its short link, which exists once.
        """
        query: dict[str, Any] = {"max_results": 100, "tweet.fields": "created_at,entities,referenced_tweets"}
        if intent.since:
            query["start_time"] = intent.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for _page in range(TIMELINE_PAGES):
            answer = self._read(credentials, f"/2/users/{credentials.remote_id}/tweets", query)
            if "meta" not in answer:  # an error told with 200: that proves nothing absent
                raise SchemaDrift(detail_of(answer) or "a timeline without meta")
            for tweet in answer.get("data", []):
                if is_what_was_asked(tweet, intent):
                    return self._repost(credentials, intent) if intent.repost_of else self._published(tweet["id"])
            query["pagination_token"] = answer["meta"].get("next_token")
            if not query["pagination_token"]:
                return None
        raise Transient("the timeline is longer than was read")  # neither found nor proven absent

    def _published(self, remote_id: str) -> Published:
        return Published(remote_id, f"https://x.com/i/status/{remote_id}")

    def _repost(self, credentials: Credentials, intent: Intent) -> Published:
        return Published(f"{intent.repost_of}:{credentials.remote_id}", f"https://x.com/i/status/{intent.repost_of}")

    # --- reading posts -------------------------------------------------------------------------------------------

    def metrics(self, credentials: Credentials, remote_ids: list[str]) -> list[Metrics]:
        """Posts that X no longer shows are absent from the list."""
        tweets = []
        for ids in batches_of(remote_ids):
            query = {"ids": ids, "tweet.fields": "public_metrics"}
            tweets += self._read(credentials, "/2/tweets", query).get("data", [])
        return [metrics_of(tweet) for tweet in tweets]

    def reposters(self, credentials: Credentials, remote_id: str) -> list[Reposter]:
        people: list[Profile] = []
        query: dict[str, Any] = {"max_results": 100}
        for _page in range(REPOSTER_PAGES):
            answer = self._read(credentials, f"/2/tweets/{remote_id}/retweeted_by", query)
            people += [profile_of(user) for user in answer.get("data", [])]
            query["pagination_token"] = answer.get("meta", {}).get("next_token")
            if not query["pagination_token"]:
                break
        return [Reposter(one.remote_id, one.handle, f"{remote_id}:{one.remote_id}") for one in people]

    def is_address(self, address: str) -> bool:
        return bool(ADDRESS.fullmatch(address))

    def look_at(self, credentials: Credentials, address: str, intent: Intent) -> Seen:
        found = ADDRESS.fullmatch(address)
        if not found:
            raise TargetGone(address)
        query = {"ids": found[1], "tweet.fields": "author_id,entities,referenced_tweets"}
        tweets = self._read(credentials, "/2/tweets", query).get("data", [])
        if not tweets:
            raise TargetGone(address)
        try:
            tweet = tweets[0]
            return Seen(
                tweet["id"], tweet["author_id"], self._published(tweet["id"]).url, is_what_was_asked(tweet, intent)
            )
        except KeyError as error:
            raise SchemaDrift(f"post without {error}") from error

    def search_hashtag(self, credentials: Credentials, tag: str, since: str | None) -> list[Published]:
        query: dict[str, Any] = {"query": f"#{tag} -is:retweet", "max_results": 100}
        if since:
            query["since_id"] = since
        answer = self._read(credentials, "/2/tweets/search/recent", query)
        return [self._published(tweet["id"]) for tweet in answer.get("data", [])]

    def share_link(self, intent: Intent) -> str:
        if intent.repost_of:
            return f"https://x.com/intent/retweet?tweet_id={quote(intent.repost_of)}"
        return f"https://x.com/intent/post?{urlencode({'text': intent.text}, quote_via=quote)}"

    # --- the wire ------------------------------------------------------------------------------------------------

    def _read(self, credentials: Credentials, path: str, query: dict) -> dict:
        given = {name: value for name, value in query.items() if value is not None}
        answer = self._answer(self._send("GET", path, credentials, unsure=Transient, params=given), write=False)
        data = answer.get("data")
        reading.note(what_is_read(path), len(data) if isinstance(data, list) else bool(data))
        return answer

    def _write(self, credentials: Credentials, path: str, body: dict) -> tuple[dict, tuple[Limit, ...]]:
        response = self._send("POST", path, credentials, unsure=OutcomeUnknown, json=body)
        answer = self._answer(response, write=True)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise OutcomeUnknown(detail_of(answer) or "the answer holds no data")
        return data, limits_said(response)

    def _send(
        self, method: str, path: str, credentials: Credentials, *, unsure: type[NetworkError], **content: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {credentials.access_token}"}
        try:
            return self._client.request(method, self.api_url + path, headers=headers, **content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Transient(type(error).__name__) from error  # nothing was sent
        except httpx.HTTPError as error:
            raise unsure(type(error).__name__) from error

    def _answer(self, response: httpx.Response, *, write: bool) -> dict:
        status, body = response.status_code, json_of(response)
        detail = detail_of(body) or f"HTTP {status}"
        said = f"{body.get('type', '')} {body.get('title', '')} {detail}".lower()
        if status < 300:
            if not isinstance(body, dict) or not body:
                raise OutcomeUnknown("empty answer") if write else SchemaDrift("empty answer")
            return body
        if "already" in said and ("retweeted" in said or "reposted" in said):
            return {"data": {"retweeted": True}}
        if status == 401:
            raise AuthExpired(detail)
        if status == 402:
            raise OutOfCredit(detail)
        if status == 429:
            raise RateLimited(detail, *limit_hit(response))
        if status == 403:
            raise forbidden(said, detail)
        if status == 404:
            raise TargetGone(detail)
        if status >= 500:
            raise OutcomeUnknown(detail) if write else Transient(detail, retry_after(response))
        raise ContentRejected(detail)
