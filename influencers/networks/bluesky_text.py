"""What Bluesky makes of a text and of a key: its length, its links and tags, its record's name. Pure."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import regex

MOST_GRAPHEMES, MOST_BYTES = 300, 3000  # lexicon app.bsky.feed.post
LONGEST_TAG = 64  # graphemes, lexicon app.bsky.richtext.facet
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"  # https://atproto.com/specs/tid
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LINK = regex.compile(r"https?://[^\s<>\"«»]+", regex.IGNORECASE)
AFTER_A_LINK = regex.compile(r"[.,;:!?'’…]+$")
TAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/#＃])[#＃]((?=[\p{N}_]*[\p{L}])[\p{L}\p{M}\p{N}_]+)")


def graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def measure(text: str) -> int:
    """Graphemes; a text whose bytes would be refused (above 3,000 in UTF-8) measures more than 300 as well."""
    return max(graphemes(text), math.ceil(len(text.encode()) * MOST_GRAPHEMES / MOST_BYTES))


def facets(text: str) -> list[dict]:
    """Links and tags, in order, by their places in UTF-8 bytes (https://docs.bsky.app/docs/advanced-guides/post-richtext)."""
    found = []
    links = list(_links(text))
    for start, end in links:
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": text[start:end]}
        found.append((start, end, feature))
    for tag in TAG.finditer(text):
        inside_a_link = any(start < tag.end() and tag.start() < end for start, end in links)
        if not inside_a_link and graphemes(tag[1]) <= LONGEST_TAG:
            found.append((tag.start(), tag.end(), {"$type": "app.bsky.richtext.facet#tag", "tag": tag[1]}))
    return [
        {
            "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
            "features": [feature],
        }
        for start, end, feature in sorted(found, key=lambda one: one[:2])
    ]


def _links(text: str) -> Iterator[tuple[int, int]]:
    """Where links stand, without the punctuation of the sentence that holds them."""
    for found in LINK.finditer(text):
        link = AFTER_A_LINK.sub("", found[0])
        while link.endswith(")") and link.count(")") > link.count("("):
            link = AFTER_A_LINK.sub("", link[:-1])
        if len(link) > len("https://"):
            yield found.start(), found.start() + len(link)


def record_key(at: datetime, key: str) -> str:
    """The name of a record: a TID of `at` and of the key, the same at every attempt.

    `at` gives the millisecond, the key what is below it (the microsecond and the clock): of two posts of one account
    that leave in one wave, at one instant, one in a million would take the other's name.
    """
    below = int.from_bytes(sha256(key.encode()).digest()[:8]) % (1000 << 10)
    value = ((at - EPOCH) // timedelta(milliseconds=1) * 1000 << 10) + below
    return "".join(SORTABLE[value >> shift & 31] for shift in range(60, -1, -5))
