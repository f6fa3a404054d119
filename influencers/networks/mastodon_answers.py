"""What an instance says of accounts and statuses, believed within bounds: anybody may run one."""

import re
from typing import Any

from influencers.networks.base import OutcomeUnknown, Profile, SchemaDrift, counted

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
    source = account.get("source") or {}
    name, number, followers = account.get("acct"), str(account.get("id") or ""), account.get("followers_count")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.@:-]{1,60}", name) or not re.fullmatch(r"\w{1,64}", number):
        raise SchemaDrift("an account without a name or an id that can be believed")
    followers = counted(followers)
    if followers is not None and followers > MOST_FOLLOWERS:
        followers = None  # what cannot be believed is unknown
    handle = f"@{name.split('@')[0]}@{base_url.split('//')[1]}"  # one's own account is of this instance
    bio = source.get("note") or account.get("note", "")
    return Profile(number, handle[:120], followers, bio, address(account))
