"""What the sandbox says, in the shapes of X's API v2."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from i4emploi_site.demo.sandbox_x.world import Tweet, User


def problem(title: str, detail: str) -> dict:
    return {"title": title, "detail": detail, "type": "about:blank"}


def tweet_json(tweet: Tweet, fields: str, now: float) -> dict:
    shown: dict = {"id": tweet.id, "text": tweet.wire_text}
    if "public_metrics" in fields:
        shown["public_metrics"] = tweet.metrics(now)
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
