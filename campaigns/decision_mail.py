"""What a decision on a case says by mail: to its filer, and to the team when the page appears or disappears."""

from collections.abc import Callable

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns import identity
from campaigns.models import Case

ToFiler = Callable[[Case], tuple[str, str]]  # the subject and the body
ToAll = Callable[[Case, str], tuple[str, str]]  # with the team's page, which is none for a sealed filer


def to_filer(case_pk: int, write: ToFiler) -> None:
    case = Case.objects.select_related("commune").get(pk=case_pk)
    with translation.override(settings.LANGUAGE_CODE):
        subject, body = write(case)
    identity.write_to(case, subject, body, about=f"Decision on case {case.pk}", awaited=True)


def to_all(case_pk: int, write: ToAll) -> None:
    to_filer(case_pk, lambda case: write(case, "" if case.pseudonymous else _team_page(case)))
    case = Case.objects.select_related("commune").get(pk=case_pk)
    with translation.override(settings.LANGUAGE_CODE):
        subject, body = write(case, _team_page(case))
    identity.write_to_team(case, subject, body, about=f"Decision on case {case.pk}")


def _team_page(case: Case) -> str:
    return settings.SITE_URL + case.team_path()


def published(case: Case, team: str) -> tuple[str, str]:
    page = settings.SITE_URL + case.get_absolute_url()
    body = render_to_string("campaigns/mail/published.txt", {"case": case, "page": page, "team": team})
    return _("Le dossier %(case)s est publié") % {"case": case}, body


def suspended(case: Case, team: str) -> tuple[str, str]:
    """Names no company: the case may have become confidential."""
    body = render_to_string("campaigns/mail/suspended.txt", {"team": team})
    return _("Votre dossier i4emploi est suspendu"), body


def changes_asked(case: Case, *, secret: str, reason: str) -> tuple[str, str]:
    page = settings.SITE_URL + reverse("filing_step", args=[secret, 6])
    body = render_to_string("campaigns/mail/changes_asked.txt", {"case": case, "page": page, "reason": reason})
    return _("Le dossier %(case)s : des précisions sont demandées") % {"case": case}, body


def rejected(case: Case, *, reason: str) -> tuple[str, str]:
    body = render_to_string("campaigns/mail/rejected.txt", {"case": case, "reason": reason})
    return _("Le dossier %(case)s n’est pas publié") % {"case": case}, body
