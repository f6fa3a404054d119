"""People who change their mind meanwhile, through the web, and the instants when they were told that it is done."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

import httpx
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from campaigns.models import User
from influencers import stopping
from influencers.models import Post, Stop
from tests.chaos.patience import PATIENCE_SECONDS, GaveUp, patiently
from tests.chaos.scene import Consent, Scene

WITHDRAW = 0.05
STOPPED_POSTS = 0.01
HELD_SECONDS = 4.0  # between a stop that is lifted, and its lifting
AT_ONCE = 16
CSRF = "c" * 32


@dataclass
class Held:
    """A stop that was lifted again. `until` is when its lifting was asked for."""

    network: str = ""
    case: int = 0
    done: float = 0.0
    until: float = float("inf")

    def holds(self, consent: Consent) -> bool:
        return consent.network == self.network or consent.case == self.case


@dataclass
class Minds:
    """What was changed, and when its author read that it is done."""

    withdrawn: dict[int, float] = field(default_factory=dict)  # by pledge
    stopped: dict[UUID, float] = field(default_factory=dict)  # by post
    broadcasts: dict[int, float] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    asked: set = field(default_factory=set)  # pledges, posts and broadcasts, whether or not an answer came

    def ended(self, consent: Consent) -> float | None:
        """When this post was no longer wanted, for good."""
        instants = (
            self.withdrawn.get(consent.pledge or 0),
            self.stopped.get(consent.post),
            self.broadcasts.get(consent.broadcast),
        )
        return min((at for at in instants if at), default=None)


class People(threading.Thread):
    """Each acts at an instant of their own, beside the others."""

    def __init__(self, site: str, scene: Scene, seed: int):
        super().__init__(daemon=True)
        self.minds = Minds()
        self.failure: BaseException | None = None
        self.scene = scene
        self.chance = random.Random(f"{seed}:people")
        self.browser = httpx.Client(base_url=site, timeout=10)
        self.sessions: dict[int, str] = {}

    def sign_in(self) -> None:
        """Before anything goes wrong: whoever may act has a session."""
        users = User.objects.in_bulk([consent.user for consent in self.scene.consents if consent.user])
        for user in [self.scene.team, self.scene.desk, *users.values()]:
            self.sessions[user.pk] = _session(user)

    def plan(self, due: dict[int, float]) -> None:
        """What is done when, around the instants at which the broadcasts' posts are due (by `time.time()`)."""
        pledged = [consent for consent in self.scene.consents if consent.pledge]
        self.actions = [
            (due[consent.broadcast] + self.chance.uniform(-1.5, 4.5), partial(self._withdraw, consent))
            for consent in self.chance.sample(pledged, max(round(len(pledged) * WITHDRAW), 2))
        ]
        for consent in self.chance.sample(pledged, max(round(len(pledged) * STOPPED_POSTS), 1)):
            when = due[consent.broadcast] + self.chance.uniform(-1.5, 4.5)
            self.actions.append((when, partial(self._stop_post, consent.post)))
        _first, second, third, last = sorted(due, key=lambda broadcast: due[broadcast])
        network = self.chance.choice(sorted({consent.network for consent in pledged}))
        case = next(consent.case for consent in pledged if consent.broadcast == third)
        self.actions += [
            (due[second] - 1, partial(self._hold_a_while, Held(network=network))),
            (due[third] - 1, partial(self._hold_a_while, Held(case=case))),
            (due[last] + self.chance.uniform(0, 2), partial(self._stop_broadcast, last)),
        ]

    def run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            doing = []
            for when, act in sorted(self.actions, key=lambda action: action[0]):
                time.sleep(max(when - time.time(), 0))
                doing.append(pool.submit(self._act, act))
            self.failure = next((error for one in doing if (error := one.exception())), None)

    def _act(self, act: Callable[[], None]) -> None:
        try:
            act()
        finally:
            connection.close()

    def _withdraw(self, consent: Consent) -> None:
        assert consent.pledge
        assert consent.user
        self.minds.asked.add(consent.pledge)
        page = f"/moi/engagements/{consent.pledge}/"
        self.minds.withdrawn[consent.pledge] = self._ask(consent.user, f"{page}retirer/", page)

    def _stop_post(self, post: UUID) -> None:
        self.minds.asked.add(post)
        patiently(lambda: stopping.stop(None, "Un mot de trop", post=Post.objects.get(pk=post)))
        self.minds.stopped[post] = time.time()

    def _stop_broadcast(self, broadcast: int) -> None:
        self.minds.asked.add(broadcast)
        page = f"/diffusions/{broadcast}/"
        done = self._ask(self.scene.team.pk, f"{page}arreter/", page, reason="Une offre est arrivée")
        self.minds.broadcasts[broadcast] = done

    def _hold_a_while(self, held: Held) -> None:
        case = str(held.case or "")
        held.done = self._ask(
            self.scene.desk.pk, "/admin/influencers/stop/add/", "/admin/influencers/stop/",
            reason="Un doute", network=held.network, case=case, broadcast="",
        )  # fmt: skip
        self.minds.held.append(held)
        time.sleep(HELD_SECONDS)
        # All that there is: an answer that was lost may have made two.
        mine = Stop.objects.in_force().filter(network=held.network, case=held.case or None, post=None, broadcast=None)
        found = patiently(lambda: [str(pk) for pk in mine.values_list("pk", flat=True)])
        if not found:
            raise GaveUp(f"a stop that was answered with done is not there: {held}")
        held.until = time.time()
        page = "/admin/influencers/stop/"
        self._ask(self.scene.desk.pk, page, page, action="lift", _selected_action=found)

    def _ask(self, user: int, path: str, leads_to: str, **form: str | list[str]) -> float:
        """Ask until the site answers that it is done; returns when it did."""
        until = time.monotonic() + PATIENCE_SECONDS
        headers = {"Cookie": f"sessionid={self.sessions[user]}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        answer = ""
        while time.monotonic() < until:
            try:
                said = self.browser.post(path, data=form, headers=headers)
                if said.status_code == 302 and said.headers["Location"] == leads_to:
                    return time.time()
                answer = f"{said.status_code} {said.headers.get('Location', '')}"
                if said.status_code < 500:
                    break
            except httpx.HTTPError as error:
                answer = repr(error)
            time.sleep(0.2)
        raise GaveUp(f"POST {path} was answered {answer}")


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.set_expiry(timezone.now() + timedelta(hours=2))
    session.create()
    return session.session_key or ""
