"""Bluesky's HTTP face: XRPC."""

import json
import time

from i4emploi_site.demo.sandbox.server import Answer, SandboxHandler, Server
from i4emploi_site.demo.sandbox.world import Fault, Refused
from i4emploi_site.demo.sandbox_bluesky import appview, lexicon, limits
from i4emploi_site.demo.sandbox_bluesky.limits import tightest
from i4emploi_site.demo.sandbox_bluesky.sessions import ACCESS, REFRESH
from i4emploi_site.demo.sandbox_bluesky.shapes import invalid, no
from i4emploi_site.demo.sandbox_bluesky.world import NOT_SAID, World

LIMIT_SECONDS = 2  # how long a 429 that was asked for lasts
LIMITED = {"429": limits.WRITES, "429-address": limits.REQUESTS}
REFUSALS = {
    "takedown": (401, "AccountTakedown", "Account has been taken down"),
    "deactivated": (401, "AccountDeactivated", "Account is deactivated"),
    "expired-token": (400, "ExpiredToken", "Token has expired"),
    "revoked-token": (400, "ExpiredToken", "Token has been revoked"),
}
NAMES = {  # what Bluesky calls a status
    400: "InvalidRequest",
    401: "AuthenticationRequired",
    403: "Forbidden",
    404: "NotFound",
    500: "InternalServerError",
    501: "MethodNotImplemented",
    502: "UpstreamFailure",
    503: "NotEnoughResources",
    504: "UpstreamTimeout",
}
POINTS = {"putRecord": 2, "createRecord": 3, "deleteRecord": 1}
COUNTS = ("likeCount", "repostCount", "replyCount", "quoteCount", "bookmarkCount")


def make_server(port: int, world: World | None = None) -> Server:
    """A server on 127.0.0.1 (port 0: any free one); its state is `server.world`."""
    return Server(port, Handler, world or World())


