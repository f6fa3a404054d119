"""Who is not a person: crawlers, link previews and prefetching browsers."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

PREFETCH_HEADERS = ("Sec-Purpose", "X-Purpose", "Purpose", "X-Moz")
BROWSER = ("Mozilla/5.0 (", "Opera/")  # every browser that people hold names its machine there
PREFETCH_WORDS = ("prefetch", "preview", "prerender")

# Link previews and tools that the maintained list of crawlers does not name.
ALSO = (
    r"(?i:Bluesky|Cardyb|Mastodon|Slack|Discord|WhatsApp|TelegramBot|Signal|facebookexternalhit|LinkedInBot"
    r"|Proofpoint|Mimecast|Barracuda|SafeLinks|preview|python|curl|wget|okhttp|Go-http|scrapy|undici|\bnode\b|Java/|Guzzle|PHP|Ruby|reqwest|Postman|Deno|Bun/"
    r"|RestSharp|fasthttp|hackney|Lynx|Pleroma|Akkoma|Misskey|Nextcloud|TeamsBot)"
)


@cache
def _known_robots() -> re.Pattern[str]:
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # 1 MB of JSON: read once, by the first click

    return re.compile("|".join([*(f"(?:{robot['pattern']})" for robot in CRAWLER_USER_AGENTS_DATA), ALSO]))


@lru_cache(maxsize=10_000)  # a search costs most of a millisecond, and people share few user agents
def is_robot(user_agent: str) -> bool:
    """Whether this user agent is a known robot, a link preview, or says nothing at all."""
    if not user_agent.startswith(BROWSER):
        return True
    return _known_robots().search(user_agent) is not None


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether a browser fetches ahead, before anybody has chosen to go there."""
    if headers.get("Sec-Fetch-Dest", "document") not in ("document", ""):
        return True  # an image or a frame of another page: nobody chose to go there
    said = " ".join(headers.get(name, "") for name in PREFETCH_HEADERS).lower()
    return any(word in said for word in PREFETCH_WORDS)
