"""Claim due posts, send each once, settle what came of it (docs/design-notes.md, "Rows are the queue").

A claim is committed before any request leaves, no lock is held over the network, and the network's reference is
stored before anything else. What may have landed goes to `reconciling`, never straight back to be sent.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from influencers import accounts, claiming, clearing, polling, settling, spending, stopping
from influencers.claiming import claim
from influencers.models import BroadcastState, Delivery, Evidence, Post, PostState
from influencers.networks import base
from influencers.networks.reading import Counted

logger = logging.getLogger(__name__)

IN_FLIGHT = 32  # requests at once in one worker
WAVE = 16  # requests that leave together, so that looking once more at each costs little
GATHER_SECONDS = 0.01  # answers that come together are stored together
RESTART_SECONDS = (0.2, 0.5, 1, 2, 4, 8)  # how long a database that is away is waited for, try after try
LONGEST_RUN_SECONDS = 60  # then the next wake-up goes on, well before the task's time limit


def publish_due(network: str, now: datetime | None = None) -> int:
    """Send what is due on one network, unless this machine is sending there already. Returns how many were claimed."""
    total = 0
    with claiming.only_one(network) as mine:
        if mine:
            until = time.monotonic() + LONGEST_RUN_SECONDS

            def more() -> list[Post]:
                nonlocal total
                posts = claim(network, now or timezone.now()) if time.monotonic() < until else []
                total += len(posts)
                return posts

            _send([], more)
    if total:
        claiming.close_finished()
    return total


def send(posts: list[Post]) -> None:
    """Send what was claimed, in waves, each after its last look, and settle every answer as it comes."""
    _send(posts, list)


def _send(posts: list[Post], more: Callable[[], list[Post]]) -> None:
    """`more` claims what comes next when a wave would not be full. What it had nothing of is asked for again only after
    an answer, which may be the one that reposts wait for.
    """
    waiting = deque(posts)
    flying: dict[Future, Post] = {}
    looking: dict[Future, tuple[Post, Counted]] = {}
    looked_for: set = set()
    ask = True
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        while True:
            if ask and len(waiting) < WAVE:
                found = more()
                waiting.extend(found)
                ask = bool(found)
            free = IN_FLIGHT - len(flying) - len(looking)
            if waiting and free >= min(WAVE, len(waiting)):
                wave = [waiting.popleft() for _place in range(min(free, len(waiting)))]
                doubtful = [post for post in wave if post.doubtful_since and post.pk not in looked_for]
                for post in doubtful:
                    if question := _question(post):
                        looking[pool.submit(*question)] = post, question[0]
                for cleared in _clear([post for post in wave if post not in doubtful]):
                    sent = pool.submit(cleared.adapter.publish, cleared.credentials, cleared.intent)
                    flying[sent] = cleared.post
            elif flying or looking:
                wait([*flying, *looking], return_when=FIRST_COMPLETED)
                done, _others = wait([*flying, *looking], GATHER_SECONDS)
                _settle([(flying.pop(future), future) for future in done if future in flying])
                looks = [(*looking.pop(future), future) for future in done if future in looking]
                absent = [post for post, ask, future in looks if _absent(post, ask, future)]
                looked_for.update(post.pk for post in absent)
                waiting.extendleft(absent)
                ask = ask or not (flying or looking)
            else:
                return


def _question(post: Post) -> tuple | None:
    """What to ask the network of a post that was in doubt before: what lay in a cable may have landed since it was
    last looked for.
    """
    try:
        adapter, asked = clearing.question(post)
    except base.NetworkError as error:
        _store(partial(settling.settle_error, post, _before_sending(error), timezone.now()), [post])
        return None
    return Counted(adapter.reconcile), *asked


def _absent(post: Post, ask: Counted, look: Future) -> bool:
    """Whether it may be sent; what was found, or could not be looked for, is settled."""
    _store(partial(spending.record_looks, post, ask.read, timezone.now()), [post])
    try:
        found = look.result()
    except base.NetworkError as error:
        _store(partial(settling.settle_error, post, _before_sending(error), timezone.now()), [post])
    except Exception as error:
        logger.exception("Post %s: the adapter broke while it looked", post.pk)
        _store(partial(settling.settle_error, post, base.Transient(type(error).__name__), timezone.now()), [post])
    else:
        if not found:
            return True
        came = [(post, found)]
        _store(partial(settling.settle_published, came, timezone.now(), Evidence.LOOKUP), [post])
    return False


def _before_sending(error: base.NetworkError) -> base.NetworkError:
    """What a question or a token's renewal says of the post: nothing was carried out."""
    kept = isinstance(error, base.AuthRevoked | base.AuthExpired | base.RateLimited)
    return error if kept else base.Transient(error.detail)


