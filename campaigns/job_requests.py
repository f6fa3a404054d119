"""#i4emploiR: somebody looks for a job, and the networks that relay cases pass it on. Their mailbox is shown nowhere."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import DEPARTEMENTS, Case, JobRequest, JobRequestState, User
from campaigns.models.aftermath import JobRequestQuerySet
from i4emploi_site.lib import codes, mail
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.vault import keyed_digest

# 15 years: the age from which one agrees alone (art. 45 of the law of 6 January 1978, art. 8 GDPR)
CONSENT = gettext_lazy(
    "J’ai 15 ans ou plus. J’accepte que ma demande (métier, commune, secteur, distance, textes, prénom ou pseudonyme) soit "
    "publiée ici pendant 90 jours et relayée sur les réseaux sociaux. Mon adresse e-mail n’est jamais montrée ; elle sert à "
    "me transmettre les messages, et elle est effacée au plus tard 30 jours après la fin. Je peux retirer ma demande à tout "
    "moment."
)
PUBLISHED_FOR = timedelta(days=90)
CONFIRM_WITHIN = timedelta(days=14)
MAIL_WITHIN = timedelta(days=1)
REMINDED_BEFORE = timedelta(days=7)
MAILBOX_KEPT = timedelta(days=30)  # after the end
CODE_LENGTH = 12
ASKED = ("occupation", "commune", "naf_division", "kilometres", "summary", "text", "shown_name")
REQUESTS_AN_HOUR = 20  # from one internet address
MAILS_AN_HOUR = 4  # to one mailbox that nobody has confirmed

MAILS = {  # template: subject
    "campaigns/mail/job_request_confirm.txt": gettext_lazy("Confirmez votre demande d’emploi"),
    "campaigns/mail/job_request_published.txt": gettext_lazy("Votre demande d’emploi est publiée"),
    "campaigns/mail/job_request_refused.txt": gettext_lazy("Votre demande d’emploi n’est pas publiée"),
    "campaigns/mail/job_request_help.txt": gettext_lazy("Quelqu’un veut vous aider à trouver un emploi"),
    "campaigns/mail/job_request_reminder.txt": gettext_lazy("Votre demande d’emploi prend fin bientôt"),
}


class NotPossible(Exception):
    """Why nothing happened; the message is for people."""


class UsedForm(NotPossible):
    """The form's key stands for another request than the one that it now brings."""


# --- asking ---------------------------------------------------------------------------------------------------------


def ask(given: Mapping[str, Any], submission_key: UUID, case: Case | None = None) -> JobRequest:
    """Store the request, once per key, and mail the link that confirms it, now or when it can. Raises UsedForm.

    Nothing tells whoever asks whether the mail has left: that would say what others ask from this mailbox.
    """
    code = _code_of(submission_key)
    made = JobRequest.objects.filter(code=code).first()
    try:
        made = _same(made, given) if made else _store(given, code, case)
    except IntegrityError:  # pressed twice at once
        made = _same(JobRequest.objects.get(code=code), given)
    _mail_link(made.pk)
    return made


def mail_due(now: datetime) -> None:
    """The links that could not leave at once: the post was down, or their mailbox had had enough for an hour."""
    waiting = JobRequest.objects.filter(mailed_at__isnull=True, created_at__gt=now - MAIL_WITHIN)
    for pk in waiting.order_by("?").values_list("pk", flat=True):  # nobody fills the queue before somebody else
        _mail_link(pk)


def _mail_link(pk: int) -> None:
    """That it was mailed and the mail stand or fall together."""
    with transaction.atomic():
        waiting = JobRequest.objects.filter(pk=pk, state=JobRequestState.UNCONFIRMED, mailed_at__isnull=True)
        request = waiting.select_for_update(skip_locked=True).first()
        if request is None or too_many("job_request_mails", request.email.lower(), MAILS_AN_HOUR):
            return
        waiting.update(mailed_at=timezone.now())
        if not write(request, "confirm", page=manage_page(request)):
            transaction.set_rollback(True)


