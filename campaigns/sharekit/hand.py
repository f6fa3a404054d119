"""Relaying by hand: the address at which each network opens with a text and a link already written."""

import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

from django.http import HttpResponseRedirect

CHANNELS = {  # label: address with the text and the link to fill in
    "X": "https://x.com/intent/post?text={text}&url={url}",
    "Bluesky": "https://bsky.app/intent/compose?text={both}",
    "LinkedIn": "https://www.linkedin.com/sharing/share-offsite/?url={url}",
    "Facebook": "https://www.facebook.com/sharer.php?u={url}",
    "WhatsApp": "https://wa.me/?text={both}",
    "Telegram": "https://t.me/share/url?url={url}&text={text}",
    "E-mail": "mailto:?subject={text}&body={both}",
}
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.I)


class Outside(HttpResponseRedirect):
    allowed_schemes = ["https"]


def channels(text: str, url_on: Callable[[str], str]) -> list[tuple[str, str]]:
    """(network, address that opens it); `url_on` gives the link to share on the network of this label."""
    return [(label, _filled(address, text, url_on(label))) for label, address in CHANNELS.items()]


def instance_of(typed: str) -> str:
    """The host of a Mastodon instance as people type it; empty when it is none."""
    host = typed.strip().removeprefix("https://").strip("/")
    return host if HOST.fullmatch(host) else ""


def on_mastodon(instance: str, text: str, url: str) -> Outside:
    return Outside(f"https://{instance}/share?{urlencode({'text': f'{text} {url}'}, quote_via=quote)}")


def _filled(address: str, text: str, url: str) -> str:
    return address.format(text=quote(text), url=quote(url, safe=""), both=quote(f"{text} {url}"))
