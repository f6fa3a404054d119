"""Typed readers of environment variables. An empty variable counts as absent."""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


class BadEnvironment(Exception):
    """A variable is set to something that cannot be read; the message says what to write instead."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise BadEnvironment(f"{name}={value!r}: write 1 or 0.")


def integer(name: str, default: int) -> int:
    value = text(name)
    try:
        return int(value) if value else default
    except ValueError:
        raise BadEnvironment(f"{name}={value!r}: write a whole number.") from None


def amount(name: str, default: str) -> Decimal:
    """A number above 0, which may have decimals."""
    value = text(name, default)
    try:
        found = Decimal(value.replace(",", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0:
        raise BadEnvironment(f"{name}={value!r}: write a number above 0, such as 0.92.")
    return found


def words(name: str, default: list[str] | None = None) -> list[str]:
    """Comma-separated values."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or (default or [])


def path(name: str, default: Path) -> Path:
    value = text(name)
    return Path(value).expanduser().resolve() if value else default


def paces(name: str, default: dict[str, dict[str, tuple[int, int]]]) -> dict[str, dict[str, tuple[int, int]]]:
    """`default` with what "network.scope=requests/seconds", comma-separated, changes in it."""
    changed = {network: dict(scopes) for network, scopes in default.items()}
    for word in words(name):
        try:
            where, allowed = word.split("=")
            network, scope = where.split(".")
            requests, seconds = (int(number) for number in allowed.split("/"))
            changed[network][scope] = max(requests, 1), max(seconds, 1)
        except (KeyError, ValueError):
            raise BadEnvironment(f"{name}={word!r}: write for example mastodon.instance=300/300.") from None
    return changed
