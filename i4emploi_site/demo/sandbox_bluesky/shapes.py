"""Accounts and records, and how the PDS and the AppView say them."""

import json
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from i4emploi_site.demo.sandbox.world import Refused, views

POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass
class Account:
    did: str
    handle: str
    name: str
    followers: int
    description: str
    app_password: str
    status: str = "active"  # or "deactivated", "takendown", "deleted"
    written: int = 0  # posts, ever
    records: dict[str, dict[str, "Record"]] = field(default_factory=dict)  # collection: name: record

    @property
    def active(self) -> bool:
        return self.status == "active"


@dataclass
class Record:
    author: Account
    collection: str
    rkey: str
    value: dict
    cid: str
    at: float
    chance: float
    speed: float
    gone: bool = False  # deleted or replaced by its author
    moderated: bool = False

    @property
    def uri(self) -> str:
        return f"at://{self.author.did}/{self.collection}/{self.rkey}"

    @property
    def shown(self) -> bool:
        return not self.gone and not self.moderated and self.author.active

    @property
    def text(self) -> str:
        return self.value.get("text", "")

    @property
    def features(self) -> list[dict]:
        return [feature for facet in self.value.get("facets", []) for feature in facet["features"]]

    @property
    def links(self) -> list[str]:
        """Only a facet makes a link: an address without one is plain text."""
        return [feature["uri"] for feature in self.features if "uri" in feature]

    @property
    def tags(self) -> set[str]:
        return {feature["tag"].lower() for feature in self.features if "tag" in feature}

    def counts(self, now: float, reposters: int) -> dict[str, int]:
        """Counters that grow as time passes; Bluesky tells nobody how many saw a post."""
        seen = views(self.author.followers, self.chance, (now - self.at) * self.speed)
        return {
            "bookmarkCount": 0,
            "replyCount": int(seen * 0.002),
            "repostCount": reposters + int(seen * 0.004),
            "likeCount": int(seen * 0.02),
            "quoteCount": 0,
        }


def no(status: int, error: str, message: str) -> Refused:
    return Refused(status, {"error": error, "message": message})


def invalid(message: str) -> Refused:
    return no(400, "InvalidRequest", message)


def cid(value: object) -> str:
    """The same for the same content, as a real one is; it hashes JSON where a real one hashes DAG-CBOR."""
    content = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return "bafyrei" + b32encode(sha256(content).digest()).decode().rstrip("=").lower()


def tid(number: int) -> str:
    return "".join(SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def profile(account: Account, *, detailed: bool = False) -> dict:
    shown: dict = {"did": account.did, "handle": account.handle, "labels": []}
    shown |= {"displayName": account.name} if account.name else {}
    shown |= {"description": account.description} if account.description else {}
    if detailed:
        posts = sum(record.shown for record in account.records.get(POST, {}).values())
        shown |= {"followersCount": account.followers, "followsCount": 0, "postsCount": posts}
    return shown


def post_view(record: Record, now: float, reposters: int) -> dict:
    author = {name: value for name, value in profile(record.author).items() if name != "description"}
    return {
        "uri": record.uri,
        "cid": record.cid,
        "author": author,
        "record": record.value,
        **record.counts(now, reposters),
        "indexedAt": instant(record.at),
        "labels": [],
    }
