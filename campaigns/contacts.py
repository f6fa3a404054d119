"""The who-has-been-told board: whom the team told, when, and what they answered."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import correcting, holding
from campaigns.models import ActorContact, Case, PublicActor, User
from campaigns.opendata.companies import BANDS

CIRI_ABOVE = 400  # employees

HINTS: dict[str, Promise] = {
    PublicActor.MAYOR: gettext_lazy("Première informée, elle peut déposer le dossier et réunir les autres."),
    PublicActor.SUB_PREFECT: gettext_lazy("L’État sur place : réunit les services et l’entreprise."),
    PublicActor.PREFECT: gettext_lazy("Son comité (CODEFI) aide les entreprises de moins de 400 salariés."),
    PublicActor.CIRI: gettext_lazy("À Paris, pour les entreprises de plus de 400 salariés."),
    PublicActor.COMMISSIONER: gettext_lazy("Suit les entreprises industrielles en difficulté de la région."),
    PublicActor.PRACTITIONER: gettext_lazy("Recueille les offres : c’est à lui que les repreneurs écrivent."),
    PublicActor.WORKS_COUNCIL: gettext_lazy("Doit être entendu ; donne son avis sur les offres."),
    PublicActor.DREETS: gettext_lazy("Travail et emploi : plans sociaux, reclassement, activité partielle."),
    PublicActor.REGION: gettext_lazy("Développement économique : avances, garanties, recherche de repreneurs."),
    PublicActor.DEPARTEMENT: gettext_lazy("Peut aider à garder le site ouvert le temps des visites."),
    PublicActor.EPCI: gettext_lazy("Compétente pour les locaux et le terrain."),
    PublicActor.CCI: gettext_lazy("Connaît les entreprises du secteur qui pourraient reprendre."),
    PublicActor.SCOP_UNION: gettext_lazy("Étudie gratuitement une reprise par les salariés."),
    PublicActor.BPIFRANCE: gettext_lazy("Finance et garantit des reprises."),
    PublicActor.BANQUE_DE_FRANCE: gettext_lazy("Médiation du crédit."),
    PublicActor.PARLIAMENT: gettext_lazy("Questions au gouvernement, courriers aux ministres."),
}


class NotPossible(correcting.NotPossible):
    """Why the entry is not taken; the message is for people."""


@dataclass(frozen=True)
class Line:
    """An actor, what it can do, and the times it was told (none: not yet)."""

    actor: str
    label: str
    hint: Promise | str
    contacts: list[ActorContact]


def board(case: Case) -> list[Line]:
    """The public actors in the order in which a town usually calls them; « Autre » only once there was one, and not those
    that the law keeps to smaller or larger companies, unless they were told.
    """
    beside = {PublicActor.OTHER} | ({PublicActor.CIRI} if _is_below_the_ciri(case) else set())
    told: dict[str, list[ActorContact]] = {}
    for contact in case.contacts.all():
        told.setdefault(contact.actor, []).append(contact)
    return [
        Line(actor, str(label), HINTS.get(actor, ""), told.get(actor, []))
        for actor, label in PublicActor.choices
        if actor not in beside or actor in told
    ]


def _is_below_the_ciri(case: Case) -> bool:
    """Said by the register's headcount alone: a company may threaten 37 jobs and employ 2,000 people."""
    _fewest, most = BANDS.get(case.headcount_code, (None, None))
    return most is not None and most <= CIRI_ABOVE


def record(case: Case, by: User, **said) -> ActorContact:
    """Note that an actor was told, once however often the button is pressed. Raises NotPossible while its words are held."""
    _check_words(case, by, said["precision"], said["told_by"], said["answer"])
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        return case.contacts.filter(**said).first() or ActorContact.objects.create(case=case, recorded_by=by, **said)


def note_answer(contact: ActorContact, by: User, answer: str, answered_on: date) -> None:
    """What they answered; a later answer replaces an earlier one. Raises NotPossible."""
    _check_words(contact.case, by, answer)
    if answered_on < contact.told_on:
        raise NotPossible(_("La réponse ne peut pas précéder la demande."))
    ActorContact.objects.filter(pk=contact.pk).update(answer=answer, answered_on=answered_on)


def correct(contact: ActorContact, by: User, reason: str, *, read: str, **said) -> bool:
    """What the line says instead. False when it says so already. Raises correcting.NotPossible."""
    return correcting.correct(contact, by, reason, said, read=read)


def take_back(contact: ActorContact, by: User, reason: str) -> bool:
    return correcting.take_back(contact, by, reason)


def _check_words(case: Case, by: User, *parts: str) -> None:
    words = "\n".join(part for part in parts if part)
    if held := holding.hold(case, words, _("le tableau des acteurs prévenus"), by):
        raise NotPossible(holding.explain(held))
