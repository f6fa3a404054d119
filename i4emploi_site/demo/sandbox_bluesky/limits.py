"""Bluesky's windows, and the headers that tell the tightest of them."""

import time
from dataclasses import dataclass, field

from i4emploi_site.demo.sandbox.world import Refused


@dataclass(frozen=True)
class Window:
    name: str
    points: int
    seconds: int

    def headers(self, left: int, reset_at: float) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.points),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(int(reset_at)),
            "RateLimit-Policy": f"{self.points};w={self.seconds}",
        }


REQUESTS = Window("requests of an address", 3000, 300)
WRITES = Window("writes of an account in an hour", 5000, 3600)
WRITES_OF_A_DAY = Window("writes of an account in a day", 35_000, 86_400)
SIGN_INS = Window("sign-ins of an account from an address", 30, 300)
SIGN_INS_OF_A_DAY = Window("sign-ins of an account from an address in a day", 300, 86_400)
TOO_MANY = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}


@dataclass
class Limits:
    """Fixed windows, each begun by its first request."""

    spent: dict[tuple[Window, str], tuple[int, float]] = field(default_factory=dict)  # points, when the window ends

    def spend(self, *costs: tuple[Window, str, int]) -> dict[str, str]:
        """Take points (window, whose, how many); returns the headers, and raises Refused (429) beyond a limit."""
        now, told = time.time(), []
        for window, whose, points in costs:
            before, reset_at = self.spent.get((window, whose), (0, 0.0))
            if reset_at <= now:
                before, reset_at = 0, now + window.seconds
            self.spent[window, whose] = before + points, reset_at
            told.append((window.points - before - points, window, reset_at))
        left, window, reset_at = min(told, key=lambda one: one[0])
        headers = window.headers(max(left, 0), reset_at)
        if left < 0:
            raise Refused(429, TOO_MANY, headers)
        return headers


def tightest(*all_headers: dict[str, str]) -> dict[str, str]:
    return min(all_headers, key=lambda headers: int(headers.get("RateLimit-Remaining", REQUESTS.points + 1)))
