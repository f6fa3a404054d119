"""The filer holds the mailbox that they gave: the link mailed to it, the button behind it, the account that follows."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import identity
from campaigns.models import Case, CaseStatus, User
from i4emploi_site.lib import codes
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.vault import VaultClosed, keyed_digest, open_sealed, seal

SALT = "campaigns.filing.confirmation"
LIFE = timedelta(days=14)
CORRECTIONS_AN_HOUR = 6  # of one case's address


class LinkDead(Exception):
    """The confirmation link is unknown, too old, or for an address that the filer has since changed."""


@dataclass(frozen=True)
class Corrected:
    """What became of another address for a case that waits for its confirmation."""

    secret: str  # of the filer's link from now on
    is_changed: bool  # so that the link before opens nothing
    is_taken: bool  # the case has this address now, and its message is on its way unless the mailbox had too many


@dataclass(frozen=True)
class Confirmed:
    case: Case
    user: User | None  # None: the address was confirmed before, or its owner keeps a pseudonym and has no account
    is_first: bool
    secret: str  # of the filer's own link, the first time only; empty when the mail did not know it


def token_of(case: Case, secret: str = "") -> str:
    """Names no mailbox, and holds the filer's own link under seal: links end up in histories and logs."""
    return signing.dumps({"case": case.pk, "mailbox": _digest(case), "own": seal(secret)}, salt=SALT)


def _digest(case: Case) -> str:
    """Of this case's mailbox: that of another case of the same person is another."""
    return keyed_digest(f"{case.pk} {identity.mailbox(case)}")


def _said(token: str) -> dict:
    try:
        return signing.loads(token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        raise LinkDead from None


def case_of(token: str) -> Case:
    """The case that the mailed link is about. Raises LinkDead."""
    said = _said(token)
    case = Case.objects.filter(pk=said["case"]).first()
    if case is None or _digest(case) != said["mailbox"]:
        raise LinkDead
    return case


def confirm(token: str) -> Confirmed:
    """Confirm the mailbox once, and give its owner their account unless they keep a pseudonym. Raises LinkDead."""
    with transaction.atomic():
        case = Case.objects.select_for_update(of=["self"]).get(pk=case_of(token).pk)
        case_of(token)  # again, now that nobody else changes it
        first_time = case.filer_email_confirmed_at is None
        if first_time:
            case.filer_email_confirmed_at = timezone.now()
            case.has_account = case.has_account or not case.pseudonymous
            case.save(update_fields=["filer_email_confirmed_at", "has_account"])
        user = _account_of(case) if first_time and not case.pseudonymous else None
    return Confirmed(case, user, first_time, _own(token) if first_time else "")


def _own(token: str) -> str:
    """The secret of the filer's own link; empty when the token does not know it, or its seal opens no more."""
    try:
        return open_sealed(_said(token).get("own", ""))
    except VaultClosed:
        return ""


def new_link(case: Case, following: str) -> None:
    """The secret `following` is the filer's link: whoever was sent the one before, by mistake, has nothing left."""
    Case.objects.filter(pk=case.pk).update(filing_key=codes.digest(following))


def correct(case: Case, email: str, secret: str, following: str) -> Corrected:
    """Send the confirmation elsewhere, while no address is confirmed and not too often; the link is then `following`."""
    if too_many("corrections", str(case.pk), CORRECTIONS_AN_HOUR):
        return Corrected(secret, is_changed=False, is_taken=False)
    with transaction.atomic():
        waiting = Case.objects.select_for_update(of=["self"]).filter(
            pk=case.pk, filing_key=case.filing_key, status=CaseStatus.SUBMITTED, filer_email_confirmed_at__isnull=True
        )
        if not (mine := waiting.first()):
            return Corrected(secret, is_changed=False, is_taken=False)
        changed = identity.mailbox(mine) != email
        if mine.pseudonymous:
            identity.keep(mine, "", email)
        else:
            waiting.update(filer_email=email, updated_at=timezone.now())
        if changed:
            new_link(mine, following)
    case.refresh_from_db()
    now = following if changed else secret
    send(case, now, is_new=changed)
    return Corrected(now, is_changed=changed, is_taken=True)


def send(case: Case, secret: str, *, is_new: bool = False) -> bool:
    """The link that confirms; with the filer's own link too when it is new to this mailbox."""
    page = settings.SITE_URL + reverse("filing_confirm", args=[token_of(case, secret)])
    own = settings.SITE_URL + reverse("filing_done", args=[secret]) if is_new else ""
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("i4emploi : confirmez votre adresse e-mail")  # neither the plant nor a word of the sender
        context = {"case": case, "page": page, "own": own}
        body = render_to_string("campaigns/mail/confirm.txt", context)
    return identity.write_to(case, subject, body, about=f"Case {case.pk}")


def _account_of(case: Case) -> User:
    user = User.objects.of_mailbox(case.filer_email)
    if user is None:
        try:
            with transaction.atomic():
                user = User.objects.create_user(case.filer_email, display_name=case.filer_name)
        except IntegrityError:  # made by another request meanwhile
            user = User.objects.get(email__iexact=case.filer_email)
    if user.email.casefold() != case.filer_email.casefold():
        return user  # another of their addresses, that they proved before
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user
