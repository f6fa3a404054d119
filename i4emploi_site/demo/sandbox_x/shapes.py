"""Users and tweets, and how X's API v2 says them."""

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from i4emploi_site.demo.sandbox.world import views

URL = re.compile(r"https?://\S+")


@dataclass
class User:
    id: str
    username: str
    name: str
    followers: int
    description: str = ""


@dataclass
class Tweet:
    id: str
    author: User
    text: str
    at: float
    chance: float
    speed: float
    reposters: dict[str, tuple[str, float]] = field(default_factory=dict)  # user id: (the repost's own id, when)
    deleted: bool = False

    @property
    def links(self) -> list[str]:
        return [link.rstrip(".,;:!?)»”\"'") for link in URL.findall(self.text)]

    @property
    def wire_text(self) -> str:
        """As X answers it: each link behind a t.co address, and & < > escaped."""
        text = html.escape(self.text, quote=False)
        for number, link in enumerate(self.links):
            text = text.replace(html.escape(link, quote=False), self.short(number), 1)
        return text

    def short(self, number: int) -> str:
        return f"https://t.co/{self.id[-8:]}{number}"

    def metrics(self, now: float) -> dict[str, int]:
        """Counters that grow as time passes, towards a share of the followers that the tweet's chance decides."""
        seen = views(self.author.followers, self.chance, (now - self.at) * self.speed)
        return {
            "impression_count": int(seen) + 1,
            "like_count": int(seen * 0.02),
            "retweet_count": len(self.reposters) + int(seen * 0.004),
            "reply_count": int(seen * 0.002),
            "quote_count": 0,
            "bookmark_count": 0,
        }


def problem(title: str, detail: str) -> dict:
    return {"title": title, "detail": detail, "type": "about:blank"}


def tweet_json(tweet: Tweet, fields: str, now: float) -> dict:
    shown: dict = {"id": tweet.id, "text": tweet.wire_text}
    if "public_metrics" in fields:
        shown["public_metrics"] = tweet.metrics(now)
    if "author_id" in fields:
        shown["author_id"] = tweet.author.id
    if "created_at" in fields:
        shown["created_at"] = datetime.fromtimestamp(tweet.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if "entities" in fields:
        urls = [{"url": tweet.short(number), "expanded_url": link} for number, link in enumerate(tweet.links)]
        shown["entities"] = {"urls": urls} if urls else {}
    return shown


def user_json(user: User, fields: str) -> dict:
    shown: dict = {"id": user.id, "name": user.name, "username": user.username}
    if "description" in fields:
        shown["description"] = user.description
    if "public_metrics" in fields:
        shown["public_metrics"] = {"followers_count": user.followers, "following_count": 0, "tweet_count": 0}
    return shown
