"""Whose request is it: a person's, a robot's or link preview's, or a mere HEAD?"""

import re
from collections.abc import Mapping
from functools import cache

import crawleruseragents

from campaigns.models import ClickKind

PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
# Link previews that the maintained list of crawlers does not name.
ALSO = r"Bluesky|Cardyb|Mastodon|Slack|Discord|WhatsApp|Telegram|Signal|facebookexternalhit|LinkedIn|Proofpoint|Mimecast|Barracuda|SafeLinks|preview|python|curl|wget|okhttp|Go-http"


@cache
def _robots() -> re.Pattern:
    patterns = [crawler["pattern"] for crawler in crawleruseragents.CRAWLER_USER_AGENTS_DATA]
    return re.compile("|".join([*patterns, ALSO]), re.IGNORECASE)


def kind_of(method: str, headers: Mapping[str, str]) -> ClickKind:
    if method == "HEAD":
        return ClickKind.HEAD
    user_agent = headers.get("User-Agent", "")
    fetched_ahead = any(
        "prefetch" in headers.get(name, "").lower() or "preview" in headers.get(name, "").lower()
        for name in PREFETCH_HEADERS
    )
    if not user_agent or fetched_ahead or _robots().search(user_agent):
        return ClickKind.ROBOT
    return ClickKind.HUMAN
