"""X's HTTP face."""

import html
import json
import re
import time
from datetime import datetime
from urllib.parse import parse_qs, urlencode

from i4emploi_site.demo.sandbox.server import Answer, SandboxHandler, Server
from i4emploi_site.demo.sandbox.world import Fault, Refused
from i4emploi_site.demo.sandbox_x.shapes import problem, tweet_json, user_json
from i4emploi_site.demo.sandbox_x.world import World

SAID = (
    "<p>Un X de démonstration. Choisissez le compte qui permet à i4emploi de lire son profil et de publier pour lui "
    "(tweet.read, tweet.write, users.read, offline.access).</p>"
)
LIMIT_SECONDS = 2  # how long a 429 that was asked for lasts
REFUSALS = {
    "402": (402, {"type": "https://api.x.com/2/problems/credits-depleted", "title": "CreditsDepleted",
                  "detail": "Your account has no credits left."}),
    "locked": (403, problem("Forbidden", "To protect our users, this account is temporarily locked.")),
    "app-suspended": (403, {"type": "https://api.x.com/2/problems/client-forbidden", "title": "Client Forbidden",
                            "detail": "This application was suspended."}),
    "scope": (403, problem("Forbidden", "Your client app is not configured with the appropriate oauth2 scope.")),
    "bad-token": (400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}),
    "bad-request": (400, {"error": "invalid_request", "error_description": "Missing required parameter [client_id]."}),
}  # fmt: skip


def make_server(port: int, world: World | None = None) -> Server:
    """A server on 127.0.0.1 (port 0: any free one); its state is `server.world`."""
    return Server(port, Handler, world or World())


