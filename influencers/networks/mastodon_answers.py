"""What an instance says of accounts and statuses, believed within bounds: anybody may run one."""

import re
from typing import Any
from urllib.parse import urlsplit

from influencers.networks.base import (
    Intent,
    OutcomeUnknown,
    Profile,
    Published,
    Reposter,
    SchemaDrift,
    Transient,
    counted,
)

MOST_FOLLOWERS = 2_000_000  # no account of any instance has more


def address(thing: Any) -> str:
    """The web address of a status or an account, if it is one: it becomes a link on our pages."""
    said = thing.get("url") or thing.get("uri") or ""
    return said if isinstance(said, str) and re.match(r"https?://", said) and len(said) <= 300 else ""


def reference(status: Any) -> str:
    """The id of a status, if it can be one. Raises OutcomeUnknown: something was done, and what is not known."""
    said = str(status.get("id") or "") if isinstance(status, dict) else ""
    if not re.fullmatch(r"\w{1,64}", said):
        raise OutcomeUnknown("a status without an id that can be believed")
    return said


def profile(account: Any, base_url: str) -> Profile:
    if not isinstance(account, dict):
        raise SchemaDrift("an account that is none")
    source = account.get("source")
    source = source if isinstance(source, dict) else {}
    name, number, followers = account.get("acct"), str(account.get("id") or ""), account.get("followers_count")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.@:-]{1,60}", name) or not re.fullmatch(r"\w{1,64}", number):
        raise SchemaDrift("an account without a name or an id that can be believed")
    followers = counted(followers)
    if followers is not None and followers > MOST_FOLLOWERS:
        followers = None  # what cannot be believed is unknown
    handle = f"@{name.split('@')[0]}@{base_url.split('//')[1]}"  # one's own account is of this instance
    bio = source.get("note") or account.get("note", "")
    return Profile(number, handle[:120], followers, bio, address(account))


def status_id(typed: str, base_url: str) -> str:
    """The id in an instance's own address of a status (`/@name/id`, `/users/name/statuses/id`); empty when it is none."""
    path = typed.removeprefix(base_url) if typed.startswith(f"{base_url}/") else ""
    found = re.fullmatch(r"/(?:@[\w.-]+|users/[\w.-]+/statuses|web/statuses)/(\d{1,30})/?(?:[?#].*)?", path, re.ASCII)
    return found[1] if found else ""


def reposter(account: Any, reposted: str, base_url: str) -> Reposter:
    """Ids are each instance's own: an account of another one is known by its name and by where it lives."""
    seen = profile(account, base_url)
    name, _at, elsewhere = str(account["acct"]).partition("@")
    home = urlsplit(seen.url).netloc if elsewhere else urlsplit(base_url).netloc
    return Reposter("" if elsewhere else seen.remote_id, f"@{name}@{home or elsewhere}", f"{reposted}:{seen.remote_id}")


def word(said: dict, name: str, longest: int) -> str:
    word = said.get(name)
    if not isinstance(word, str) or not 0 < len(word) <= longest or "\0" in word:
        raise SchemaDrift(f"an answer without {name}")
    return word


def is_what_was_asked(status: Any, intent: Intent) -> bool:
    """A text by its short link, which exists once; a boost by its target."""
    if not intent.repost_of:
        if not intent.link:
            raise Transient("no short link to look for")  # neither found nor proven absent
        return bool(re.search(re.escape(intent.link) + r"(?![\w-])", str(status.get("content") or "")))
    boosted = status.get("reblog")
    return bool(boosted) and (str(boosted["id"]) == intent.repost_of or boosted.get("url") == intent.repost_url)


def published(status: Any, intent: Intent | None = None) -> Published:
    """A boost without an address of its own leads to its target."""
    return Published(reference(status), address(status) or (intent.repost_url if intent else ""))
