"""Whether words tell who wrote them: the name and the mailbox that a pseudonym is there to hide."""

import re
import unicodedata

from campaigns.models.place import searchable

SHORTEST = 3  # letters: fewer are found in any text
SHORTEST_JOINED = 8
PARTICLES = {"des", "del", "della", "der", "van", "von", "den", "dos", "das", "las", "los", "ben", "bin", "les"}
FIRST_PERSON = re.compile(r"\b(?:je|moi|mon|ma|mes|nous)\b|\bj\s?['’ʼ]", re.IGNORECASE)


def in_pseudonym(pseudonym: str, name: str, email: str) -> bool:
    """Not even a part of the name or of the mailbox, however it is spaced."""
    squeezed = searchable(pseudonym).replace(" ", "")
    parts = searchable(f"{name} {email.split('@')[0]}").split()
    return "@" in pseudonym or any(part in squeezed for part in parts if len(part) >= SHORTEST)


def name_in(text: str, name: str, known: str = "") -> bool:
    """The full name in either order, or its family name as a whole word, or its first name with a capital.

    A word of `known`, which everybody reads anyway (the company, the town), tells nothing.
    """
    here, public = _words(text), _words(known)
    chunks = [_words(chunk) for chunk in name.split()]  # what a hyphen joins is read together
    orders = (chunks, chunks[::-1])
    if any(_found(_joined(order), here) and not _found(_joined(order), public) for order in orders if chunks):
        return True
    if len(chunks) > 1 and any(_run_together(order, here) and not _run_together(order, public) for order in orders):
        return True
    return any(
        _tells_alone(chunk, here, is_family=place > 0 or name.split()[place].isupper())
        for place, chunk in enumerate(chunks)
        if not _found(chunk, public)
    )


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


def _words(text: str) -> list[str]:
    """The words without their accents, each still with the case of its first letter."""
    plain = "".join(letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) != "Cf")
    found = re.findall(r"[^\W_]+", plain)
    folded = [(word, searchable(word) or word.casefold()) for word in found]
    return [plain.capitalize() if word[0].isupper() else plain for word, plain in folded]


def _run_together(chunks: list[list[str]], here: list[str]) -> bool:
    """« odileouvriere », in an address or a handle; a short name so joined is found in any word (« analyse »)."""
    joined = "".join(_joined(chunks)).lower()
    return len(joined) >= SHORTEST_JOINED and any(joined in word.lower() for word in here)


def _joined(chunks: list[list[str]]) -> list[str]:
    return [word for chunk in chunks for word in chunk]


def _found(wanted: list[str], here: list[str]) -> list[str]:
    """The first words of each place where `wanted` is, one word after the other."""
    if len("".join(wanted)) < SHORTEST:
        return []
    low, size = [word.lower() for word in wanted], len(wanted)
    places = range(len(here) - size + 1)
    return [here[place] for place in places if [word.lower() for word in here[place : place + size]] == low]


def _tells_alone(chunk: list[str], here: list[str], *, is_family: bool) -> bool:
    if "".join(chunk).lower() in PARTICLES:
        return False
    return any(is_family or first[0].isupper() for first in _found(chunk, here))
