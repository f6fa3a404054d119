"""What goes wrong with a request, decided by the seed and not by the order in which requests come."""

import random
from collections import Counter
from collections.abc import Callable
from threading import Lock

# Shares of all requests at full strength. "-before": the network never hears of it; "-after": it did what was asked.
WRITES = {
    "429": 0.02,
    "500-before": 0.02,
    "503-before": 0.01,
    "drop-before": 0.01,
    "silence-before": 0.01,
    "garbage-before": 0.01,
    "500-after": 0.02,
    "drop-after": 0.03,
    "silence-after": 0.015,
    "garbage-after": 0.015,
}
READS = {"500-before": 0.03, "drop-before": 0.01, "silence-before": 0.01, "garbage-after": 0.01}


class Dice:
    """One for each network. `strength` is between 0 (nothing goes wrong) and 1."""

    def __init__(self, seed: int, network: str, strength: Callable[[], float]):
        self.seed = f"{seed}:{network}"
        self.strength = strength
        self.thrown: Counter[str] = Counter()
        self._asked: Counter[tuple[str, bool]] = Counter()
        self._lock = Lock()

    def throw(self, author: str, write: bool) -> str:
        """The fault of this author's next request; empty for none."""
        with self._lock:
            self._asked[author, write] += 1
            number = self._asked[author, write]
            chance = random.Random(f"{self.seed}:{author}:{write}:{number}").random()
            for fault, share in (WRITES if write else READS).items():
                chance -= share * self.strength()
                if chance < 0:
                    self.thrown[fault] += 1
                    return fault
        return ""
