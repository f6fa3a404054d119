"""What became of the jobs, 6, 12, 24 and 36 months after the outcome: asked of the team by mail, answered without an account."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import clock, facts
from campaigns.models import FOLLOW_UP_MONTHS, Case, CaseStatus, FactKind, FollowUp, Outcome, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.times import PARIS

SALT = "campaigns.following_up"
LIFE = timedelta(days=365)
REMINDER = timedelta(days=30)
WORTH_FOLLOWING = (Outcome.SAVED, Outcome.PARTLY_SAVED, Outcome.CONTINUED, Outcome.RESUMED_LATER)


class LinkDead(Exception):
    """The mailed link is unknown or too old."""


class NotPossible(Exception):
    """Why the answer is not taken; the message is for people."""


def plan(case: Case, outcome: str, now: datetime) -> None:
    """The questions to come of a case that closes now, where jobs remain to be counted."""
    if outcome not in WORTH_FOLLOWING:
        return
    today = now.astimezone(PARIS).date()
    for months in FOLLOW_UP_MONTHS:
        due = clock.months_after(today, months)
        FollowUp.objects.get_or_create(case=case, months=months, defaults={"due_on": due})


def ask_due(now: datetime) -> int:
    """Ask on the day, and once more a month later; each mail is claimed before it leaves. How many were asked."""
    today = now.astimezone(PARIS).date()
    open_ones = FollowUp.objects.filter(
        answered_at__isnull=True, due_on__lte=today, case__status=CaseStatus.CLOSED, case__in=Case.objects.public()
    )
    first = Q(asked_at__isnull=True)
    again = Q(reminded_at__isnull=True, asked_at__lte=now - REMINDER)
    asked = 0
    for follow_up in open_ones.filter(first | again).select_related("case"):
        column = "reminded_at" if follow_up.asked_at else "asked_at"
        claimed = FollowUp.objects.filter(pk=follow_up.pk, answered_at__isnull=True, **{f"{column}__isnull": True})
        if claimed.update(**{column: now}):
            _ask_team(follow_up)
            asked += 1
    return asked


def _ask_team(follow_up: FollowUp) -> None:
    page = settings.SITE_URL + reverse("follow_up", args=[token_of(follow_up)])
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("%(case)s : combien d’emplois, %(months)s mois après ?") % {
            "case": follow_up.case, "months": follow_up.months,
        }  # fmt: skip
        context = {"case": follow_up.case, "months": follow_up.months, "page": page}
        body = render_to_string("campaigns/mail/follow_up.txt", context)
    for address in _readers(follow_up.case):
        mail.send(address, subject, body, about=f"Follow-up {follow_up.pk}")


def _readers(case: Case) -> list[str]:
    """The team; the moderators where nobody of it is left to ask."""
    return [reader.email for reader in User.objects.team_of(case) or User.objects.moderators()]


def token_of(follow_up: FollowUp) -> str:
    return signing.dumps(follow_up.pk, salt=SALT)


def of_token(token: str) -> FollowUp:
    """Raises LinkDead."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        raise LinkDead from None
    known = FollowUp.objects.select_related("case__commune", "fact").filter(pk=pk, case__in=Case.objects.public())
    if (follow_up := known.first()) is None:
        raise LinkDead
    return follow_up


def answer(token: str, jobs: int | None, source_label: str, source_url: str) -> bool:
    """Keep the first answer; None: nobody knows. False when it was answered before. Raises LinkDead, NotPossible."""
    follow_up = of_token(token)
    words = f"+ {follow_up.months} mois"
    try:  # before the answer is taken: a refusal after it would also undo the register's entry
        facts.check_words(follow_up.case, None, words, source_label, source_url)
    except facts.NotPossible as held:
        raise NotPossible(str(held)) from None
    with transaction.atomic():
        now = timezone.now()
        if not FollowUp.objects.filter(pk=follow_up.pk, answered_at__isnull=True).update(answered_at=now):
            return False
        if jobs is not None:
            fact = facts.record(
                follow_up.case, None, FactKind.JOBS_CONFIRMED, source_label, value=jobs, source_url=source_url,
                text=words, on=now.astimezone(PARIS).date(),
            )  # fmt: skip
            FollowUp.objects.filter(pk=follow_up.pk).update(fact=fact)
    return True