def _store(given: Mapping[str, Any], code: str, case: Case | None) -> JobRequest:
    made = JobRequest(
        code=code,
        case=case,
        **{name: given[name] for name in ASKED},
        email=given["email"],
        mailbox_digest=keyed_digest(given["email"]),
        consent=str(CONSENT),
    )
    made.manage_key = codes.digest(secret_of(made))
    with transaction.atomic():
        made.save(force_insert=True)
    return made


def _same(known: JobRequest, given: Mapping[str, Any]) -> JobRequest:
    same_words = all(getattr(known, name) == given[name] for name in ASKED)
    if same_words and known.mailbox_digest == keyed_digest(given["email"]):
        return known
    raise UsedForm(_("Ce formulaire a déjà servi. Pour en faire une nouvelle demande, envoyez-le encore une fois."))


def _code_of(submission_key: UUID) -> str:
    """The public code that this form will have, and no other: the column's uniqueness makes one row of two presses."""
    digest = bytes.fromhex(keyed_digest(f"job request form {submission_key}"))
    return "".join(codes.UNMISTAKABLE[byte % len(codes.UNMISTAKABLE)] for byte in digest[:CODE_LENGTH])


def too_many_from(address: str) -> bool:
    return too_many("job_requests", address, REQUESTS_AN_HOUR)


# --- the seeker's own link -------------------------------------------------------------------------------------------


def secret_of(request: JobRequest, reminded_of: datetime | None = None) -> str:
    """The secret of the manage link. A reminder brings a new one: that the row holds it says that the mail has left."""
    round_ = reminded_of.isoformat() if reminded_of else "first"
    return keyed_digest(f"job request link {request.code} {round_}")


def manage_page(request: JobRequest, reminded_of: datetime | None = None) -> str:
    return settings.SITE_URL + reverse("job_request_manage", args=[secret_of(request, reminded_of)])


def by_secret(secret: str) -> JobRequest | None:
    return JobRequest.objects.select_related("commune", "case").filter(manage_key=codes.digest(secret)).first()


def can_be_prolonged(request: JobRequest) -> bool:
    return request.state == JobRequestState.PUBLISHED and bool(request.mailbox_digest)


def confirm(request: JobRequest) -> None:
    _move(request, JobRequestState.UNCONFIRMED, state=JobRequestState.WAITING)


def found(request: JobRequest, now: datetime) -> None:
    _move(request, JobRequestState.PUBLISHED, state=JobRequestState.FOUND, expires_at=now)


def prolong(request: JobRequest, now: datetime) -> None:
    """90 days from now, also for one that has ended while its mailbox is still there."""
    if not can_be_prolonged(request):
        raise NotPossible(_changed())
    _move(request, JobRequestState.PUBLISHED, Q(mailbox_digest__gt=""), expires_at=now + PUBLISHED_FOR)


def withdraw(request: JobRequest, now: datetime) -> None:
    """Erase the mailbox and the texts, at once and whatever the state; again changes nothing."""
    JobRequest.objects.filter(pk=request.pk).exclude(state=JobRequestState.WITHDRAWN).update(
        state=JobRequestState.WITHDRAWN, expires_at=now, email="", mailbox_digest="", occupation="", summary="", text="",
        shown_name="", naf_division="", kilometres=None, reason="",
    )  # fmt: skip
    request.refresh_from_db()


def _move(request: JobRequest, before: str, *also: Q, **changes) -> None:
    if not JobRequest.objects.filter(*also, pk=request.pk, state=before).update(**changes):
        raise NotPossible(_changed())
    request.refresh_from_db()


def _changed() -> str:
    return _("Cette demande a changé entre-temps : rechargez la page.")


# --- moderation ------------------------------------------------------------------------------------------------------


def publish(request: JobRequest, by: User) -> None:
    now = timezone.now()
    _decide(request, by, state=JobRequestState.PUBLISHED, published_at=now, expires_at=now + PUBLISHED_FOR)


def refuse(request: JobRequest, by: User, reason: str) -> None:
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    _decide(request, by, state=JobRequestState.REFUSED, reason=reason, expires_at=timezone.now())


