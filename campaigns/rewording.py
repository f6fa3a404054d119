"""What a pseudonymous filer is asked to write otherwise before it is sent: their own name, or that they speak of themselves."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns import identity, telling
from campaigns.models import Case, Fact, Milestone


@dataclass(frozen=True)
class Reword:
    step: int
    what: str


def needed(case: Case, fact: Fact | None, milestone: Milestone | None) -> list[Reword]:
    """Each text that tells who files, with the step where it is mended; none for a case filed in clear."""
    if not case.pseudonymous:
        return []
    said = [
        (1, _("l’adresse du site"), case.address),
        (3, _("le tribunal"), case.court),
        (3, _("à qui les offres s’adressent"), case.practitioner),
        (4, _("l’activité"), case.sector),
        (4, _("votre phrase"), case.summary),
        (4, _("votre récit"), case.story),
        (4, _("vos besoins"), case.needs),
    ]
    steps, texts = {where: step for step, where, _text in said}, {where: text for _step, where, text in said}
    sources = {_("la source des emplois"): fact, _("la source de l’échéance"): milestone}
    texts |= {where: f"{of.source_label} {of.source_url}" for where, of in sources.items() if of}
    told = [Reword(steps.get(where, 2), _said(kind, where)) for where, kind in identity.told_in(case, texts)]
    return told + [
        _of_oneself(of.source_label) for of in sources.values() if of and telling.speaks_of_self(of.source_label)
    ]


def _said(kind: str, where: str) -> str:
    if kind == "name":
        return _("Votre nom est dans %(where)s : retirez-le avant d’envoyer.") % {"where": where}
    return _("Votre adresse e-mail est dans %(where)s : retirez-la avant d’envoyer.") % {"where": where}


def _of_oneself(source: str) -> Reword:
    return Reword(2, _("« %(source)s » sera publié tel quel et parle de vous : écrivez plutôt « une personne qui connaît le site ».") % {"source": source})  # fmt: skip
