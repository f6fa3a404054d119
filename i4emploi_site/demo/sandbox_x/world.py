"""The sandbox's state: users, tokens, posts, reposts, clicks. Every method is called under the world's lock."""

import hashlib
import itertools
import secrets
import time
from base64 import urlsafe_b64encode

from twitter_text import parse_tweet

from i4emploi_site.demo.sandbox.world import Refused, SandboxWorld
from i4emploi_site.demo.sandbox_x.shapes import Tweet, User, problem, tweet_json

CODE_SECONDS = 30
TOKEN_SECONDS = 7200
POSTS_PER_WINDOW, WINDOW_SECONDS = 100, 900


class World(SandboxWorld):
    def __init__(self, seed: int = 2015, speed: float = 60):
        super().__init__(seed, speed)
        self.ids = itertools.count(1_700_000_000_000_000_000)
        self.users: dict[str, User] = {}
        self.tweets: dict[str, Tweet] = {}
        self.codes: dict[str, dict] = {}
        self.access: dict[str, tuple[User, float, str]] = {}  # token: (user, expiry, family)
        self.refresh: dict[str, tuple[User, str, bool]] = {}  # token: (user, family, used)
        self.dead_families: set[str] = set()

    # --- users and tokens ----------------------------------------------------------------------------------------

    def add_user(self, username: str, name: str = "", followers: int = 100, description: str = "") -> User:
        user = User(str(next(self.ids)), username, name or username, followers, description)
        self.users[user.id] = user
        return user

    def add(self, **asked) -> dict:
        user = self.add_user(**asked)
        return {"id": user.id, "username": user.username} | self.issue(user, f"control-{user.id}")

    def authorize(self, user_id: str, redirect_uri: str, challenge: str, client_id: str) -> str:
        code = secrets.token_urlsafe(24)
        self.codes[code] = {
            "user": self.users[user_id],
            "redirect_uri": redirect_uri,
            "challenge": challenge,
            "client_id": client_id,
            "until": time.time() + CODE_SECONDS,
        }
        return code

    def token(self, form: dict[str, str]) -> dict:
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        code = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            code is None
            or code["until"] < time.time()
            or code["challenge"] != challenge
            or code["redirect_uri"] != form.get("redirect_uri")
            or code["client_id"] != form.get("client_id")
        ):
            raise Refused(400, {"error": "invalid_grant", "error_description": "The code is wrong, used or too old."})
        return self.issue(code["user"], secrets.token_hex(8))

    def issue(self, user: User, family: str) -> dict:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.access[access] = (user, time.time() + TOKEN_SECONDS, family)
        self.refresh[refresh] = (user, family, False)
        return {
            "token_type": "bearer",
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": TOKEN_SECONDS,
            "scope": "tweet.read tweet.write users.read offline.access",
        }

    def _refresh(self, token: str) -> dict:
        """Single use: the second use of a refresh token kills every token of its family."""
        user, family, used = self.refresh.get(token, (None, "", True))
        if used and family:
            self.dead_families.add(family)
        if user is None or used or family in self.dead_families:
            raise Refused(
                400, {"error": "invalid_grant", "error_description": "Value passed for the token was invalid."}
            )
        self.refresh[token] = (user, family, True)
        return self.issue(user, family)

    def revoke(self, token: str) -> None:
        for _user, _rest, family in [
            *([self.access[token]] if token in self.access else []),
            *([(None, None, self.refresh[token][1])] if token in self.refresh else []),
        ]:
            self.dead_families.add(family)

    def owner(self, token: str) -> User:
        user, until, family = self.access.get(token, (None, 0, ""))
        if user is None or until < time.time() or family in self.dead_families:
            raise Refused(
                401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
            )
        return user

    # --- posting -------------------------------------------------------------------------------------------------

    def post(self, user: User, text: str) -> Tweet:
        if not text.strip():
            raise Refused(400, problem("Invalid Request", "Tweet text cannot be empty."))
        if parse_tweet(text).weightedLength > 280:
            raise Refused(403, problem("Forbidden", "Your Tweet text is too long."))
        mine = [tweet for tweet in self.tweets.values() if tweet.author is user]
        if any(tweet.text == text and not tweet.deleted for tweet in mine):
            raise Refused(403, problem("Forbidden", "You are not allowed to create a Tweet with duplicate content."))
        if self.limits(user)["x-rate-limit-remaining"] == "0":
            raise Refused(429, problem("Too Many Requests", "Too Many Requests"), self.limits(user))
        chance = self.chance(user.username, len(mine))
        tweet = Tweet(str(next(self.ids)), user, text, time.time(), chance, self.speed)
        self.tweets[tweet.id] = tweet
        return tweet

    def repost(self, user: User, tweet_id: str) -> None:
        tweet = self.visible(tweet_id)
        if user.id in tweet.reposters:
            raise Refused(400, problem("Invalid Request", "You have already retweeted this Tweet."))
        tweet.reposters[user.id] = (str(next(self.ids)), time.time())

    def unrepost(self, user: User, tweet_id: str) -> None:
        self.visible(tweet_id).reposters.pop(user.id, None)

    def limits(self, user: User) -> dict[str, str]:
        """X's headers: tweets left to this user in a sliding window, and when the oldest one leaves it."""
        since = time.time() - WINDOW_SECONDS
        recent = [tweet.at for tweet in self.tweets.values() if tweet.author is user and tweet.at > since]
        return {
            "x-rate-limit-limit": str(POSTS_PER_WINDOW),
            "x-rate-limit-remaining": str(max(POSTS_PER_WINDOW - len(recent), 0)),
            "x-rate-limit-reset": str(int(min(recent, default=time.time()) + WINDOW_SECONDS) + 1),
        }

    def timeline(self, user_id: str, fields: str, since: float) -> list[dict]:
        """The user's tweets and reposts, newest first."""
        shown = []
        for tweet in self.tweets.values():
            if tweet.deleted:
                continue
            if tweet.author.id == user_id:
                shown.append((tweet.at, tweet_json(tweet, fields, self.audience_clock)))
            if user_id in tweet.reposters:
                repost_id, at = tweet.reposters[user_id]
                line: dict = {"id": repost_id, "text": f"RT @{tweet.author.username}: {tweet.wire_text}"[:140]}
                if "referenced_tweets" in fields:
                    line["referenced_tweets"] = [{"type": "retweeted", "id": tweet.id}]
                shown.append((at, line))
        return [line for at, line in sorted(shown, key=lambda pair: -pair[0]) if at >= since]

    def visible(self, tweet_id: str) -> Tweet:
        tweet = self.tweets.get(tweet_id)
        if tweet is None or tweet.deleted:
            raise Refused(404, problem("Not Found Error", f"Could not find tweet with id: [{tweet_id}]."))
        return tweet

    def links(self) -> list[str]:
        return [link for tweet in self.tweets.values() if not tweet.deleted for link in tweet.links]

    def ledger(self) -> dict:
        return super().ledger() | {
            "tweets": [
                {
                    "id": tweet.id,
                    "author": tweet.author.username,
                    "text": tweet.text,
                    "deleted": tweet.deleted,
                    "reposts": len(tweet.reposters),
                    "public_metrics": tweet.metrics(self.audience_clock),
                }
                for tweet in self.tweets.values()
            ],
            "reposts": sum(len(tweet.reposters) for tweet in self.tweets.values()),
        }
