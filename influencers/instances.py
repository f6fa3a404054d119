"""Which Mastodon instances we may call: anybody may name one."""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

HOST_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class BadInstance(Exception):
    """What was typed is no Mastodon instance that we may call; the message is for people."""


def listed() -> list[str]:
    """The instances that the operator chose: these alone may be plain or local."""
    return [url.rstrip("/") for url in settings.MASTODON_INSTANCES]


def address_of(typed: str) -> str:
    """The address of a Mastodon instance from what a person typed (« piaille.fr », « @moi@piaille.fr », an address).

    Raises BadInstance for anything but https on a public host: a server of ours must never be made to call its own
    network. What is reached later is checked again by `BoundedSession`.
    """
    typed = typed.strip().rstrip("/").lower()
    for chosen in listed():
        if typed in (chosen.lower(), urlsplit(chosen).netloc.lower()):
            return chosen
    if "://" not in typed:
        typed = "https://" + typed.rsplit("@", 1)[-1]
    try:
        parts = urlsplit(typed)
        plain = parts.scheme == "https" and parts.port in (None, 443) and "@" not in parts.netloc
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        plain, host = False, ""
    if not plain or not HOST_NAME.fullmatch(host):
        raise BadInstance(_("Donnez l’adresse d’une instance, comme mastodon.social ou piaille.fr."))
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    except OSError:
        raise BadInstance(_("Cette instance est introuvable : vérifiez son adresse.")) from None
    if not found or not all(ipaddress.ip_address(address.split("%")[0]).is_global for address in found):
        raise BadInstance(_("Cette adresse n’est pas celle d’une instance publique."))
    return f"https://{host}"
