"""Short codes and secrets that people may have to read aloud, type or paste."""

import hashlib
import secrets

UNMISTAKABLE = "23456789abcdefghijkmnpqrstuvwxyz"  # no 0/o, 1/l


CODE_LENGTH = 8  # of a short link


def short_code(length: int = CODE_LENGTH) -> str:
    """A random code of 5 bits a character; the database's uniqueness is what rules out a double."""
    return "".join(secrets.choice(UNMISTAKABLE) for _ in range(length))


def secret() -> str:
    """A URL-safe secret of 256 bits, for links that open something private."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> str:
    """What is stored of a secret: enough to recognise it, useless to whoever reads the database."""
    return hashlib.sha256(value.encode()).hexdigest()
