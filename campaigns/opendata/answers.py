"""One GET of an open register: one attempt, a bounded body, and errors that say what to do."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

USER_AGENT = "i4emploi/0.1 (plateforme de sauvegarde d'emplois; logiciel libre)"
MOST_BYTES = 8_000_000
MOST_REDIRECTS = 3


class Unavailable(Exception):
    """The register gives no answer now: ask again, and not before `retry_after` seconds where it says so."""

    def __init__(self, detail: str = "", retry_after: float | None = None):
        super().__init__(detail)
        self.retry_after = retry_after


class BadAnswer(Exception):
    """What came is not what the register's documentation promises, or the register refuses our question."""


def get_json(
    base_url: str, path: str, params: Mapping[str, str | int], timeout: float, most_bytes: int = MOST_BYTES
) -> Any:
    """The JSON that stands at `path`. `timeout` is in seconds. Raises Unavailable or BadAnswer."""
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=MOST_REDIRECTS) as client,
            client.stream("GET", base_url.rstrip("/") + path, params=dict(params), headers=headers) as response,
        ):
            _refuse(response)
            body = _body(response, time.monotonic() + timeout, most_bytes)
    except (httpx.TooManyRedirects, httpx.DecodingError, httpx.InvalidURL) as error:
        raise BadAnswer(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise Unavailable(type(error).__name__) from error
    return _json(body)


def _refuse(response: httpx.Response) -> None:
    status = response.status_code
    if status in (408, 429) or status >= 500:
        raise Unavailable(str(status), seconds_to_wait(response.headers.get("Retry-After", ""), datetime.now(UTC)))
    if status != 200:
        raise BadAnswer(str(status))


def _body(response: httpx.Response, until: float, most_bytes: int) -> bytes:
    """A socket's own timeout starts again with every byte: the whole answer has its limit too."""
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > most_bytes:
            raise BadAnswer("the answer is too long")
        if time.monotonic() > until:
            raise Unavailable("the answer is too slow")
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise BadAnswer("the answer is not JSON") from error


def seconds_to_wait(said: str, now: datetime) -> float | None:
    """A Retry-After in seconds: a number, or an HTTP date (RFC 9110 §10.2.3). None when it says neither."""
    said = said.strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
