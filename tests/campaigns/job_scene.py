"""What the tests of job requests share: a filled-in form, a request in any state, the addresses of its pages."""

import re
import uuid
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import job_requests
from campaigns.models import Commune, JobRequest, JobRequestState
from tests.cast import make_moderator

MAILBOX = "jeanne.secrete@exemple.example"
SUMMARY = "Conductrice de ligne, je cherche un poste dans l’agroalimentaire."
FORM, SENT, LIST = "/emploi/demander/", "/emploi/demander/envoye/", "/emploi/"


def filled(**changes) -> dict:
    return {
        "occupation": "Conductrice de ligne",
        "commune": "Meymac",
        "commune_code": "",
        "naf_division": "21",
        "kilometres": "40",
        "summary": SUMMARY,
        "text": "Quinze ans de comprimés, de 2010-2015 en équipe de nuit. SIRET 552 100 554 00013.",
        "shown_name": "Jeanne",
        "email": MAILBOX,
        "consent": "on",
        "submission_key": str(uuid.uuid4()),
    } | changes


def make_request(state: str = JobRequestState.PUBLISHED, *, days_left: float = 60, **changes) -> JobRequest:
    """A request in this state; a published one ends in `days_left` days."""
    given = {
        "occupation": "Conductrice de ligne", "commune": Commune.objects.get(code="19136"), "naf_division": "21",
        "kilometres": None, "summary": SUMMARY, "text": "", "shown_name": "Jeanne", "email": MAILBOX,
    }  # fmt: skip
    case = changes.pop("case", None)
    made = job_requests.ask(given | changes, uuid.uuid4(), case)
    now = timezone.now()
    dates = {"published_at": now, "expires_at": now + timedelta(days=days_left)}
    JobRequest.objects.filter(pk=made.pk).update(state=state, **(dates if state == JobRequestState.PUBLISHED else {}))
    made.refresh_from_db()
    return made


def page(row) -> str:
    return reverse("job_request", args=[row.code])


def manage(row) -> str:
    return reverse("job_request_manage", args=[job_requests.secret_of(row)])


def link_in(message) -> str:
    return re.search(r"http://[^/\s]+(/emploi/gerer/\S+)", message.body)[1]


def decide(row, decision, **posted):
    client = Client()
    client.force_login(make_moderator())
    return client.post(f"/admin/campaigns/jobrequest/{row.pk}/decider/{decision}/", posted, follow=True)


def message(**changes) -> dict:
    return {
        "name": "Hugo Aidant", "email": "hugo@exemple.example", "message": "Notre atelier recrute à Ussel.",
        "submission_key": str(uuid.uuid4()),
    } | changes  # fmt: skip
