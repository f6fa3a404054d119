"""A person on the sandbox of Bluesky who asks it anything, without the adapter."""

import itertools

import httpx

from i4emploi_site.demo.sandbox_bluesky.shapes import POST, REPOST, tid

AT = "2026-11-24T09:00:00.000Z"
keys = itertools.count(2**53)
http = httpx.Client()


def new_key() -> str:
    return tid(next(keys))


def note(text: str = "Meymac cherche un repreneur", **fields) -> dict:
    return {"$type": POST, "text": text, "createdAt": AT, **fields}


def facet(kind: str, start: int = 0, end: int = 1, **feature) -> dict:
    features = [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}]
    return {"index": {"byteStart": start, "byteEnd": end}, "features": features}


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


class Writer:
    """A person on the network, and what they may ask of it."""

    def __init__(self, network, name: str = "ines", followers: int = 1200):
        self.network = network
        self.person = network.new_user(name, followers)
        self.account = network.account(self.person)
        self.did = self.person.remote_id

    def call(self, method: str, token: str | None = None, **body) -> httpx.Response:
        token = self.person.access_token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = {"json": body} if body else {}
        return http.post(f"{self.network.url}/xrpc/com.atproto.{method}", headers=headers, **content)

    def ask(self, method: str, signed_in: bool = True, **query) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.person.access_token}"} if signed_in else {}
        return http.get(f"{self.network.url}/xrpc/{method}", headers=headers, params=query)

    def sign_in(self, identifier: str = "", password: str = "") -> httpx.Response:
        body = {"identifier": identifier or self.account.handle, "password": password or self.account.app_password}
        return self.call("server.createSession", token="", **body)

    def refresh(self, token: str) -> httpx.Response:
        return self.call("server.refreshSession", token=token)

    def put(self, key: str, record: dict, **more) -> httpx.Response:
        body = {"repo": self.did, "collection": record["$type"], "rkey": key, "record": record, "swapRecord": None}
        return self.call("repo.putRecord", **(body | more))

    def post(self, text: str = "Meymac cherche un repreneur", **fields) -> dict:
        return self.put(new_key(), note(text, **fields)).raise_for_status().json()

    def repost(self, post: dict) -> httpx.Response:
        subject = {"uri": post["uri"], "cid": post["cid"]}
        return self.put(new_key(), {"$type": REPOST, "subject": subject, "createdAt": AT})

    def get(self, key: str) -> httpx.Response:
        return self.ask("com.atproto.repo.getRecord", signed_in=False, repo=self.did, collection=POST, rkey=key)

    def delete(self, key: str) -> httpx.Response:
        return self.call("repo.deleteRecord", repo=self.did, collection=POST, rkey=key)

    def seen(self, *uris: str) -> list[dict]:
        return self.ask("app.bsky.feed.getPosts", uris=list(uris)).raise_for_status().json()["posts"]

    def found(self, **query) -> list[str]:
        answer = self.ask("app.bsky.feed.searchPosts", **query).raise_for_status()
        return [post["record"]["text"] for post in answer.json()["posts"]]
