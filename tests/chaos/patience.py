"""Asking a database that is being killed, again and again."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

Answer = TypeVar("Answer")
PATIENCE_SECONDS = 60


class GaveUp(Exception):
    """Something did not come to be in its time; the message says what."""


def patiently(ask: Callable[[], Answer]) -> Answer:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def wait_until(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    until = time.monotonic() + seconds
    while not patiently(condition):
        if time.monotonic() > until:
            raise GaveUp(f"not after {seconds:.0f} s: {what()}")
        time.sleep(0.25)
