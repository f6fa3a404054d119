"""The sandbox's state: accounts, sessions, records. Every method is called under the world's lock."""

import itertools
import re
import time
from base64 import b32encode
from hashlib import sha256

from i4emploi_site.demo.sandbox.world import SandboxWorld
from i4emploi_site.demo.sandbox_bluesky import lexicon
from i4emploi_site.demo.sandbox_bluesky.limits import Limits
from i4emploi_site.demo.sandbox_bluesky.sessions import Sessions
from i4emploi_site.demo.sandbox_bluesky.shapes import POST, REPOST, Account, Record, cid, invalid, no, tid

NOT_SAID = object()  # no `swapRecord` at all, which is not the same as null


class World(SandboxWorld):
    def __init__(self, seed: int = 2015, speed: float = 60):
        super().__init__(seed, speed)
        self.sessions = Sessions()
        self.limits = Limits()
        self.accounts: dict[str, Account] = {}  # by DID
        self.names: dict[str, Account] = {}  # by handle, and by e-mail address
        self.written: list[Record] = []  # all that ever was, in order
        self.reposts: dict[str, list[Record]] = {}  # uri of the subject: its reposts
        self.last_tid = 0

    # --- accounts and sessions -----------------------------------------------------------------------------------

    def add(self, username: str, name: str = "", followers: int = 100, description: str = "") -> dict:
        wanted = re.sub(r"[^a-z0-9.]+", "-", username.lower()).strip("-.")
        first, dot, rest = (wanted if "." in wanted else f"{wanted}.test").partition(".")
        tries = (f"{first}{f'-{number}' if number else ''}{dot}{rest}" for number in itertools.count())
        handle = next(handle for handle in tries if handle not in self.names)
        mark = b32encode(sha256(f"{self.seed}:{handle}".encode()).digest()).decode().lower()
        password = "-".join(mark[start : start + 4] for start in (24, 28, 32, 36))
        account = Account(f"did:plc:{mark[:24]}", handle, name, followers, description, password)
        self.accounts[account.did] = self.names[handle] = self.names[email(account)] = account
        person = {"did": account.did, "handle": handle, "app_password": password}
        return person | self.sessions.open(account)

    def find(self, actor: str) -> Account | None:
        """By DID, handle (in any case) or e-mail address, whatever the account's status."""
        actor = actor.lower()
        found = self.accounts.get(actor) or self.names.get(actor)
        return found if found and found.status != "deleted" else None

    def seen(self, actor: str) -> Account | None:
        """As the AppView knows it: an account that is not active is nobody."""
        found = self.find(actor)
        return found if found and found.active else None

    def sign_in(self, identifier: str, password: str) -> dict:
        account = self.find(identifier)
        if account is None or account.status == "takendown" or account.app_password != password:
            raise no(401, "AuthenticationRequired", "Invalid identifier or password")
        return self.sessions.open(account) | about(account)

    def refresh(self, claims: dict) -> dict:
        account = self.find(claims["sub"])
        if account is None:
            raise invalid(f"Could not find user info for account: {claims['sub']}")
        if account.status == "takendown":
            raise no(401, "AccountTakedown", "Account has been taken down")
        return self.sessions.rotate(account, claims["jti"]) | about(account)

    def session(self, claims: dict) -> dict:
        account = self.find(claims["sub"])
        if account is None or account.status == "takendown":
            raise invalid(f"Could not find user info for account: {claims['sub']}")
        return about(account)

    def withdraw_app_password(self, account: Account) -> None:
        account.app_password = ""
        self.sessions.end_all(account.did)

    # --- records -------------------------------------------------------------------------------------------------

    def writer(self, repo: str, did: str) -> Account:
        """The account of a repository that the token's owner may write to."""
        account = self.find(repo)
        if account is None:
            raise no(403, "AccountNotFound", "Account not found")
        if account.status == "takendown":
            raise no(401, "AccountTakedown", "Account has been taken down")
        if account.status == "deactivated":
            raise no(401, "AccountDeactivated", "Account is deactivated")
        if account.did != did:
            raise no(401, "AuthenticationRequired", "Authentication Required")
        return account

    def put(self, account: Account, collection: str, rkey: str, value: dict, swap: object = NOT_SAID) -> dict:
        """The same record again changes nothing, whatever `swap` says; null wants nothing to be there."""
        value = {"$type": collection, **value}
        status = lexicon.check(collection, rkey, value)
        found = account.records.get(collection, {}).get(rkey)
        new_cid = cid(value)
        if found and found.cid == new_cid:
            return {"uri": found.uri, "cid": found.cid, "validationStatus": status}
        self._may_swap(found, swap)
        if found:
            found.gone = True
        record = self._write(account, collection, rkey, value, new_cid)
        return {"uri": record.uri, "cid": record.cid, "commit": self._commit(), "validationStatus": status}

    def create(self, account: Account, collection: str, rkey: str, value: dict) -> dict:
        """As the PDS: a name that is taken breaks it."""
        if rkey in account.records.get(collection, {}):
            raise no(500, "InternalServerError", "Internal Server Error")
        return self.put(account, collection, rkey or self.next_tid(), value)

    def delete(self, account: Account, collection: str, rkey: str, swap: object = NOT_SAID) -> dict:
        found = account.records.get(collection, {}).get(rkey)
        if found is None:
            return {}
        self._may_swap(found, swap or NOT_SAID)  # null says nothing here
        found.gone = True
        del account.records[collection][rkey]
        return {"commit": self._commit()}

    def record(self, repo: str, collection: str, rkey: str) -> Record:
        account = self.repository(repo)
        found = account.records.get(collection, {}).get(rkey)
        if found is None or found.moderated:
            raise no(400, "RecordNotFound", f"Could not locate record: at://{account.did}/{collection}/{rkey}")
        return found

    def repository(self, repo: str) -> Account:
        """Readable by anybody; that it cannot be found is no proof of absence."""
        account = self.seen(repo)
        if account is None:
            raise invalid(f"Could not find repo: {repo}")
        return account

    def at(self, uri: str) -> Record | None:
        """Whatever stands at an address, shown or not."""
        parts = lexicon.AT_URI.fullmatch(uri)
        account = self.accounts.get(parts[1]) if parts else None
        return account.records.get(parts[2], {}).get(parts[3]) if parts and account else None

    def reposters(self, uri: str) -> list[Account]:
        """Each person once, the latest first, however many records of theirs say it."""
        shown = [record.author for record in self.reposts.get(uri, []) if record.shown]
        return list({account.did: account for account in reversed(shown)}.values())

    def next_tid(self) -> str:
        self.last_tid = max(self.last_tid + 1, time.time_ns() // 1000 << 10)
        return tid(self.last_tid)

    def _may_swap(self, found: Record | None, swap: object) -> None:
        there = found.cid if found else None
        if swap not in (NOT_SAID, there):
            raise no(400, "InvalidSwap", f"Record was at {there or 'null'}")

    def _write(self, account: Account, collection: str, rkey: str, value: dict, new_cid: str) -> Record:
        chance = self.chance(account.handle, account.written)
        account.written += collection == POST
        record = Record(account, collection, rkey, value, new_cid, time.time(), chance, self.speed)
        account.records.setdefault(collection, {})[rkey] = record
        self.written.append(record)
        if collection == REPOST:
            self.reposts.setdefault(value["subject"]["uri"], []).append(record)
        return record

    def _commit(self) -> dict[str, str]:
        rev = self.next_tid()
        return {"cid": cid(rev), "rev": rev}

    # --- the truth -----------------------------------------------------------------------------------------------

    def posts(self) -> list[Record]:
        return [record for record in self.written if record.collection == POST]

    def links(self) -> list[str]:
        return [link for record in self.posts() if record.shown for link in record.links]

    def ledger(self) -> dict:
        reposts = [record for record in self.written if record.collection == REPOST and not record.gone]
        return super().ledger() | {
            "posts": [
                {
                    "uri": record.uri,
                    "rkey": record.rkey,
                    "author": record.author.handle,
                    "text": record.text,
                    "createdAt": record.value["createdAt"],
                    "deleted": record.gone,
                    "reposts": (reposters := len(self.reposters(record.uri))),
                    "counts": record.counts(self.audience_clock, reposters),
                }
                for record in self.posts()
            ],
            "reposts": len({(record.author.did, record.value["subject"]["uri"]) for record in reposts}),
        }


def email(account: Account) -> str:
    return f"{account.handle}@exemple.example"


def about(account: Account) -> dict:
    said: dict = {"did": account.did, "handle": account.handle, "email": email(account), "emailConfirmed": False}
    return said | {"active": account.active} | ({} if account.active else {"status": account.status})
