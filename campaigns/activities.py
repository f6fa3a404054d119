"""French economic activities (NAF rév. 2), by code and by words."""

import contextlib
import io
from collections.abc import Iterable
from functools import cache as memo

from campaigns import divisions
from campaigns.models.place import searchable

MOST_SUGGESTED = 12


@memo
def _labels() -> dict[str, str]:
    with contextlib.redirect_stdout(io.StringIO()):  # the package prints when it is imported
        from naf import DB
    return {code: str(entry) for code, entry in DB.items()}


@memo
def _by_words() -> list[tuple[str, str]]:
    return [(searchable(label), code) for code, label in _labels().items()]


def sector_of(naf_code: str) -> str | None:
    """The official name of an activity (NAF rév. 2, « 21.20Z »), or None."""
    return _labels().get(naf_code)


def code_named(label: str) -> str | None:
    """The code of an activity from its official name, however it is typed."""
    wanted = searchable(label)
    return next((code for words, code in _by_words() if words == wanted), None) if wanted else None


def matching(typed: str) -> list[tuple[str, str]]:
    """(code, official name) of the activities that hold every word typed, by the beginning of a word; shortest names first."""
    named = [(code, _labels()[code]) for code in _holding(typed, _by_words())]
    return sorted(named, key=lambda one: (len(one[1]), one[0]))[:MOST_SUGGESTED]


def divisions_matching(typed: str) -> list[str]:
    """The divisions (« 17 ») whose name, or the name of one of whose activities, holds every word typed."""
    if code := code_named(typed):
        return [code[:2]]
    by_name = [(searchable(name), code) for code, name in divisions.NAMES.items()]
    return sorted({code[:2] for code in _holding(typed, [*by_name, *_by_words()])})


def _holding(typed: str, labels: Iterable[tuple[str, str]]) -> list[str]:
    words = searchable(typed).split()
    if not words:
        return []
    return [
        code for label, code in labels
        if all(any(own.startswith(word) for own in label.split()) for word in words)
    ]  # fmt: skip
