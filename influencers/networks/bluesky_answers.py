"""What Bluesky answers, read: refusals, limits, sessions, people. Anything else than what is promised raises."""

import base64
import json
import re
from datetime import UTC, datetime

import httpx

from influencers.networks.base import (
    AccountLocked,
    AuthExpired,
    ContentRejected,
    Credentials,
    Duplicate,
    Limit,
    NetworkError,
    OutcomeUnknown,
    Profile,
    RateLimited,
    SchemaDrift,
    TargetGone,
    Transient,
    counted,
)

PER_ADDRESS = 3000  # the window of all requests from one address; the others are an account's
REFUSES_WORDS = (400, 413, 422)  # any other refusal is no word on what was sent
NO_ACCOUNT = "Could not find user info for account"

ERRORS: dict[str, type[NetworkError]] = {
    "ExpiredToken": AuthExpired,
    "InvalidToken": AuthExpired,
    "AuthMissing": AuthExpired,
    "AuthenticationRequired": AuthExpired,
    "AccountTakedown": AccountLocked,
    "AccountDeactivated": AccountLocked,
    "AccountNotFound": AccountLocked,
    "InvalidSwap": Duplicate,
    "RecordNotFound": TargetGone,
}


def answer_of(response: httpx.Response, *, write: bool = False) -> dict:
    status, body = response.status_code, _json(response)
    if status < 300:
        if body is None:
            raise OutcomeUnknown("an answer that cannot be read") if write else SchemaDrift("an answer of nonsense")
        return body
    said = body or {}
    name, detail = str(said.get("error") or ""), str(said.get("message") or f"HTTP {status}")
    if status == 429 or name == "RateLimitExceeded":
        limits = limits_said(response)
        raise RateLimited(detail, *((limits[0].scope, limits[0].reset_at) if limits else ("account", None)))
    if status >= 500:
        raise OutcomeUnknown(detail) if write else Transient(detail)
    if name in ERRORS:
        raise ERRORS[name](detail)
    if status in (401, 403):
        raise AuthExpired(detail)
    raise ContentRejected(detail) if status in REFUSES_WORDS else Transient(detail)


def _json(response: httpx.Response) -> dict | None:
    try:
        body = response.json() if response.content else {}
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def limits_said(response: httpx.Response) -> tuple[Limit, ...]:
    """Of all its windows Bluesky tells the one with the least left."""
    try:
        limit, left, reset = (int(response.headers[f"ratelimit-{what}"]) for what in ("limit", "remaining", "reset"))
        scope = "instance" if limit == PER_ADDRESS else "account"
        return (Limit(scope, limit, left, datetime.fromtimestamp(reset, UTC)),)
    except (KeyError, ValueError, OverflowError, OSError):
        return ()


def grant_is_gone(response: httpx.Response) -> bool:
    """Whether a refused refresh says that the session ended or that its account is deleted; a refusal of somebody on
    the way, such as a proxy, disconnects nobody.
    """
    said = _json(response) or {}
    return said.get("error") in ("ExpiredToken", "InvalidToken") or NO_ACCOUNT in str(said.get("message"))


def session_of(answer: dict) -> Credentials:
    """A pair of tokens, of a deactivated account too: the old pair is used up, so the new one is kept."""
    try:
        access, fresh, did = (str(answer[name]) for name in ("accessJwt", "refreshJwt", "did"))
        payload = access.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return Credentials(access, fresh, datetime.fromtimestamp(int(claims["exp"]), UTC), "", did)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise SchemaDrift(f"a session without {type(error).__name__}") from error


def list_of(answer: dict, name: str) -> list[dict]:
    found = answer.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SchemaDrift(f"{name} is missing")
    return found


def profile_of(person: dict) -> Profile:
    did, handle = person.get("did"), person.get("handle")
    if not isinstance(did, str) or not isinstance(handle, str) or not re.fullmatch(r"[\w.-]{1,253}", handle):
        raise SchemaDrift("an account without a name that can be believed")
    followers = counted(person.get("followersCount"))
    bio = str(person.get("description") or "")
    return Profile(did, f"@{handle}"[:120], followers, bio, f"https://bsky.app/profile/{did}")


def carries(post: dict, link: str) -> bool:
    """Whether this short link, whole, is in a post's words or under them: people's apps shorten what they show."""
    record = post.get("record")
    if not isinstance(record, dict):
        raise SchemaDrift("a post without its record")
    shown = json.dumps([record.get(part) for part in ("text", "facets", "embed")], ensure_ascii=False)
    return bool(re.search(re.escape(link) + r"(?![\w-])", shown))
