"""What a network said a moment ago, so that a wave which asks for the same thing asks once."""

import time
from collections.abc import Callable

SECONDS = 10
MOST = 256


class Recently:
    """Kept by threads of one process; at worst two of them ask at once."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str]] = {}

    def get(self, key: str, ask: Callable[[], str]) -> str:
        """What `ask` answered for this key in the last seconds, or answers now; what it raises is not kept."""
        until, said = self._kept.get(key, (0.0, ""))
        if until > time.monotonic():
            return said
        said = ask()
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[key] = time.monotonic() + SECONDS, said
        return said
