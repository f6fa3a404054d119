"""How often one sender may do one thing."""

from django.core.cache import cache
from redis.exceptions import RedisError

from i4emploi_site.lib.vault import keyed_digest

HOUR_SECONDS = 3600


def too_many(what: str, who: str, limit: int) -> bool:
    """Counts this try and says whether `who` has used up their hour. Only a keyed digest of `who` is kept.

    Without Valkey nobody is held back.
    """
    key = f"limit:{what}:{keyed_digest(who)}"
    try:
        cache.add(key, 0, HOUR_SECONDS)
        return cache.incr(key) > limit
    except (RedisError, ValueError):  # ValueError: the hour ended between the two calls
        return False
