"""The sealed identity of a pseudonymous worker. Nothing else reads it: not the desk, not an export, not a log.

The machine opens it to write to its owner; a person opens it only with the right to, and for a reason that is kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from campaigns import telling
from campaigns.models import Case, IdentityOpening, SealedIdentity, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.limits import too_many

MAILS_AN_HOUR = 6  # about one case: another's mails are not counted, or counting would tell who files
MAILS_TO_ONE = 40  # about all cases: the post of a mailbox under attack
RIGHT = "campaigns.open_identity"  # given to named moderators, one by one


@dataclass(frozen=True)
class Identity:
    name: str = field(repr=False)
    email: str = field(repr=False)


@dataclass(frozen=True)
class Told:
    """What a text tells of the sealed identity; of a part of the name alone, the sentences where it may be another word."""

    where: str
    kind: Literal["name", "mailbox", "part"]
    sentences: tuple[str, ...] = ()


def keep(case: Case, name: str, email: str) -> None:
    """Seal what is given; what is empty stays as it was."""
    before = _read(case)
    known = Identity(name or before.name, email or before.email)
    clear = json.dumps({"name": known.name, "email": known.email})
    SealedIdentity.objects.update_or_create(case=case, defaults={"sealed": clear})


def forget(case: Case) -> None:
    """Erase what is under seal; who opened it, when and why stays."""
    kept = SealedIdentity.objects.filter(case=case)
    kept.filter(openings__isnull=True).delete()
    kept.update(sealed="")


def is_told_by(case: Case, pseudonym: str, name: str = "", email: str = "") -> bool:
    """Whether a pseudonym holds a part of the filer's name or mailbox, given now or sealed before."""
    known = _read(case)
    return any(telling.in_pseudonym(pseudonym, *of) for of in ((name, email), (known.name, known.email)))


def told_in(case: Case, texts: Mapping[str, str]) -> list[Told]:
    """Which of these texts tell the sealed name, a part of it, or the mailbox."""
    sealed, known = _read(case), f"{case.company_name} {case.commune.name if case.commune else ''}"
    told = []
    for where, text in texts.items():
        if telling.full_name_in(text, sealed.name, known):
            told.append(Told(where, "name"))
        elif sentences := telling.sentences_of_one_part(text, sealed.name, known):
            told.append(Told(where, "part", tuple(sentences)))
        if telling.mailbox_in(text, sealed.email, sealed.name):
            told.append(Told(where, "mailbox"))
    return told


def mailbox(case: Case) -> str:
    """Where the filer is written to; empty when nobody knows."""
    return _read(case).email if case.pseudonymous else case.filer_email


def write_to(case: Case, subject: str, body: str, about: str, *, awaited: bool = False) -> bool:
    """A mail to the filer, whoever they are; one that only a moderator causes is `awaited`, and no flood holds it back.

    False when it did not leave.
    """
    to = mailbox(case)
    if not to:
        return False
    if awaited:
        return mail.send(to, subject, body, about=about)
    if too_many("mails", f"{case.pk} {to}", MAILS_AN_HOUR) or too_many("mails", to, MAILS_TO_ONE):
        return False
    return mail.send(to, subject, body, about=about)


def write_to_team(case: Case, subject: str, body: str, about: str) -> None:
    """A mail to each of the team but the filer, who is written to otherwise."""
    filer = mailbox(case).casefold()
    for member in User.objects.team_of(case):
        if member.email.casefold() != filer:
            mail.send(member.email, subject, body, about=about)


def open_for(case: Case, by: User, reason: str) -> Identity:
    """What is under seal, for a person who may read it; who, when and why are kept first. Raises PermissionDenied."""
    if not by.has_perm(RIGHT):
        raise PermissionDenied
    with transaction.atomic():
        sealed = SealedIdentity.objects.select_for_update().get(case=case)
        IdentityOpening.objects.create(identity=sealed, by=by, reason=reason)
    return _read(case)


def _read(case: Case) -> Identity:
    kept = SealedIdentity.objects.filter(case=case).first()
    return Identity(**json.loads(kept.sealed)) if kept and kept.sealed else Identity("", "")
