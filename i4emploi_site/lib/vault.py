"""Encryption at rest for network tokens and other secrets (Fernet, keys from `I4_VAULT_KEYS`, newest first)."""

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.crypto import salted_hmac


class VaultClosed(Exception):
    """The stored secret was written with a key that `I4_VAULT_KEYS` no longer holds."""

    def __init__(self) -> None:
        super().__init__("A stored secret cannot be read: put its key back into I4_VAULT_KEYS.")


class Sealed(str):
    """What `seal` made, as the database holds it."""

    __slots__ = ()


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(plain: str) -> Sealed:
    return Sealed(_fernet(tuple(settings.VAULT_KEYS)).encrypt(plain.encode()).decode() if plain else "")


def open_sealed(sealed: str) -> str:
    try:
        return _fernet(tuple(settings.VAULT_KEYS)).decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        raise VaultClosed from None


def is_newest(sealed: str) -> bool:
    """Whether the newest key opens it by itself."""
    try:
        _fernet(tuple(settings.VAULT_KEYS[:1])).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def sealed_anew(sealed: str) -> Sealed:
    """The same secret under the newest key. Raises VaultClosed."""
    try:
        return Sealed(_fernet(tuple(settings.VAULT_KEYS)).rotate(sealed.encode()).decode())
    except InvalidToken:
        raise VaultClosed from None


def keyed_digest(value: str) -> str:
    """Tells whether two values are the same, to nobody who lacks the site's key; the case of letters does not count."""
    return salted_hmac("i4emploi.vault", value.strip().lower(), algorithm="sha256").hexdigest()


class _OpensWhenAsked(DeferredAttribute):
    """A row is loaded, listed and saved without being opened: only whoever names the attribute opens it."""

    def __get__(self, instance, cls=None):
        value = super().__get__(instance, cls)
        return open_sealed(value) if isinstance(value, Sealed) else value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class SealedField(models.TextField):
    """Text that is clear to whoever reads the attribute (which may raise VaultClosed), and encrypted everywhere else:
    in the database, in `values()`, in fixtures. Never searchable, never shown in the admin.
    """

    descriptor_class = _OpensWhenAsked
    IN_FIXTURES = "sealed:"  # so that `loaddata` does not seal twice what `dumpdata` wrote

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def from_db_value(self, value, expression, connection):
        return value if value is None else Sealed(value)

    def get_prep_value(self, value):
        if value is None:
            return None
        return str(value if isinstance(value, Sealed) else seal(value))

    def pre_save(self, model_instance, add):
        return model_instance.__dict__.get(self.attname)  # what was never opened is stored again as it was

    def value_from_object(self, obj):
        """For forms and fixtures."""
        stored = self.get_prep_value(obj.__dict__.get(self.attname))
        return stored and self.IN_FIXTURES + stored

    def to_python(self, value):
        if isinstance(value, str) and value.startswith(self.IN_FIXTURES):
            return Sealed(value.removeprefix(self.IN_FIXTURES))
        return value if value is None or isinstance(value, Sealed) else super().to_python(value)
