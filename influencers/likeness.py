"""How alike two texts are, to a network or to a reader: the words in common. Plain Python: no Django, no tables."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Indel, LCSseq

LIMIT = 0.8  # from here on networks, and readers, see a copy
OTHER_ORDER = 0.9  # what the same words count in another order: sentences moved about are a copy, too
MARK = re.compile(r"\{\w+\}")  # stands for a link: no word
WORD = re.compile(r"[^\W_]+")
LOOKS_LIKE = (  # what is drawn like a Latin letter: Cyrillic, Greek (whose capitals are not drawn like their small), others
    dict(zip("асԁеһіјӏкмнорԛѕтуԝхв", "acdehijlkmhopqstywxb", strict=True))
    | dict(zip("αβγεηικνορτυχωΖΗΜΝΥ", "abyenikvoptuxwzhmny", strict=True))
    | {"ɡ": "g", "ɑ": "a", "ı": "i", "œ": "oe", "æ": "ae", "ʼ": "'", "ʻ": "'"}
)
# Unicode's embeddings, overrides and isolates (UAX 9): unseen, they make a text read otherwise than it is written.
TURNS_READING = re.compile("[\u202a-\u202e\u2066-\u2069]")
UNSEEN = {"Mn", "Me", "Cf"}  # accents once taken apart, zero-width characters
BLANK = frozenset("\u115f\u1160")  # letters without ink


class Near(NamedTuple):
    share: float  # of the words in common, from 0 to 1
    text: str  # the nearest; empty when nothing was compared, or nothing is common


class _Plain(dict[int, str]):
    """For `str.translate`: what is left of a character without case, accent, or an alphabet of its own."""

    def __missing__(self, code: int) -> str:
        drawn = (LOOKS_LIKE.get(char, char).casefold() for char in unicodedata.normalize("NFKD", chr(code)))
        apart = unicodedata.normalize("NFKD", "".join(drawn))
        seen = (char for char in apart if unicodedata.category(char) not in UNSEEN and char not in BLANK)
        self[code] = plain = "".join(LOOKS_LIKE.get(char, char) for char in seen)
        return plain


PLAIN = _Plain()


def nearest(text: str, others: Collection[str]) -> Near:
    """Which of `others` is the most like `text`."""
    near = Near(0.0, "")
    mine, distinct = _readings(text), list(dict.fromkeys(others))
    theirs = [_readings(other) for other in distinct]
    for reading, counts in enumerate((1, 1, OTHER_ORDER, OTHER_ORDER)):
        found = process.extractOne(
            mine[reading],
            [words[reading] for words in theirs],
            scorer=Indel.normalized_similarity,
            score_cutoff=min(near.share / counts, 1.0),
        )
        if found and counts * found[1] > near.share:
            near = Near(counts * found[1], distinct[found[2]])
    return near


def likeness(one: str, other: str) -> float:
    """1 for the same words in the same order; accents, case and punctuation aside, with or without the tags at the ends."""
    return nearest(one, [other]).share


def shared(text: str, other: str) -> list[tuple[int, int]]:
    """Where in `text` words stand that `other` has, too: (start, end), in order."""
    words, others = _words(_unmarked(text)), _words(_unmarked(other))
    gone = {edit.src_pos for edit in LCSseq.editops(words, others) if edit.tag == "delete"}
    kept = {place for place in range(len(words)) if place not in gone}
    left = Counter(others) - Counter(words[place] for place in kept)
    for place in sorted(gone):  # what stands elsewhere in the other
        if left[words[place]] > 0:
            left[words[place]] -= 1
            kept.add(place)
    return [span for place, span in enumerate(_spans(_unmarked(text))) if place in kept]


@lru_cache(maxsize=8192)
def _readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The words without what tags stand around the text, all its words, and both in the order of the alphabet."""
    text = _unmarked(text)
    parts = [part.span() for part in re.finditer(r"\S+", text) if _tells(part.group().translate(PLAIN))]
    whole = _words(text)
    told = _words(text[parts[0][0] : parts[-1][1]]) if parts else whole
    return told, whole, tuple(sorted(told)), tuple(sorted(whole))


def _tells(part: str) -> bool:
    return not part.startswith(("#", "@", "http://", "https://")) and bool(WORD.search(part))


def _words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text.translate(PLAIN)))


def _spans(text: str) -> list[tuple[int, int]]:
    """Where each of `_words` stands."""
    plain = [PLAIN[ord(char)] for char in text]
    place = [offset for offset, seen in enumerate(plain) for _char in seen]  # of each plain character
    return [(place[found.start()], place[found.end() - 1] + 1) for found in WORD.finditer("".join(plain))]


def _unmarked(text: str) -> str:
    return MARK.sub(lambda found: " " * len(found.group()), text)
