"""Start-up checks: each says what is wrong with the settings, and how to mend it."""

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, register
from django.core.management.base import BaseCommand

AT_START = "i4emploi"
NEW_KEY = (
    "Make one with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())', "
    "and put it first in I4_VAULT_KEYS, before a comma and the keys that are still needed."
)


def run_at_start() -> None:
    """For servers and workers, which run no management command. Raises SystemCheckError."""
    BaseCommand().check(tags=[AT_START])


@register(AT_START)
def vault_keys(app_configs, **kwargs) -> list[Error]:
    if not settings.VAULT_KEYS:
        return [Error("I4_VAULT_KEYS holds no key: no token can be sealed.", hint=NEW_KEY, id="i4emploi.E001")]
    found = []
    for number, key in enumerate(settings.VAULT_KEYS, start=1):
        if not _is_key(key):
            found.append(Error(f"Key {number} of I4_VAULT_KEYS is no Fernet key.", hint=NEW_KEY, id="i4emploi.E002"))
        elif settings.PRODUCTION and key == settings.SECRET_KEY:
            found.append(
                Error(
                    f"Key {number} of I4_VAULT_KEYS is I4_SECRET_KEY: whoever learns one opens both.",
                    hint=f"{NEW_KEY} Then run: python manage.py rotate_vault_keys.",
                    id="i4emploi.E003",
                )
            )
    return found


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
