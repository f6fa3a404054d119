"""French economic activities (NAF rév. 2), by code and by words."""

import contextlib
import io
from functools import cache as memo

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
    words = searchable(typed).split()
    if not words:
        return []
    found = [
        code for label, code in _by_words()
        if all(any(own.startswith(word) for own in label.split()) for word in words)
    ]  # fmt: skip
    named = [(code, _labels()[code]) for code in found]
    return sorted(named, key=lambda one: (len(one[1]), one[0]))[:MOST_SUGGESTED]
