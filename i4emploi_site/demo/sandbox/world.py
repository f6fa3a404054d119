"""The part of a sandbox's state that is no network's own. Every method is called under the world's lock."""

import random
import threading
import time
from dataclasses import dataclass

HALF_SEEN_SECONDS = 3600  # at speed 1: when half of those who will see a post have seen it


class Refused(Exception):
    """An answer that is not a success: its status, the network's own document, headers."""

    def __init__(self, status: int, body: dict, headers: dict[str, str] | None = None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


@dataclass
class Fault:
    """Applied to the next `count` requests whose path contains `path`.

    `effect` is a status code as text, "timeout", "latency" (of `seconds`), "drop" (before acting); or, after acting,
    "created-then-drop", "malformed"; or one that the network's own server adds.
    """

    path: str
    effect: str
    count: int = 1
    method: str = ""
    seconds: float = 1.0


class SandboxWorld:
    def __init__(self, seed: int = 2015, speed: float = 60):
        self.lock = threading.RLock()
        self.seed = seed
        self.speed = speed
        self.faults: list[Fault] = []
        self.frozen_at: float | None = None  # from then on nobody looks at anything: counters stand still
        self.attempts = 0  # requests to post or repost, whatever became of them
        self.people = 0  # of the audience, each with an address of their own
        self.human_clicks = 0
        self.robot_clicks = 0

    def add(self, **asked) -> dict:
        """A person of the network, with all that the product may need of them."""
        raise NotImplementedError

    def links(self) -> list[str]:
        """Every link of every post that is there, as a reader can open it."""
        raise NotImplementedError

    def ledger(self) -> dict:
        """What truly happened; each network adds its posts."""
        return {"attempts": self.attempts, "human_clicks": self.human_clicks, "robot_clicks": self.robot_clicks}

    @property
    def audience_clock(self) -> float:
        return self.frozen_at or time.time()

    def chance(self, username: str, place: int) -> float:
        """The author and the place among their posts decide: the order in which workers post changes nothing."""
        return random.Random(f"{self.seed}:{username}:{place}").random()

    def take_fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path in path and fault.method in ("", method) and fault.count > 0:
                fault.count -= 1
                return fault
        return None


def views(followers: int, chance: float, age: float) -> float:
    """How many have seen a post: grows with its age, towards a share of the followers that chance decides."""
    age = max(age, 0)
    return followers * (0.05 + 0.15 * chance) * age / (age + HALF_SEEN_SECONDS)