def take_down(request: JobRequest, by: User, reason: str) -> None:
    """Out of sight at once, for what should not have been published or is no longer true."""
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    changes = {"state": JobRequestState.REFUSED, "reason": reason, "expires_at": timezone.now()}
    _decide(request, by, JobRequestState.PUBLISHED, **changes)


def _decide(request: JobRequest, by: User, before: str = JobRequestState.WAITING, **changes) -> None:
    with transaction.atomic():
        key = codes.digest(secret_of(request))  # the link that the mail is about to give
        _move(request, before, decided_by=by, manage_key=key, **changes)
        transaction.on_commit(lambda: _tell_decision(request), robust=True)


def _tell_decision(request: JobRequest) -> None:
    public = request.state == JobRequestState.PUBLISHED
    write(request, "published" if public else "refused", page=manage_page(request))


# --- the public ------------------------------------------------------------------------------------------------------


def public(now: datetime) -> JobRequestQuerySet:
    """Never with the mailbox: a list has no use for it."""
    return JobRequest.objects.public(now).defer("email").select_related("commune", "case")


def public_page(request: JobRequest) -> str:
    return settings.SITE_URL + reverse("job_request", args=[request.code])


def in_regions(regions: Iterable[str]) -> Q:
    wanted = set(regions)
    return Q(commune__departement__in=[code for code, (_name, region) in DEPARTEMENTS.items() if region in wanted])


def public_near(regions: Iterable[str], sectors: Iterable[str], now: datetime) -> JobRequestQuerySet:
    return public(now).filter(in_regions(regions) | Q(naf_division__in=list(sectors)))


def is_over(code: str, now: datetime) -> bool:
    """Whether this page was public, and is no more."""
    over = [JobRequestState.FOUND, JobRequestState.WITHDRAWN, JobRequestState.REFUSED]
    ended = Q(state__in=over) & Q(published_at__isnull=False)
    expired = Q(state=JobRequestState.PUBLISHED, expires_at__lte=now)
    return JobRequest.objects.filter(ended | expired, code=code).exists()


# --- the end ---------------------------------------------------------------------------------------------------------


def end_due(now: datetime) -> None:
    """Each hour: remind of the end, erase the mailboxes of what ended, forget what nobody confirmed."""
    unconfirmed = JobRequest.objects.filter(state=JobRequestState.UNCONFIRMED)
    unconfirmed.filter(created_at__lte=now - CONFIRM_WITHIN).delete()
    unconfirmed.filter(created_at__lte=now - MAIL_WITHIN, mailed_at__isnull=True).delete()
    JobRequest.objects.filter(expires_at__lte=now - MAILBOX_KEPT).exclude(mailbox_digest="").update(
        email="", mailbox_digest=""
    )
    soon = JobRequest.objects.filter(
        state=JobRequestState.PUBLISHED, expires_at__gt=now, expires_at__lte=now + REMINDED_BEFORE
    )
    for pk in soon.values_list("pk", flat=True):
        _remind(pk, now)


def _remind(pk: int, now: datetime) -> None:
    """The new key and the mail that brings it stand or fall together: a mail that fails is tried again next hour."""
    with transaction.atomic():
        locked = JobRequest.objects.select_for_update(skip_locked=True).filter(pk=pk, state=JobRequestState.PUBLISHED)
        request = locked.filter(expires_at__gt=now, expires_at__lte=now + REMINDED_BEFORE).first()
        if request is None or request.manage_key == (key := codes.digest(secret_of(request, request.expires_at))):
            return
        JobRequest.objects.filter(pk=pk).update(manage_key=key)
        page = manage_page(request, request.expires_at)
        if not write(request, "reminder", page=page):
            transaction.set_rollback(True)


def write(request: JobRequest, what: str, reply_to: str = "", **context) -> bool:
    template = f"campaigns/mail/job_request_{what}.txt"
    with translation.override(settings.LANGUAGE_CODE):
        subject = str(MAILS[template])
        body = render_to_string(template, {"request": request, "public_page": public_page(request)} | context)
    return mail.send(request.email, subject, body, about=f"Job request {request.pk}", reply_to=reply_to)
