"""What a pseudonymous filer is asked to write otherwise before it is sent: what tells who they are, or may do.

What is certain stops the case. A word that may be another's, or a number that may be another, its filer may let stand.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

from campaigns import facts, identity, questions, telling
from campaigns.models import Case, Fact, Milestone
from i4emploi_site.lib import codes
from i4emploi_site.lib.vault import keyed_digest

# « 48 », « 1 248 »: a whole number; and what says that it counts people or their jobs
NUMBER = r"(?<![\d.,])(\d{1,3}(?:[\s.]\d{3})+|\d{1,6})(?![\d%€]|[.,]\d)"
COUNTED = (
    r"emplois?|postes?|salari\w*|employ\w+|ouvri\w+|personnes|familles|collègues|travailleu\w+|agents|contrats|cdi|etp|"
    r"licenci\w+|suppressions|gens|foyers|équivalents"
)
JOBS = re.compile(rf"{NUMBER}(?=(?:\s+(?:d[’'])?[^\W\d]+){{0,2}}?\s+(?:d[’'])?(?:{COUNTED})\b)", re.IGNORECASE)
WE_ARE = re.compile(rf"(?:sommes|étions|serons|on\s+est|on\s+était)\s+(?:\w+\s+)?{NUMBER}", re.IGNORECASE)


@dataclass(frozen=True)
class Reword:
    step: int
    what: str
    sentences: tuple[str, ...] = ()
    stands_if: str = ""  # what the filer may say instead of mending; empty when nothing lets it stand
    key: str = ""  # of saying so, about exactly this text

    def stands(self, said: Collection[str]) -> bool:
        return bool(self.key) and self.key in said


@dataclass(frozen=True)
class Text:
    step: int
    where: str
    words: str


def needed(case: Case, fact: Fact | None, milestone: Milestone | None) -> list[Reword]:
    """Each text that tells who files, with the step where it is mended; none for a case filed in clear."""
    if not case.pseudonymous:
        return []
    texts = _texts(case, fact, milestone)
    told = [
        _of_identity(case, texts[one.where], one)
        for one in identity.told_in(case, {field: text.words for field, text in texts.items()})
    ]
    published = [text for field, text in texts.items() if field != "answer"]  # which the moderators alone read
    counted = [_of_number(case, text, fact) for text in published] if fact and facts.is_rounded(fact) else []
    spoken = [
        _of_oneself(of.source_label) for of in (fact, milestone) if of and telling.speaks_of_self(of.source_label)
    ]
    return told + [one for one in counted if one] + spoken


def _texts(case: Case, fact: Fact | None, milestone: Milestone | None) -> dict[str, Text]:
    """Whatever the filer wrote that anybody reads, the public or the desk."""
    question = questions.asked(case)
    return {
        "address": Text(1, _("l’adresse du site"), case.address),
        "court": Text(3, _("le tribunal"), case.court),
        "practitioner": Text(3, _("à qui les offres s’adressent"), case.practitioner),
        "sector": Text(4, _("l’activité"), case.sector),
        "summary": Text(4, _("votre phrase"), case.summary),
        "story": Text(4, _("votre récit"), case.story),
        "needs": Text(4, _("vos besoins"), case.needs),
        "evidence_url": Text(5, _("le lien qui le prouve"), case.evidence_url),
        "speaker": Text(5, _("votre qualité"), case.speaker),
        "fact": Text(2, _("la source des emplois"), _source(fact)),
        "milestone": Text(2, _("la source de l’échéance"), _source(milestone)),
        "answer": Text(6, _("votre réponse à la modération"), question.answer if question else ""),
    }


def _source(of: Fact | Milestone | None) -> str:
    return f"{of.source_label} {of.source_url}" if of else ""


def _of_identity(case: Case, text: Text, told: identity.Told) -> Reword:
    where = {"where": text.where}
    if told.kind == "name":
        return Reword(text.step, _("Votre nom est dans %(where)s : retirez-le avant d’envoyer.") % where)
    if told.kind == "mailbox":
        return Reword(text.step, _("Votre adresse e-mail est dans %(where)s : retirez-la avant d’envoyer.") % where)
    what = _("Un mot de votre nom est dans %(where)s : si c’est votre nom, retirez-le.") % where
    stands_if = _("Ce mot n’est pas mon nom : je le laisse")
    return Reword(text.step, what, told.sentences, stands_if, _key(case, told.where, text, told.sentences))


def _of_number(case: Case, text: Text, fact: Fact) -> Reword | None:
    """A number of jobs that is not the rounded one but would round to it is most likely the exact one."""
    shown = fact.value
    spans = [
        found.span(1)
        for pattern in (JOBS, WE_ARE)
        for found in pattern.finditer(text.words)
        if (number := int(re.sub(r"\D", "", found[1]))) != shown and facts.rounded(number) == shown
    ]
    if not spans:
        return None
    sentences = tuple(telling.quoted(text.words, sorted(set(spans))))
    said = {"shown": floatformat(shown, "0g"), "where": text.where}
    what = _("Votre chiffre est publié arrondi (%(shown)s), et un nombre plus exact est dans %(where)s : il dirait ce que l’arrondi cache.") % said  # fmt: skip
    stands_if = _("Je laisse ce nombre : il ne dit pas qui je suis")
    return Reword(text.step, what, sentences, stands_if, _key(case, "number", text, sentences))


def _key(case: Case, about: str, text: Text, sentences: tuple[str, ...]) -> str:
    return keyed_digest(codes.digest(json.dumps([case.pk, about, text.step, text.words, sentences])))


def _of_oneself(source: str) -> Reword:
    return Reword(2, _("« %(source)s » sera publié tel quel et parle de vous : écrivez plutôt « une personne qui connaît le site ».") % {"source": source})  # fmt: skip