def _clear(wave: list[Post]) -> list[clearing.Cleared]:
    """Tokens are refreshed before the last look, because that may take as long as a network likes."""
    ready = [post for post in wave if _has_fresh_token(post)]
    try:
        return _through_restarts(lambda: clearing.clear(ready, timezone.now())) if ready else []
    except Exception as error:  # nothing has left
        if len(ready) == 1:
            logger.exception("Post %s: not cleared; the others still leave", ready[0].pk)
            settling.settle_error(ready[0], base.Transient(type(error).__name__), timezone.now())
            return []
    return [cleared for post in ready for cleared in _clear([post])]


def _has_fresh_token(post: Post) -> bool:
    if not accounts.ends_soon(post.account, timezone.now()):
        return True
    try:
        accounts.fresh_credentials(post.account)
    except base.NetworkError as error:  # nothing was posted: only the token's refresh failed
        settling.settle_error(post, _before_sending(error), timezone.now())
        return False
    return True


def _settle(done: list[tuple[Post, Future]]) -> None:
    """What broke for one post breaks for it alone: its lease ends, and it is looked up before anything else."""
    now = timezone.now()
    came: list[tuple[Post, base.Published]] = []
    failed: list[tuple[Post, base.NetworkError]] = []
    for post, future in done:
        try:
            came.append((post, future.result()))
        except base.NetworkError as error:
            failed.append((post, error))
        except Exception as error:
            logger.exception("Post %s: the adapter broke", post.pk)
            failed.append((post, base.OutcomeUnknown(type(error).__name__)))
    if came:
        _store(partial(settling.settle_published, came, now), [post for post, _published in came])
    for post, why in failed:
        _store(partial(settling.settle_error, post, why, now), [post])


def _store(what: Callable, posts: list[Post]) -> None:
    try:
        _through_restarts(what)
    except Exception:
        logger.exception("Not stored, to be looked up: %s", [str(post.pk) for post in posts])


def _through_restarts(ask: Callable):
    """Ask the database, again and again while it restarts; each asking must be whole in itself."""
    for pause in RESTART_SECONDS:
        try:
            return ask()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            logger.warning("The database is away (%s): asking again in %s s", type(error).__name__, pause)
            connection.close()
            time.sleep(pause)
    return ask()


def offer_taps(now: datetime) -> int:
    """Offer the due posts that a person sends to that person, once each; how many. `reminding.remind` writes to them."""
    offered = 0
    stops = stopping.in_force()
    due = Post.objects.due(now).filter(delivery=Delivery.TAP, broadcast__state=BroadcastState.SCHEDULED)
    for post in due.select_related("broadcast", "case", "pledge__influencer__user", "account", "link"):
        mine = Post.objects.filter(pk=post.pk)
        if why := clearing.reason_to_cancel(post):
            mine.move_to(PostState.CANCELLED, only_from=[PostState.SCHEDULED], failure=why)
        elif not stops.on(post):
            offered += mine.move_to(
                PostState.OFFERED, next_read_at=polling.next_look(0, now), lookups=0, tell_from=None
            )
    return offered
