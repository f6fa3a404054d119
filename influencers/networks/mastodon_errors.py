"""What Mastodon.py raises, said in our taxonomy."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import mastodon as library
import requests
import urllib3

from influencers.networks.base import (
    AccountLocked,
    AuthExpired,
    ContentRejected,
    NetworkError,
    RateLimited,
    ScopeMissing,
    TargetGone,
    Transient,
)

RATE_WINDOW = timedelta(minutes=5)


def call(unsure: type[NetworkError], client: library.Mastodon | None, ask: Callable) -> Any:
    """Runs one call; `unsure` is what a broken answer means: OutcomeUnknown for writes, Transient for reads."""
    try:
        return ask()
    except library.MastodonRatelimitError as error:
        if "Hit rate limit" not in str(error):  # the library stumbled over the headers of an answer
            raise unsure(str(error)) from error
        reset = getattr(client, "ratelimit_reset", None)
        reset_at = datetime.fromtimestamp(reset, UTC) if reset else datetime.now(UTC) + RATE_WINDOW
        raise RateLimited(str(error), "account", reset_at) from error
    except library.MastodonUnauthorizedError as error:
        detail = str(error)
        raise (ScopeMissing if "scope" in detail.lower() else AuthExpired)(detail) from error
    except library.MastodonNotFoundError as error:
        raise TargetGone(str(error)) from error
    except library.MastodonServerError as error:
        raise unsure(str(error)) from error
    except library.MastodonAPIError as error:
        raise _refused(error, unsure) from error
    except library.MastodonNetworkError as error:
        raise (Transient if _never_sent(error) else unsure)(type(error.__context__ or error).__name__) from error
    except library.MastodonError as error:
        raise unsure(str(error)) from error


def _refused(error: Exception, unsure: type[NetworkError]) -> NetworkError:
    said = " ".join(str(part) for part in error.args)
    status = next((part for part in error.args if isinstance(part, int)), 0)
    if status < 400:  # an answer that cannot be read: the instance may well have done what was asked
        return unsure(said)
    if status == 410:
        return TargetGone(said)
    if status == 403:
        words = said.lower()
        if "scope" in words:
            return ScopeMissing(said)
        if any(word in words for word in ("disabled", "suspend", "locked", "pending", "confirm")):
            return AccountLocked(said)
    return ContentRejected(said)


NEVER_SENT = (
    requests.ConnectTimeout,
    ssl.SSLCertVerificationError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
)


def _never_sent(error: BaseException | None) -> bool:
    """Whether no connection was made (refused, no such host, a bad certificate), so that no body left."""
    while error is not None:
        if isinstance(error, NEVER_SENT):
            return True
        error = error.__cause__ or error.__context__
    return False
