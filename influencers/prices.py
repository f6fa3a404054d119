"""What the networks charge (networks that are not in the table charge nothing). Money is whole numbers, never floats:
micro-dollars as it is charged, micro-euros as it is counted and capped.
"""

from decimal import ROUND_CEILING, Decimal

from twitter_text import extract_urls

MICRO = 1_000_000

POST = "post"
POST_WITH_URL = "post_with_url"
REPOST = "repost"
POST_READ = "post_read"
USER_READ = "user_read"
RECENT_COUNTS = "recent_counts"
CALLS = (POST, POST_WITH_URL, REPOST, POST_READ, USER_READ, RECENT_COUNTS)

MICRO_DOLLARS = {  # of one unit: a post written or read, a person read, a request for recent counts
    # X, pay per use (https://docs.x.com/x-api/getting-started/pricing); of a repost, what it says of an interaction
    ("x", POST): 15_000,
    ("x", POST_WITH_URL): 200_000,
    ("x", REPOST): 15_000,
    ("x", POST_READ): 5_000,
    ("x", USER_READ): 10_000,
    ("x", RECENT_COUNTS): 5_000,
}
PAID_NETWORKS = frozenset(network for network, _call in MICRO_DOLLARS)


def call_of_post(kind: str, text: str) -> str:
    """Which call a post is, by its kind and by its words as the network will show them, link included."""
    if kind == REPOST:
        return REPOST
    return POST_WITH_URL if has_url(text) else POST


def has_url(text: str) -> bool:
    """X makes a link of « exemple.fr », too; an address that it would leave as words is counted, to be on the safe side."""
    return "://" in text or bool(extract_urls(text))


def cost_of(network: str, call: str, units: int = 1) -> int:
    """In micro-dollars."""
    return MICRO_DOLLARS.get((network, call), 0) * units


def cost_of_post(network: str, kind: str, text: str) -> int:
    """In micro-dollars, of a post that leaves by the network's API: what a person posts themselves costs nothing."""
    return cost_of(network, call_of_post(kind, text)) if network in PAID_NETWORKS else 0


def in_euros(micro_dollars: int, rate: Decimal) -> int:
    """Micro-euros at `rate` euros for a dollar, rounded up."""
    return int((micro_dollars * rate).to_integral_value(ROUND_CEILING))
