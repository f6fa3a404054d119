"""What X says, read: limits, refusals, people, posts. Anything else than what is promised raises."""

import html
import re
from datetime import UTC, datetime, timedelta

import httpx

from influencers.networks import reading
from influencers.networks.base import (
    AccountLocked,
    AppSuspended,
    ContentRejected,
    Duplicate,
    Intent,
    Limit,
    Metrics,
    NetworkError,
    Profile,
    SchemaDrift,
    ScopeMissing,
    counted,
)


def forbidden(said: str, detail: str) -> NetworkError:
    if "duplicate" in said:
        return Duplicate(detail)
    if "client-forbidden" in said or "app suspended" in said or ("application" in said and "suspended" in said):
        return AppSuspended(detail)
    if "locked" in said or "suspended" in said:
        return AccountLocked(detail)
    if "scope" in said or "permission" in said or "oauth" in said:
        return ScopeMissing(detail)
    return ContentRejected(detail)


def grant_is_gone(body: dict) -> bool:
    """X says `invalid_grant`, or an `invalid_request` whose description names the value; a request that we built
    badly is an `invalid_request` too, and must disconnect nobody.
    """
    said = str(body.get("error_description", "")).lower()
    return body.get("error") == "invalid_grant" or (
        body.get("error") == "invalid_request" and said.startswith("value passed for") and "invalid" in said
    )


BATCH = 100  # ids in one look-up
HEADERS = (("app", "x-app-limit-24hour"), ("account", "x-user-limit-24hour"), ("account", "x-rate-limit"))


def limits_said(response: httpx.Response) -> tuple[Limit, ...]:
    """What the headers say of each window: for an account, the one that is used up, or the shorter one."""
    said: dict[str, Limit] = {}
    for scope, name in HEADERS:
        limit, remaining, reset = (_number(response, f"{name}-{what}") for what in ("limit", "remaining", "reset"))
        if limit is None or remaining is None or reset is None or (scope in said and not said[scope].remaining):
            continue
        if reset_at := _instant(reset):
            said[scope] = Limit(scope, int(limit), int(remaining), reset_at)
    return tuple(said.values())


def limit_hit(response: httpx.Response) -> tuple[str, datetime | None]:
    """Which limit was hit, and when it ends, by X's own headers."""
    for scope, name in HEADERS:
        if response.headers.get(f"{name}-remaining") == "0" and (reset := _number(response, f"{name}-reset")):
            return scope, _instant(reset)
    if reset := _number(response, "x-rate-limit-reset"):
        return "account", _instant(reset)
    wait = retry_after(response)
    return "account", datetime.now(UTC) + timedelta(seconds=wait) if wait else None


def retry_after(response: httpx.Response) -> float | None:
    return _number(response, "retry-after")


def _number(response: httpx.Response, header: str) -> float | None:
    try:
        return float(response.headers[header])
    except (KeyError, ValueError):
        return None


def json_of(response: httpx.Response) -> dict:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def detail_of(body: dict) -> str:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(body.get("detail") or first.get("detail") or first.get("message") or body.get("title") or "")


def data_of(answer: dict) -> dict:
    data = answer.get("data")
    if not isinstance(data, dict):
        raise SchemaDrift("data is missing")
    return data


def profile_of(user: dict) -> Profile:
    public = user.get("public_metrics")
    followers = counted(public.get("followers_count")) if isinstance(public, dict) else None
    try:
        handle = f"@{user['username']}"
        return Profile(user["id"], handle, followers, user.get("description", ""), f"https://x.com/{user['username']}")
    except KeyError as error:
        raise SchemaDrift(f"user without {error}") from error


def metrics_of(tweet: dict) -> Metrics:
    public = tweet.get("public_metrics")
    if not isinstance(public, dict):
        raise SchemaDrift("public_metrics is missing")
    reposts = public.get("retweet_count", public.get("repost_count"))
    said = public.get("impression_count"), public.get("like_count"), reposts, public.get("reply_count")
    return Metrics(tweet["id"], *map(counted, said))


def is_what_was_asked(tweet: dict, intent: Intent) -> bool:
    """Whether a timeline's tweet is what the intent asked for. X shows its own t.co links in the text."""
    if intent.repost_of:
        return any(
            reference.get("type") in ("retweeted", "reposted") and reference.get("id") == intent.repost_of
            for reference in tweet.get("referenced_tweets", [])
        )
    text = html.unescape(tweet.get("text", ""))
    if not intent.link:
        return text == intent.text
    whole_link = re.compile(re.escape(intent.link) + r"(?![\w-])")  # /r/ab must not be found in /r/abc
    urls = tweet.get("entities", {}).get("urls", [])
    shown = [text, *(url.get("expanded_url", "") for url in urls), *(url.get("unwound_url", "") for url in urls)]
    return any(whole_link.search(place) for place in shown)


def _instant(seconds: float) -> datetime | None:
    """Of a header; one that names no time soon is not believed."""
    now = datetime.now(UTC)
    try:
        said = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return said if now - timedelta(days=1) < said < now + timedelta(days=2) else None


def what_is_read(path: str) -> str:
    people = path.endswith("/retweeted_by") or (path.startswith("/2/users") and not path.endswith("/tweets"))
    return reading.PEOPLE if people else reading.POSTS


def batches_of(ids: list[str]) -> list[str]:
    """As one call takes them."""
    return [",".join(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)]
