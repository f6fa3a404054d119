"""What the AppView answers, through the PDS: posts and people as everybody sees them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from i4emploi_site.demo.sandbox.world import Refused
from i4emploi_site.demo.sandbox_bluesky.lexicon import AT_URI, DID, HANDLE
from i4emploi_site.demo.sandbox_bluesky.shapes import POST, REPOST, Record, instant, invalid, no, post_view, profile
from i4emploi_site.demo.sandbox_bluesky.world import World

Query = dict[str, list[str]]
BATCH = 25


def get_posts(world: World, query: Query) -> dict:
    uris = _batch(query, "uris", lambda uri: bool(AT_URI.fullmatch(uri)), "at-uri")
    found = [world.at(uri) for uri in dict.fromkeys(uris)]
    return {
        "posts": [_view(world, record) for record in found if record and record.shown and record.collection == POST]
    }


def get_profiles(world: World, query: Query) -> dict:
    try:
        found = [world.seen(actor) for actor in _batch(query, "actors", _names_somebody, "did or a handle")]
    except Refused as error:  # the PDS stumbles over what the AppView says of it
        raise no(500, "InternalServerError", "Internal Server Error") from error
    people = {account.did: account for account in found if account}
    return {"profiles": [profile(account, detailed=True) for account in people.values()]}


def get_profile(world: World, query: Query) -> dict:
    return profile(_actor(world, query), detailed=True)


def get_author_feed(world: World, query: Query) -> dict:
    """The person's posts and reposts, newest first."""
    account = _actor(world, query)
    own = [record for record in account.records.get(POST, {}).values() if record.shown]
    feed = [(record.at, {"post": _view(world, record)}) for record in own]
    for repost in account.records.get(REPOST, {}).values():
        original = world.at(repost.value["subject"]["uri"])
        if original and original.shown and original.collection == POST:
            reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": profile(account), "uri": repost.uri}
            reason |= {"cid": repost.cid, "indexedAt": instant(repost.at)}
            feed.append((repost.at, {"post": _view(world, original), "reason": reason}))
    return _page("feed", [line for _at, line in sorted(feed, key=lambda pair: -pair[0])], query, 50)


def get_reposted_by(world: World, query: Query) -> dict:
    uri = query["uri"][-1]
    return {"uri": uri} | _page("repostedBy", [profile(account) for account in world.reposters(uri)], query, 50)


def search_posts(world: World, query: Query) -> dict:
    """Every word of `q` must be there, a #tag as a facet or in the text; newest first, whatever `sort` says."""
    words = query["q"][-1].lower().split()
    tags = [f"#{tag.lower().removeprefix('#')}" for tag in query.get("tag", [])]
    wanted = [word for word in [*words, *tags] if word != "*"]
    since, until = (_date(query[name][-1]) if name in query else None for name in ("since", "until"))
    found = [
        record
        for record in reversed(world.posts())
        if record.shown
        and (since is None or record.at >= since)
        and (until is None or record.at < until)
        and all(_says(record, word) for word in wanted)
    ]
    return _page("posts", [_view(world, record) for record in found], query, 25)


def _page(name: str, items: list[dict], query: Query, default: int) -> dict:
    """A page that has anything has a cursor, even if nothing follows."""
    start, size = int(query.get("cursor", ["0"])[-1]), int(query.get("limit", [str(default)])[-1])
    if not 1 <= size <= 100:
        raise invalid(f"Error: limit can not be {'less than 1' if size < 1 else 'greater than 100'}")
    shown = items[start : start + size]
    return {name: shown} | ({"cursor": str(start + size)} if shown else {})


METHODS: dict[str, Callable[[World, Query], dict]] = {
    "app.bsky.feed.getPosts": get_posts,
    "app.bsky.feed.getAuthorFeed": get_author_feed,
    "app.bsky.feed.getRepostedBy": get_reposted_by,
    "app.bsky.feed.searchPosts": search_posts,
    "app.bsky.actor.getProfile": get_profile,
    "app.bsky.actor.getProfiles": get_profiles,
}


def _view(world: World, record: Record) -> dict:
    return post_view(record, world.audience_clock, len(world.reposters(record.uri)))


def _actor(world: World, query: Query):
    account = world.seen(query["actor"][-1])
    if account is None:
        raise invalid("Profile not found")
    return account


def _names_somebody(actor: str) -> bool:
    return bool(DID.fullmatch(actor) or HANDLE.fullmatch(actor))


def _batch(query: Query, name: str, takes: Callable[[str], bool], kind: str) -> list[str]:
    asked = query[name]
    if len(asked) > BATCH:
        raise invalid(f"Error: {name} must not have more than {BATCH} elements")
    for number, one in enumerate(asked):
        if not takes(one):
            raise invalid(f"Error: {name}/{number} must be a valid {kind}")
    return asked


def _says(record: Record, word: str) -> bool:
    if word.startswith("#"):
        return word[1:] in record.tags or word in re.split(r"[^\w#]+", record.text.lower())
    return word in record.text.lower()


def _date(text: str) -> float:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
