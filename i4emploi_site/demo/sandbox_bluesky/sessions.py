"""Who is signed in: app passwords, access tokens that nobody keeps, refresh tokens that are kept by their jti."""

import binascii
import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from i4emploi_site.demo.sandbox.world import Refused
from i4emploi_site.demo.sandbox_bluesky.shapes import Account, no

ACCESS_SECONDS = 2 * 3600
REFRESH_SECONDS = 90 * 86_400
GRACE_SECONDS = 2 * 3600  # a used refresh token still gives its successor
ACCESS, REFRESH = "at+jwt", "refresh+jwt"


@dataclass
class Kept:
    did: str
    until: float
    successor: str = ""  # the jti of the refresh token that it gave


class Sessions:
    def __init__(self) -> None:
        self.secret = secrets.token_bytes(32)
        self.kept: dict[str, Kept] = {}

    def open(self, account: Account, jti: str = "", now: float | None = None) -> dict:
        """A pair of tokens. Two access tokens of one second are the same: no jti tells them apart."""
        now = now or time.time()
        jti = jti or secrets.token_urlsafe(32)
        self.kept.setdefault(jti, Kept(account.did, now + REFRESH_SECONDS))
        access = {"scope": "com.atproto.appPass", "sub": account.did}
        fresh = {"scope": "com.atproto.refresh", "sub": account.did, "jti": jti}
        return {
            "accessJwt": self._token(ACCESS, access, now, ACCESS_SECONDS),
            "refreshJwt": self._token(REFRESH, fresh, now, REFRESH_SECONDS),
        }

    def rotate(self, account: Account, jti: str) -> dict:
        """The next pair; a used token gives the same successor again until its grace ends."""
        now = time.time()
        kept = self.kept.get(jti)
        if kept is None or kept.until <= now:
            raise no(400, "ExpiredToken", "Token has been revoked")
        kept.until = min(kept.until, now + GRACE_SECONDS)
        kept.successor = kept.successor or secrets.token_urlsafe(32)
        return self.open(account, kept.successor)

    def end(self, jti: str) -> None:
        self.kept.pop(jti, None)

    def end_all(self, did: str) -> None:
        """The app password is withdrawn: access tokens that are out go on working."""
        self.kept = {jti: kept for jti, kept in self.kept.items() if kept.did != did}

    def read(self, authorization: str, kind: str, *, expired_too: bool = False) -> dict:
        """The claims of a Bearer token of that kind."""
        token = authorization.removeprefix("Bearer ").strip()
        if not token:
            raise no(401, "AuthMissing", "Authentication Required")
        try:
            head, body, mark = token.split(".")
            if not hmac.compare_digest(mark, self._mark(f"{head}.{body}")):
                raise ValueError("not ours")
            said, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, body))
        except (ValueError, TypeError, binascii.Error) as error:
            raise no(400, "InvalidToken", "Token could not be verified") from error
        if claims["exp"] <= time.time() and not expired_too:
            raise self.expired()
        if said["typ"] != kind:
            raise no(400, "InvalidToken", "Invalid token type")
        return claims

    @staticmethod
    def expired() -> Refused:
        return no(400, "ExpiredToken", "Token has expired")

    def _token(self, kind: str, claims: dict, now: float, seconds: int) -> str:
        dated = {**claims, "aud": "did:web:localhost", "iat": int(now), "exp": int(now) + seconds}
        text = f"{_part({'typ': kind, 'alg': 'HS256'})}.{_part(dated)}"
        return f"{text}.{self._mark(text)}"

    def _mark(self, text: str) -> str:
        return _base64(hmac.digest(self.secret, text.encode(), hashlib.sha256))


def _part(value: dict) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