class Handler(SandboxHandler):
    server_version = "SandboxBluesky"

    def nonsense(self, error: Exception) -> dict:
        if isinstance(error, json.JSONDecodeError):
            return {"error": "SyntaxError", "message": str(error)}
        if isinstance(error, KeyError):
            missing = f'Missing required key "{error.args[0]}" at $'
            if self.command == "GET":
                missing = f'Error: Params must have the property "{error.args[0]}"'
            return {"error": "InvalidRequest", "message": missing}
        return {"error": "InvalidRequest", "message": repr(error)}

    def network(self, path: str, query: dict[str, list[str]], body: bytes, fault: Fault | None) -> Answer:
        method = path.removeprefix("/xrpc/")
        with self.world.lock:
            self.world.attempts += method in ("com.atproto.repo.putRecord", "com.atproto.repo.createRecord")
        effect = self.interrupt(fault)
        self._refuse(effect)
        with self.world.lock:
            told = self.world.limits.spend((limits.REQUESTS, self.client_address[0], 1))
            try:
                answer, more = self._call(method, query, body)
            except Refused as refused:
                refused.headers = tightest(told, refused.headers)
                raise
        if effect == "no-counts":
            for post in answer.get("posts", []) if isinstance(answer, dict) else []:
                for name in COUNTS:
                    post.pop(name, None)
        return self.spoil(effect, (200, answer, tightest(told, more)))

    def _refuse(self, effect: str) -> None:
        if effect in LIMITED:
            raise Refused(429, limits.TOO_MANY, LIMITED[effect].headers(0, time.time() + LIMIT_SECONDS + 1))
        if effect in REFUSALS:
            raise no(*REFUSALS[effect])
        if effect.isdigit():
            raise no(int(effect), NAMES.get(int(effect), "Unknown"), f"the sandbox was told to answer {effect}")

    def _call(self, method: str, query: dict[str, list[str]], body: bytes) -> tuple[dict | str, dict[str, str]]:
        """The answer, and the headers of a limit of its own."""
        world = self.world
        last = {name: values[-1] for name, values in query.items()}
        match self.command, method.removeprefix("com.atproto."):
            case "POST", "server.createSession":
                asked = self._json(body)
                identifier, password = str(asked["identifier"]), str(asked["password"])
                whose = f"{identifier}-{self.client_address[0]}"
                told = world.limits.spend((limits.SIGN_INS_OF_A_DAY, whose, 1), (limits.SIGN_INS, whose, 1))
                try:
                    return world.sign_in(identifier, password), told
                except Refused as refused:
                    refused.headers = told
                    raise
            case "POST", "server.refreshSession":
                self._expect_no_body(body)
                return world.refresh(self._claims(REFRESH)), {}
            case "POST", "server.deleteSession":
                self._expect_no_body(body)
                world.sessions.end(self._claims(REFRESH, expired_too=True)["jti"])
                return "", {}
            case "GET", "server.getSession":
                return world.session(self._claims()), {}
            case "POST", "repo.putRecord" | "repo.createRecord" | "repo.deleteRecord":
                return self._write(method.rpartition(".")[2], self._claims()["sub"], self._json(body))
            case "GET", "repo.getRecord":
                record = world.record(last["repo"], last["collection"], last["rkey"])
                return {"uri": record.uri, "cid": record.cid, "value": record.value}, {}
            case "GET", "repo.listRecords":
                return self._records(last), {}
        if self.command == "GET" and method in appview.METHODS:
            self._claims()
            return appview.METHODS[method](world, query), {}
        raise no(501, "MethodNotImplemented", "Method Not Implemented")

    def _write(self, action: str, did: str, asked: dict) -> tuple[dict, dict[str, str]]:
        world = self.world
        costs = ((window, did, POINTS[action]) for window in (limits.WRITES, limits.WRITES_OF_A_DAY))
        told = world.limits.spend(*costs)
        account, collection = world.writer(str(asked["repo"]), did), asked["collection"]
        match action:
            case "putRecord":
                swap = asked.get("swapRecord", NOT_SAID)
                if isinstance(swap, str) and not lexicon.CID.fullmatch(swap):
                    raise invalid(f'Invalid CID string (got "{swap}") at $.swapRecord')
                return world.put(account, collection, asked["rkey"], dict(asked["record"]), swap), told
            case "createRecord":
                return world.create(account, collection, asked.get("rkey", ""), dict(asked["record"])), told
        return world.delete(account, collection, asked["rkey"], asked.get("swapRecord")), told

    def _records(self, asked: dict[str, str]) -> dict:
        """By name, the latest first."""
        account = self.world.repository(asked["repo"])
        backwards, cursor = asked.get("reverse") != "true", asked.get("cursor")
        records = [record for record in account.records.get(asked["collection"], {}).values() if not record.moderated]
        records.sort(key=lambda record: record.rkey, reverse=backwards)
        if cursor:
            records = [record for record in records if (record.rkey < cursor) is backwards and record.rkey != cursor]
        listed = records[: int(asked.get("limit", 50))]
        shown = [{"uri": record.uri, "cid": record.cid, "value": record.value} for record in listed]
        return {"records": shown} | ({"cursor": listed[-1].rkey} if listed else {})

    def _claims(self, kind: str = ACCESS, *, expired_too: bool = False) -> dict:
        return self.world.sessions.read(self.headers.get("Authorization", ""), kind, expired_too=expired_too)

    def _json(self, body: bytes) -> dict:
        if body and not self.headers.get("Content-Type"):
            raise invalid("Request encoding (Content-Type) required but not provided")
        asked = json.loads(body or b"{}")
        if not isinstance(asked, dict):
            raise invalid(f"Expected object value type (got {json.dumps(asked)}) at $")
        return asked

    def _expect_no_body(self, body: bytes) -> None:
        if body:
            raise invalid("A request body was provided when none was expected")

    def control(self, name: str, asked: dict) -> dict:
        """`status` of an account, `withdraw` its app password, `moderate` a record."""
        world = self.world
        match name:
            case "status":
                world.accounts[asked["did"]].status = asked["status"]
            case "withdraw":
                world.withdraw_app_password(world.accounts[asked["did"]])
            case "moderate":
                world.at(asked["uri"]).moderated = True
            case _:
                return super().control(name, asked)
        return {"done": name}
