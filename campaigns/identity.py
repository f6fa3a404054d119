"""The sealed identity of a pseudonymous worker. Nothing else reads it: not the desk, not an export, not a log.

The machine opens it to write to its owner; a person opens it only with the right to, and for a reason that is kept.
"""

import json
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction

from campaigns.models import Case, IdentityOpening, SealedIdentity, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.vault import keyed_digest, open_sealed, seal

MAILS_AN_HOUR = 6  # to one mailbox
RIGHT = "campaigns.open_identity"  # given to named moderators, one by one


@dataclass(frozen=True)
class Identity:
    name: str
    email: str


def keep(case: Case, name: str, email: str) -> None:
    """Seal what is given; what is empty stays as it was."""
    before = _read(case)
    known = Identity(name or before.name, email or before.email)
    sealed = seal(json.dumps({"name": known.name, "email": known.email}))
    SealedIdentity.objects.update_or_create(
        case=case, defaults={"sealed": sealed, "mailbox_digest": keyed_digest(known.email)}
    )


def forget(case: Case) -> None:
    SealedIdentity.objects.filter(case=case).delete()


def is_kept(case: Case) -> bool:
    return SealedIdentity.objects.filter(case=case).exists()


def mailbox(case: Case) -> str:
    """Where the filer is written to; empty when nobody knows."""
    return _read(case).email if case.pseudonymous else case.filer_email


def write_to(case: Case, subject: str, body: str, about: str) -> bool:
    """A mail to the filer, whoever they are. False when it did not leave."""
    to = mailbox(case)
    if not to or too_many("mails", to, MAILS_AN_HOUR):
        return False
    return mail.send(to, subject, body, about=about)


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
    return Identity(**json.loads(open_sealed(kept.sealed))) if kept else Identity("", "")
