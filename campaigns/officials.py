"""Is this elected official who they say? The national register knows the mandate; the town hall knows the person.

A name in the register is not an identity (two people may bear it): the town hall's own answer is what counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import registers
from campaigns.models import Case, CaseStatus, ElectedOfficial, FilerRole, TownHallCheck
from campaigns.models.place import searchable
from i4emploi_site.lib import mail
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.vault import keyed_digest

SALT = "campaigns.officials.town_hall"
LIFE = timedelta(days=30)
MAILS_AN_HOUR = 2  # to one town hall
AGAIN_AFTER = timedelta(hours=1)  # a second press of the button is not a second mail
ENDED = (CaseStatus.REJECTED, CaseStatus.CLOSED)
ASKED_FOR = timedelta(days=14)  # a directory that stays silent is asked again for so long


class LinkDead(Exception):
    """The town hall's link is unknown or too old."""


class NoLongerAsked(LinkDead):
    """The case ended before the town hall answered: nothing waits for it."""


@dataclass(frozen=True)
class Standing:
    """What is known of an elected filer; `register_is_empty` when nobody imported the register here."""

    mandates: list[ElectedOfficial]
    register_is_empty: bool
    check: TownHallCheck | None


def standing(case: Case) -> Standing:
    return Standing(mandates_of(case), not ElectedOfficial.objects.exists(), current_check(case))


def current_check(case: Case) -> TownHallCheck | None:
    """The question asked about this very person: an answer about another name, commune or mailbox says nothing of them."""
    return case.town_hall_checks.filter(asked_digest=_digest(case)).last()


def _digest(case: Case) -> str:
    return keyed_digest(f"{case.pk}\n{case.filer_name}\n{case.commune_id}\n{case.filer_email}")


def masked(email: str) -> str:
    """« lu•••@exemple.example »: enough for its owner's colleagues to know it."""
    local, _at, domain = email.partition("@")
    return f"{local[:2]}•••@{domain}"


def mailbox_shown(case: Case) -> str:
    """What the town hall will see of this filer's mailbox; empty when it is not asked about them, or was already."""
    asked = case.filer_role == FilerRole.ELECTED and case.commune_id and case.filer_email
    confirmed = case.filer_email_confirmed_at
    is_late = confirmed is not None and confirmed <= timezone.now() - ASKED_FOR
    return masked(case.filer_email) if asked and not is_late and current_check(case) is None else ""


def mandates_of(case: Case) -> list[ElectedOfficial]:
    """The mandates in the case's commune of somebody of the filer's name, in either order."""
    words = searchable(case.filer_name).split()
    if not words or not case.commune_id:
        return []
    here = ElectedOfficial.objects.filter(commune_code=case.commune_id)
    return [official for official in here if sorted(official.search_name.split()) == sorted(words)]


def ask_due(now: datetime) -> int:
    """Ask the town halls of elected filers whose mailbox is confirmed, once each; returns how many were asked."""
    waiting = Case.objects.filter(
        status=CaseStatus.SUBMITTED, filer_role=FilerRole.ELECTED, filer_email_confirmed_at__gt=now - ASKED_FOR,
        commune__isnull=False,
    )  # fmt: skip
    return sum(ask(case) for case in waiting.select_related("commune") if current_check(case) is None)


def ask(case: Case, *, again: bool = False) -> bool:
    """Write to the official address; the mail names neither the company nor its procedure. False: no address, or too often.

    `again`: also what was asked a while ago and nobody answered; it stays one question, and every link of it serves.
    """
    commune = case.commune_id or ""
    addresses = registers.town_hall_addresses(commune)
    if not addresses or too_many("town-hall", commune, MAILS_AN_HOUR):
        return False
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        check = current_check(case)
        if check and not (again and _ask_again(check, addresses[0])):
            return False
        check = check or TownHallCheck.objects.create(
            case=case, sent_to=addresses[0], asked_name=case.filer_name, asked_digest=_digest(case)
        )
        transaction.on_commit(lambda: _write(check), robust=True)
    return True


def _ask_again(check: TownHallCheck, address: str) -> bool:
    now = timezone.now()
    silent = TownHallCheck.objects.filter(pk=check.pk, is_ours__isnull=True, sent_at__lt=now - AGAIN_AFTER)
    asked = bool(silent.update(sent_to=address, sent_at=now))
    check.refresh_from_db()
    return asked


def _write(check: TownHallCheck) -> None:
    page = settings.SITE_URL + reverse("town_hall_answer", args=[token_of(check)])
    with translation.override(settings.LANGUAGE_CODE):
        mailbox = masked(check.case.filer_email)
        context = {"name": check.asked_name, "mailbox": mailbox, "commune": check.case.commune, "page": page}
        body = render_to_string("campaigns/mail/town_hall_check.txt", context)
        subject = _("Une personne se présente comme élue de votre commune")
    mail.send(check.sent_to, subject, body, about=f"Town hall check {check.pk}")


def token_of(check: TownHallCheck) -> str:
    return signing.dumps(check.pk, salt=SALT)


def check_of(token: str) -> TownHallCheck:
    """Raises LinkDead."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        raise LinkDead from None
    check = TownHallCheck.objects.select_related("case__commune").filter(pk=pk).first()
    if check is None or check.asked_digest != _digest(check.case):
        raise LinkDead
    if check.is_ours is None and check.case.status in ENDED:
        raise NoLongerAsked
    return check


def answer(token: str, is_ours: bool) -> bool:
    """Keep the town hall's first answer. False when it had answered before. Raises LinkDead."""
    waiting = Case.objects.exclude(status__in=ENDED)
    unanswered = TownHallCheck.objects.filter(pk=check_of(token).pk, is_ours__isnull=True, case__in=waiting)
    return bool(unanswered.update(is_ours=is_ours, answered_at=timezone.now()))
