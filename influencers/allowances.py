"""How many requests each network still lets us make: windows per application, instance and account, kept in Valkey.

The limits are the networks' own (`settings.NETWORK_PACE`); what a network's headers say wins over them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import redis
from django.conf import settings

from influencers.models import Post
from influencers.networks.base import Limit

# KEYS: the windows. ARGV: now (ms); per key its limit and length (ms); then per post how many keys, and their places.
TAKE = """
local now, place = tonumber(ARGV[1]), 2
local left, reset, limit = {}, {}, {}
for key = 1, #KEYS do
  local kept = redis.call('HMGET', KEYS[key], 'left', 'reset', 'limit')
  limit[key] = tonumber(kept[3]) or tonumber(ARGV[place])
  left[key], reset[key] = tonumber(kept[1]), tonumber(kept[2])
  if not reset[key] or reset[key] <= now then
    left[key], reset[key] = limit[key], now + tonumber(ARGV[place + 1])
  end
  place = place + 2
end
local waits = {}
while place <= #ARGV do
  local wait, many = 0, tonumber(ARGV[place])
  for step = 1, many do
    local key = tonumber(ARGV[place + step])
    if left[key] < 1 then wait = math.max(wait, reset[key] - now) end
  end
  if wait == 0 then
    for step = 1, many do
      local key = tonumber(ARGV[place + step])
      left[key] = left[key] - 1
    end
  end
  waits[#waits + 1] = wait
  place = place + many + 1
end
for key = 1, #KEYS do
  redis.call('HSET', KEYS[key], 'left', left[key], 'reset', reset[key])
  redis.call('PEXPIREAT', KEYS[key], math.max(reset[key], now) + 86400000)
end
return waits
"""

# A network's word on a window: requests still in flight are counted by us and not yet by it, so the lower figure holds.
HEED = """
local kept = redis.call('HMGET', KEYS[1], 'left', 'reset')
local left, reset = tonumber(kept[1]), tonumber(kept[2])
local said, until_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
if left and reset and math.abs(reset - until_ms) < 2000 then said = math.min(left, said) end
redis.call('HSET', KEYS[1], 'left', said, 'reset', until_ms, 'limit', ARGV[1])
redis.call('PEXPIREAT', KEYS[1], until_ms + 86400000)
"""


class Unknown(Exception):
    """Valkey does not answer: nobody can say whether a request is allowed."""


@lru_cache(maxsize=4)
def _valkey(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


def take(posts: Sequence[Post], now: datetime) -> dict:
    """Take one request for each post that all its windows allow. Returns how long each of the others has to wait,
    by post id. Raises Unknown.
    """
    windows: dict[str, tuple[int, int]] = {}
    wanted = []
    for post in posts:
        keys = []
        for scope, (limit, seconds) in settings.NETWORK_PACE.get(post.network, {}).items():
            key = _key(post.network, scope, post)
            windows.setdefault(key, (limit, seconds * 1000))
            keys.append(key)
        wanted.append(keys)
    if not windows:
        return {}
    places = {key: place for place, key in enumerate(windows, 1)}
    arguments: list[int] = [int(now.timestamp() * 1000)]
    for window in windows.values():
        arguments += window
    for keys in wanted:
        arguments += [len(keys), *(places[key] for key in keys)]
    try:
        waits = _valkey(settings.REDIS_URL).register_script(TAKE)(list(windows), arguments)
    except redis.RedisError as error:
        raise Unknown(type(error).__name__) from error
    return {post.pk: timedelta(milliseconds=wait) for post, wait in zip(posts, waits, strict=True) if wait}


def heed(post: Post, limits: Sequence[Limit]) -> None:
    """Remember what the network's headers said of our windows; a Valkey that is away forgets it."""
    try:
        for limit in limits:
            key = _key(post.network, limit.scope, post)
            arguments = [limit.limit, limit.remaining, int(limit.reset_at.timestamp() * 1000)]
            _valkey(settings.REDIS_URL).register_script(HEED)([key], arguments)
    except redis.RedisError:
        return


def _key(network: str, scope: str, post: Post) -> str:
    whose = {"app": "", "instance": post.account.base_url, "account": str(post.account_id)}[scope]
    return f"pace:{network}:{scope}:{whose}"
