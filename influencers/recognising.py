"""Whether a person published what was offered to them: seen on the network itself, then credited.

Own words are found in the account's own timeline by their short link, which exists once. Reposts are found among those
of the campaign's post: one read serves everybody who was asked to repost it. Reads cost money on X (each post and each
account that is read), so the looks are few and ever rarer (`polling.LOOKS`), and those that are due soon are made at once.
A click on a person's link proves nothing, since a preview may click, but the next look comes sooner.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from campaigns.models import Case, Click, ClickKind
from influencers import accounts, clearing, polling, settling, spending, tracking
from influencers.models import AccountState, Evidence, NetworkAccount, Post, PostKind, PostState
from influencers.networks import base
from influencers.networks.reading import Counted

logger = logging.getLogger(__name__)

BATCH = 40
AT_ONCE = 8
TOGETHER = timedelta(minutes=10)  # looks among the same reposters that would come so soon are made now
SOONEST = timedelta(minutes=5)  # after the last look, whoever clicks


@dataclass(frozen=True)
class Look:
    """One question to a network: what is asked with the reader's token, and what an answer says of posts of ours."""

    post: Post  # the first of those it is about: all are of one case
    reader: NetworkAccount
    ask: Counted
    read: Callable[[Any], list[tuple[Post, base.Published]]]


def recognise_due(now: datetime) -> int:
    """Look for the offered posts whose turn has come. Returns how many were recognised."""
    _hasten(now)
    by_target: dict[tuple, list[Post]] = defaultdict(list)
    looks = []
    for post in _take_turn(now):
        if post.kind == PostKind.REPOST:
            by_target[(post.broadcast_id, post.network)].append(post)
        else:
            looks.append(_in_own_timeline(post))
    looks += [_among_reposters(posts) for posts in by_target.values()]
    recognised = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        flying = [(look, pool.submit(look.ask, token)) for look in looks if look and (token := _token(look))]
        for look, future in flying:
            try:
                recognised += len(settling.settle_published(_answer(look, future), now, Evidence.LOOKUP))
            except base.NetworkError as error:
                logger.info("Offered posts cannot be looked for yet: %r", error)
            except Exception:
                logger.exception("A look for offered posts broke; the others go on")
            spending.record_looks(look.post, look.ask.read, now)
    return recognised


def find(post: Post) -> base.Published | None:
    """Look for one post in its account's own timeline, now. Raises NetworkError; Transient when nobody can read there."""
    look = _in_own_timeline(post)
    if look is None:
        raise base.Transient("no account of ours reads there")
    try:
        try:
            answer = look.ask(accounts.fresh_credentials(look.reader))
        except base.AuthExpired:
            answer = look.ask(accounts.fresh_credentials(look.reader, force=True))
    finally:
        spending.record_looks(post, look.ask.read, timezone.now())
    return next((published for _post, published in look.read(answer)), None)


def _token(look: Look) -> base.Credentials | None:
    try:
        return accounts.fresh_credentials(look.reader)
    except base.NetworkError as error:
        logger.info("Offered posts cannot be looked for yet: %r", error)
        return None


def _answer(look: Look, future: Future) -> list[tuple[Post, base.Published]]:
    """Asked again once when only the token had ended."""
    try:
        answer = future.result()
    except base.AuthExpired:
        answer = look.ask(accounts.fresh_credentials(look.reader, force=True))
    return look.read(answer)


def _hasten(now: datetime) -> None:
    """Somebody followed the person's own link since the last look."""
    people = Click.objects.filter(link=OuterRef("link"), kind=ClickKind.HUMAN, at__gt=OuterRef("read_at"))
    Post.objects.filter(
        Exists(people), state=PostState.OFFERED, next_read_at__gt=now, read_at__lte=now - SOONEST
    ).update(next_read_at=now)


def _take_turn(now: datetime) -> list[Post]:
    """Those that are due and, with the due reposts, those of the same campaign's post that soon would be."""
    looked_for = Post.objects.filter(
        state=PostState.OFFERED, next_read_at__isnull=False, case__in=Case.objects.public()
    )
    with transaction.atomic():
        due = list(
            looked_for.filter(next_read_at__lte=now)
            .order_by("next_read_at")
            .select_for_update(skip_locked=True, of=("self",))
            .values_list("pk", "broadcast", "kind")[:BATCH]
        )
        reposted = {broadcast for _pk, broadcast, kind in due if kind == PostKind.REPOST}
        soon = Q(broadcast__in=reposted, kind=PostKind.REPOST, next_read_at__lte=now + TOGETHER)
        mine = looked_for.filter(Q(pk__in=[pk for pk, _broadcast, _kind in due]) | soon)
        turn = list(mine.select_for_update(skip_locked=True, of=("self",)).values_list("pk", "lookups"))
        for pk, looks in turn:
            Post.objects.filter(pk=pk).update(
                read_at=now, next_read_at=polling.next_look(looks + 1, now), lookups=F("lookups") + 1
            )
    posts = Post.objects.filter(pk__in=[pk for pk, _looks in turn], state=PostState.OFFERED)
    return list(posts.select_related("account", "broadcast", "link"))


def _in_own_timeline(post: Post) -> Look | None:
    """With the account's own token or, where it is no longer connected, with the one that reads for us."""
    if not (reader := _reader(post.account)):
        return None
    adapter, remote_id = accounts.adapter_for(post.network, post.account.base_url), post.account.remote_id
    intent = clearing.intent_of(post)
    return Look(
        post,
        reader,
        Counted(lambda token: adapter.reconcile(base.Credentials(token.access_token, remote_id=remote_id), intent)),
        lambda found: [(post, found)] if found else [],
    )


def _among_reposters(posts: list[Post]) -> Look | None:
    canonical = posts[0].canonical()
    if canonical is None or not (reader := _reader(canonical.account)):
        return None
    adapter = accounts.adapter_for(canonical.network, canonical.account.base_url)
    return Look(
        canonical,
        reader,
        Counted(lambda token: adapter.reposters(token, canonical.remote_id)),
        lambda people: _who_reposted(posts, canonical, people),
    )


def _who_reposted(posts: list[Post], canonical: Post, people: list[base.Reposter]) -> list[tuple[Post, base.Published]]:
    by_id = {one.remote_id: one for one in people if one.remote_id}  # as the campaign's own instance numbers them
    by_handle = {one.handle.lower(): one for one in people}
    found = []
    for post in posts:
        here = post.account.base_url == canonical.account.base_url
        one = by_id.get(post.account.remote_id) if here else by_handle.get(post.account.handle.lower())
        if one:
            found.append((post, base.Published(one.reference, canonical.remote_url)))
    return found


def _reader(account: NetworkAccount) -> NetworkAccount | None:
    connected = account.state == AccountState.CONNECTED
    return account if connected else tracking.reader(account.network, account.base_url)
