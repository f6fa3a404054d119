"""How much an adapter read, for the networks that charge for what they answer. Plain Python, safe in threads."""

from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

POSTS, PEOPLE = "posts", "people"

_counter: ContextVar[Counter[str] | None] = ContextVar("what is read in this call", default=None)


def note(what: str, units: int) -> None:
    """An adapter says what it was answered; nobody may be counting."""
    if (counter := _counter.get()) is not None:
        counter[what] += units


class Counted:
    """A call to an adapter; `.read` then tells what it read, whatever came of it."""

    def __init__(self, ask: Callable):
        self.ask = ask
        self.read = Counter[str]()

    def __call__(self, *args: Any) -> Any:
        token = _counter.set(self.read)
        try:
            return self.ask(*args)
        finally:
            _counter.reset(token)
