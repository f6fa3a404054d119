"""People who change their mind meanwhile, through the web, and the instants when they were told that it is done."""

import random
import threading
import time
from collections.abc import Callable
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
HELD_SECONDS = 3.0  # between a stop that is lifted, and its lifting
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
    """All of them, in one thread that does one thing after the other."""

    def __init__(self, site: str, scene: Scene, seed: int, lead_seconds: float, seconds: float):
        super().__init__(daemon=True)
        self.minds = Minds()
        self.failure: Exception | None = None
        self.site, self.scene, self.seconds = site, scene, seconds
        self.plan = self._plan(random.Random(f"{seed}:people"), lead_seconds, seconds)
        self.sessions: dict[int, str] = {}

    def _plan(self, chance: random.Random, lead: float, seconds: float) -> list[tuple[float, Callable[[], None]]]:
        """(after how many seconds, what)"""
        pledged = [consent for consent in self.scene.consents if consent.pledge]
        whens = partial(chance.uniform, lead - 1, lead + seconds * 1.3)
        plan = [
            (whens(), partial(self._withdraw, consent))
            for consent in chance.sample(pledged, max(round(len(pledged) * WITHDRAW), 2))
        ]
        for consent in chance.sample(pledged, max(round(len(pledged) * STOPPED_POSTS), 1)):
            plan.append((whens(), partial(self._stop_post, consent.post)))
        *_others, before_last, last = self.scene.broadcasts
        offset = lead + seconds * chance.uniform(1.0, 1.15)
        plan.append((offset, partial(self._stop_broadcast, last.pk)))
        network = chance.choice(sorted({consent.network for consent in pledged}))
        for held, when in (
            (Held(network=network), lead + seconds * chance.uniform(0.1, 0.5)),
            (Held(case=before_last.case_id), lead + seconds * chance.uniform(0.6, 0.8)),
        ):
            plan.append((when, partial(self._hold, held)))
            plan.append((when + HELD_SECONDS, partial(self._lift, held)))
        return sorted(plan, key=lambda one: one[0])

    def sign_in(self) -> None:
        """Before anything goes wrong: whoever will act, has a session."""
        users = User.objects.in_bulk([c.user for c in self.scene.consents if c.user])
        for user in [self.scene.team, self.scene.desk, *users.values()]:
            self.sessions[user.pk] = _session(user)

    def run(self) -> None:
        began = time.monotonic()
        try:
            for after, act in self.plan:
                time.sleep(max(began + after - time.monotonic(), 0))
                act()
        except Exception as error:
            self.failure = error
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

    def _hold(self, held: Held) -> None:
        case = str(held.case or "")
        held.done = self._ask(
            self.scene.desk.pk, "/admin/influencers/stop/add/", "/admin/influencers/stop/",
            reason="Un doute", network=held.network, case=case, broadcast="",
        )  # fmt: skip
        self.minds.held.append(held)

    def _lift(self, held: Held) -> None:
        """All that there is: an answer that was lost may have made two."""
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
        cookies = {"sessionid": self.sessions[user], "csrftoken": CSRF}
        answer = ""
        while time.monotonic() < until:
            try:
                with httpx.Client(base_url=self.site, cookies=cookies, timeout=10) as browser:
                    said = browser.post(path, data=form, headers={"X-CSRFToken": CSRF})
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
