"""What the natures of BODACC's judgments mean for a procedure: the wording is the gazette's closed list, with its variants."""

import re
from datetime import date

from campaigns.opendata.words import dates_in, folded

PERSON = re.compile(
    r"interdiction (?:de )?gerer|interdiction de (?:diriger|administrer)|faillite personnelle|banqueroute"
)
# Filings and rulings inside a procedure, that quote its words (« Liste des créances nées après le jugement d'ouverture
# d'une procédure de liquidation judiciaire ») or whose effect they do not say (cour d'appel).
QUIET = re.compile(
    r"^(?:depot|liste|autres? avis|autres? arret|arret)\b|modifiant|designation|accordant un delai|sortie de crise$"
)
OPENING = re.compile(r"^(?:extrait de )?jugement d'ouverture\b")
NO_LONGER = re.compile(r"(?:sans|fin (?:de la|du|au|a la)|ni|refus\w* (?:de la|du|le|la)|arret (?:de la|du))\s+$")
CONTINUES = re.compile(
    r"(?:maintien|poursuite)(?: (?:provisoire|exceptionnelle|temporaire))?(?: de)? (?:l'|d')(?:l')?(?:activite|exploitation)"
)

REDRESSEMENT, LIQUIDATION, SAUVEGARDE = "redressement", "liquidation", "sauvegarde"
PLAN_CESSION, PLAN_REDRESSEMENT, CLOTURE = "plan_cession", "plan_redressement", "cloture"


def is_about_a_person(words: str) -> bool:
    """Sanctions against managers: interdiction de gérer, faillite personnelle."""
    return bool(PERSON.search(folded(words)))


def is_opening(nature: str) -> bool:
    """Whether the judgment opens a sauvegarde, a redressement or a liquidation; a conversion does not."""
    return bool(OPENING.match(folded(nature))) and stage_of(nature) is not None


def stage_of(nature: str) -> str | None:
    """The stage where a judgment of this nature leaves the procedure; None when it changes nothing, or does not say what."""
    words = folded(nature)
    if not words or PERSON.search(words) or QUIET.search(words):
        return None
    if "resolution du plan" in words:
        return _named_after(" et l", words)
    if "mettant fin" in words:
        return _named_after("ouvrant", words) if "ouvrant" in words else CLOTURE
    if "conversion en" in words:
        return _named_after("conversion en", words)
    if re.search(r"\bcloture\b", words):
        return CLOTURE
    if "plan de cession" in words:
        return PLAN_CESSION
    if re.search(r"plan de (?:redressement|sauvegarde|continuation)", words):
        return PLAN_REDRESSEMENT
    return _named_after("", words) if re.search(r"ouverture|extension|prononcant|reprise", words) else None


def unsettles(nature: str) -> bool:
    """A ruling that undoes an earlier one without saying what remains: only a person can tell."""
    return bool(re.search(r"infirmant|retractation|tierce opposition", folded(nature)))


def continues(complement: str) -> bool:
    """Whether the court keeps the activity going in a liquidation (art. L641-10 C. com.)."""
    return bool(_continuing(complement))


def continues_until(complement: str) -> date | None:
    """The day that the judgment gives for it, if any."""
    until = (re.match(r".{0,60}?jusqu'au (.{8,20})", rest) for rest in _continuing(complement))
    return next((day for found in until if found for day in dates_in(found.group(1))), None)


def _continuing(complement: str) -> list[str]:
    """What follows each mention that the activity goes on."""
    words = folded(complement)
    found = (one for one in CONTINUES.finditer(words) if not NO_LONGER.search(words[: one.start()]))
    return [words[one.end() :] for one in found]


def _named_after(mark: str, words: str) -> str | None:
    """The first procedure that is named from `mark` on."""
    rest = words[words.find(mark) :] if mark in words else ""
    places = {name: rest.find(name) for name in (REDRESSEMENT, LIQUIDATION, SAUVEGARDE) if name in rest}
    return min(places, key=lambda name: places[name]) if places else None