class Handler(SandboxHandler):
    server_version = "SandboxX"

    def nonsense(self, error: Exception) -> dict:
        return problem("Invalid Request", repr(error))

    def network(self, path: str, query: dict[str, list[str]], body: bytes, fault: Fault | None) -> Answer:
        asked = {name: values[-1] for name, values in query.items()}
        with self.world.lock:
            self.world.attempts += self.command == "POST" and (path == "/2/tweets" or path.endswith("/retweets"))
        effect = self.interrupt(fault)
        self._refuse(effect)
        if path == "/i/oauth2/authorize":
            return self._authorize(asked, body)
        if path in ("/2/oauth2/token", "/2/oauth2/revoke"):
            form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
            with self.world.lock:
                if path.endswith("revoke"):
                    self.world.revoke(form.get("token", ""))
                    return 200, {"revoked": True}, {}
                return 200, self.world.token(form), {}
        with self.world.lock:
            status, answer, headers = self._api(path, asked, body)
        if effect == "new-names":
            answer = json.loads(json.dumps(answer).replace("retweet_count", "repost_count"))
        if effect == "no-metrics":
            for tweet in answer.get("data", []):
                tweet.pop("public_metrics", None)
        return self.spoil(effect, (status, answer, headers))

    def _refuse(self, effect: str) -> None:
        if effect in ("429", "429-app"):
            name = "x-rate-limit" if effect == "429" else "x-app-limit-24hour"
            reset = str(int(time.time()) + LIMIT_SECONDS)
            headers = {f"{name}-limit": "100", f"{name}-remaining": "0", f"{name}-reset": reset}
            raise Refused(429, problem("Too Many Requests", "Too Many Requests"), headers)
        if effect in REFUSALS:
            raise Refused(*REFUSALS[effect])
        if effect.isdigit():
            raise Refused(int(effect), problem("Error", f"the sandbox was told to answer {effect}"))

    # --- authorisation -------------------------------------------------------------------------------------------

    def _authorize(self, query: dict, body: bytes) -> tuple[int, str, dict]:
        if self.command == "GET":
            keep = ("client_id", "redirect_uri", "state", "code_challenge")
            hidden = "".join(
                f'<input type="hidden" name="{name}" value="{html.escape(query.get(name, ""))}">' for name in keep
            )
            with self.world.lock:
                buttons = "".join(
                    f'<p><button name="user" value="{user.id}">{html.escape(user.name)} @{user.username}</button></p>'
                    for user in self.world.users.values()
                )
            deny = '<p><button name="user" value="">Refuser</button></p>'
            page = f'<!doctype html><title>Sandbox X</title><h1>Sandbox X</h1>{SAID}<form method="post">{hidden}{buttons}{deny}</form>'
            return 200, page, {}
        form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
        if not form.get("user"):
            answer = {"error": "access_denied", "state": form.get("state", "")}
        else:
            with self.world.lock:
                code = self.world.authorize(
                    form["user"], form["redirect_uri"], form.get("code_challenge", ""), form.get("client_id", "")
                )
            answer = {"code": code, "state": form.get("state", "")}
        return 302, "", {"Location": f"{form['redirect_uri']}?{urlencode(answer)}"}

    # --- the API -------------------------------------------------------------------------------------------------

    def _api(self, path: str, query: dict, body: bytes) -> tuple[int, dict, dict]:
        world = self.world
        me = world.owner(self.headers.get("Authorization", "").removeprefix("Bearer "))
        steps = path.strip("/").split("/")
        match (self.command, steps):
            case "POST", ["2", "tweets"]:
                tweet = world.post(me, json.loads(body or b"{}").get("text", ""))
                return 201, {"data": {"id": tweet.id, "text": tweet.wire_text}}, world.limits(me)
            case "POST", ["2", "users", user_id, "retweets"]:
                if user_id != me.id:
                    raise Refused(403, problem("Forbidden", "The id is not the token's owner."))
                world.repost(me, json.loads(body or b"{}").get("tweet_id", ""))
                return 200, {"data": {"retweeted": True}}, {}
            case "DELETE", ["2", "users", user_id, "retweets", tweet_id]:
                if user_id != me.id:
                    raise Refused(403, problem("Forbidden", "The id is not the token's owner."))
                world.unrepost(me, tweet_id)
                return 200, {"data": {"retweeted": False}}, {}
            case "DELETE", ["2", "tweets", tweet_id]:
                tweet = world.visible(tweet_id)
                if tweet.author is not me:
                    raise Refused(403, problem("Forbidden", "Not yours."))
                tweet.deleted = True
                return 200, {"data": {"deleted": True}}, {}
            case "GET", ["2", "tweets"]:
                return 200, self._tweets(query), {}
            case "GET", ["2", "tweets", "search", "recent"]:
                return (
                    200,
                    _page(
                        [
                            tweet_json(tweet, query.get("tweet.fields", ""), world.audience_clock)
                            for tweet in self._found(query)
                        ],
                        query,
                    ),
                    {},
                )
            case "GET", ["2", "tweets", "counts", "recent"]:
                return 200, {"meta": {"total_tweet_count": len(self._found(query))}}, {}
            case "GET", ["2", "tweets", tweet_id, "retweeted_by"]:
                users = [world.users[user_id] for user_id in world.visible(tweet_id).reposters]
                return 200, _page([user_json(user, "") for user in users], query), {}
            case "GET", ["2", "users", "me"]:
                return 200, {"data": user_json(me, query.get("user.fields", ""))}, {}
            case "GET", ["2", "users"]:
                wanted = [world.users[i] for i in query.get("ids", "").split(",") if i in world.users]
                return 200, {"data": [user_json(user, query.get("user.fields", "")) for user in wanted]}, {}
            case "GET", ["2", "users", "by"]:
                names = query.get("usernames", "").lower().split(",")
                wanted = [user for user in world.users.values() if user.username.lower() in names]
                return 200, {"data": [user_json(user, query.get("user.fields", "")) for user in wanted]}, {}
            case "GET", ["2", "users", user_id, "tweets"]:
                since = datetime.fromisoformat(query["start_time"]).timestamp() if "start_time" in query else 0
                fields = query.get("tweet.fields", "") + query.get("post.fields", "")
                return 200, _page(world.timeline(user_id, fields, since), query), {}
        raise Refused(404, problem("Not Found", path))

    def _found(self, query: dict) -> list:
        """Newest first, as X's search gives them; of the query only its first word is understood."""
        word, after = query.get("query", "").split()[0].lower(), int(query.get("since_id", 0))
        tweets = [tweet for tweet in self.world.tweets.values() if not tweet.deleted and int(tweet.id) > after]
        return [tweet for tweet in reversed(tweets) if word in re.split(r"[^\w#@]+", tweet.text.lower())]

    def _tweets(self, query: dict) -> dict:
        fields = query.get("tweet.fields", "") + query.get("post.fields", "")
        data, errors = [], []
        for tweet_id in query.get("ids", "").split(",")[:100]:
            try:
                data.append(tweet_json(self.world.visible(tweet_id), fields, self.world.audience_clock))
            except Refused as refused:
                errors.append(refused.body)
        return {"data": data} | ({"errors": errors} if errors else {})


def _page(items: list[dict], query: dict) -> dict:
    start = int(query.get("pagination_token") or query.get("next_token") or 0)
    size = int(query.get("max_results") or 10)
    meta: dict = {"result_count": len(items[start : start + size])}
    if start + size < len(items):
        meta["next_token"] = str(start + size)
    return {"data": items[start : start + size], "meta": meta}
