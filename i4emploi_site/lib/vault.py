"""Encryption at rest for network tokens and other secrets (Fernet, keys from `I4_VAULT_KEYS`, newest first)."""

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac


class VaultClosed(Exception):
    """The stored secret was written with a key that `I4_VAULT_KEYS` no longer holds."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(plain: str) -> str:
    return _fernet(tuple(settings.VAULT_KEYS)).encrypt(plain.encode()).decode() if plain else ""


def open_sealed(sealed: str) -> str:
    try:
        return _fernet(tuple(settings.VAULT_KEYS)).decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        raise VaultClosed("A stored secret cannot be read: put its key back into I4_VAULT_KEYS.") from None


def keyed_digest(value: str) -> str:
    """Tells whether two values are the same, to nobody who lacks the site's key; the case of letters does not count."""
    return salted_hmac("i4emploi.vault", value.strip().lower(), algorithm="sha256").hexdigest()


class SealedField(models.TextField):
    """Text that is clear in Python and encrypted in the database; never searchable, never shown in the admin."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def from_db_value(self, value, expression, connection):
        return value if value is None else open_sealed(value)

    def get_prep_value(self, value):
        return value if value is None else seal(value)
