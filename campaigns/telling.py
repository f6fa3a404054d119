"""Whether words tell who wrote them: the name and the mailbox that a pseudonym is there to hide."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import permutations

from campaigns.models.place import searchable

SHORTEST = 3  # letters: fewer are found in any text
SHORTEST_JOINED = 8
PARTICLES = {"des", "del", "della", "der", "van", "von", "den", "dos", "das", "las", "los", "ben", "bin", "les"}
FIRST_PERSON = re.compile(r"\b(?:je|moi|mon|ma|mes|nous)\b|\bj\s?['’ʼ]", re.IGNORECASE)
SENTENCE_ENDS = re.compile(r"(?<!\b\w\.)(?<=[.!?…])\s+|\n+")  # « O. Ouvrière » goes on
QUOTED_EACH_SIDE = 80  # letters around what is quoted, of a sentence that has no end

Chunk = list[list[str]]  # what one part of a name may be read as, each as its words


@dataclass(frozen=True)
class Word:
    folded: str  # without its accents, still with the case of its first letter
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.folded.lower()

    @property
    def has_capital(self) -> bool:
        return self.folded[0].isupper()


def in_pseudonym(pseudonym: str, name: str, email: str) -> bool:
    """Not even a part of the name or of the mailbox, however it is spaced."""
    squeezed = searchable(pseudonym).replace(" ", "")
    parts = searchable(f"{name} {email.split('@')[0]}").split()
    return "@" in pseudonym or any(part in squeezed for part in parts if len(part) >= SHORTEST)


def full_name_in(text: str, name: str, known: str = "") -> bool:
    """Two parts of the name side by side, in either order, or joined, or one behind the initial of another.

    What stands so in `known`, which everybody reads anyway (the company, the town), tells nothing.
    """
    here, public = _words(_plain(text)), _words(_plain(known))
    orders = (_low(_words(name)), [low for part in reversed(name.split()) for low in _low(_words(part))])
    if any(_places(order, here) and not _places(order, public) for order in orders):
        return True
    if len(name.split()) > 1 and any(
        _run_together(order, here) and not _run_together(order, public) for order in orders
    ):
        return True
    parts = [_readings(part) for _place, part in _parts(name)]
    return bool(_side_by_side(parts, here) - _side_by_side(parts, public)) or _behind_an_initial(parts, text)


def sentences_of_one_part(text: str, name: str, known: str = "") -> list[str]:
    """The sentences where the family name is a word, or the first name a word with a capital: it may be another word.

    A word of `known` tells nothing.
    """
    plain = _plain(text)
    here, public = _words(plain), _words(_plain(known))
    found = [
        here[place]
        for rank, part in _parts(name)
        for place in _alone(_readings(part), here, public, is_family=rank > 0 or part.isupper())
    ]
    return quoted(plain, [(word.start, word.end) for word in sorted(found, key=lambda word: word.start)])


def quoted(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """The sentences of `text` that hold these places, each once; of a long one, what is around the place."""
    cuts = [0, *(end for found in SENTENCE_ENDS.finditer(text) for end in (found.start(), found.end())), len(text)]
    sentences = list(zip(cuts[::2], cuts[1::2], strict=True))
    shown = []
    for start, end in spans:
        first, last = next((one for one in sentences if one[0] <= start < one[1]), (start, end))
        left, right = max(first, start - QUOTED_EACH_SIDE), min(last, end + QUOTED_EACH_SIDE)
        shown.append(f"{'…' * (left > first)}{text[left:right].strip()}{'…' * (right < last)}")
    return list(dict.fromkeys(shown))


def mailbox_in(text: str, email: str, name: str = "") -> bool:
    """The address, or what stands before its @ unless that may be any word: letters alone that hold no part of `name`."""
    folded, local = text.casefold(), email.casefold().split("@")[0]
    if email and email.casefold() in folded:
        return True
    parts = [part for part in searchable(name).split() if len(part) > SHORTEST]
    is_any_word = local.isalpha() and not any(part in searchable(local) for part in parts)
    return not is_any_word and bool(local) and bool(re.search(rf"(?<!\w){re.escape(local)}(?!\w)", folded))


def speaks_of_self(source: str) -> bool:
    """« je suis salariée », « mon collègue », « nous »: the source is whoever writes."""
    return bool(FIRST_PERSON.search(source))


def _plain(text: str) -> str:
    """The text without the marks that nobody sees."""
    return "".join(letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) != "Cf")


def _words(plain: str) -> list[Word]:
    found = [(word, searchable(word.group()) or word.group().casefold()) for word in re.finditer(r"[^\W_]+", plain)]
    return [
        Word(folded.capitalize() if word.group()[0].isupper() else folded, word.start(), word.end())
        for word, folded in found
    ]


def _low(words: list[Word]) -> list[str]:
    return [word.low for word in words]


def _parts(name: str) -> list[tuple[int, str]]:
    """What spaces separate in a name, with its rank; what a hyphen joins is read together."""
    return [(rank, part) for rank, part in enumerate(_plain(name).split()) if searchable(part) not in PARTICLES]


def _readings(part: str) -> Chunk:
    """« N’Diaye » is also « Ndiaye », and « d’Ornano » « Ornano »."""
    words = _low(_words(part))
    if len(words) < 2 or len(words[0]) > 1:
        return [words] if words else []
    return [words, ["".join(words[:2]), *words[2:]], words[1:]]


def _places(wanted: list[str], here: list[Word], *, shortest: int = SHORTEST) -> list[int]:
    """Where the words of `wanted` stand one after the other."""
    if not wanted or len("".join(wanted)) < shortest:
        return []
    low, size = _low(here), len(wanted)
    return [place for place in range(len(low) - size + 1) if low[place : place + size] == wanted]


def _run_together(words: list[str], here: list[Word]) -> bool:
    """« odileouvriere », in an address or a handle; a short name so joined is found in any word (« analyse »)."""
    joined = "".join(words)
    return len(joined) >= SHORTEST_JOINED and any(joined in word.low for word in here)


def _side_by_side(parts: list[Chunk], here: list[Word]) -> set[str]:
    """Two parts of the name, one right after the other, but for a particle."""
    here = [word for word in here if word.low not in PARTICLES]
    spans = [
        {(place, place + len(words)) for words in readings for place in _places(words, here, shortest=1)}
        for readings in parts
    ]
    told = set()
    for before, after in permutations(spans, 2):
        begins = dict(after)
        told |= {" ".join(_low(here[start : begins[end]])) for start, end in before if end in begins}
    return {words for words in told if len(words.replace(" ", "")) >= SHORTEST}


def _behind_an_initial(parts: list[Chunk], text: str) -> bool:
    """« O. Ouvrière », « Ouvrière O. »; « M. » is a gentleman."""
    plain = _plain(text)
    here = _words(plain)
    dotted = {
        place: word.low
        for place, word in enumerate(here)
        if word.end - word.start == 1 and word.has_capital and plain[word.end : word.end + 1] == "." and word.low != "m"
    }
    for initials, family in permutations(parts, 2):
        letters = {word[0] for words in initials for word in words}
        for words in family:
            for place in _places(words, here):
                around = (place - 1, place + len(words))
                if here[place].has_capital and any(dotted.get(beside) in letters for beside in around):
                    return True
    return False


def _alone(readings: Chunk, here: list[Word], public: list[Word], *, is_family: bool) -> list[int]:
    if any(_places(words, public) for words in readings):
        return []
    found = [place for words in readings for place in _places(words, here) if is_family or here[place].has_capital]
    if is_family and len(readings) == 1 and len(readings[0]) == 1:
        found += _in_disguise(readings[0][0], here)
    return found


def _in_disguise(family: str, here: list[Word]) -> list[int]:
    """With capitals, so that no other word is taken for it: « les Ouvrières », « N’Diaye » for « Ndiaye »."""
    if len(family) < SHORTEST:
        return []
    several = [
        place for place, word in enumerate(here) if word.has_capital and word.low in (f"{family}s", f"{family}x")
    ]
    cut = _places([family[0], family[1:]], here, shortest=SHORTEST + 1)
    return several + [place for place in cut if here[place + 1].has_capital]
