"""#i4emploiR, the end: withdrawn, prolonged, announced, and what is erased when."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import job_requests
from campaigns.models import JobRequest, JobRequestState
from campaigns.tasks import end_job_requests
from tests.campaigns.job_scene import MAILBOX, link_in, make_request, manage, page
from tests.cast import make_moderator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("state", JobRequestState.values)
def test_withdrawing_erases_the_mailbox_and_the_texts_whatever_the_state(client, state):
    row = make_request(state)
    client.post(manage(row), {"go": "withdraw"})
    row.refresh_from_db()
    left = [row.email, row.mailbox_digest, row.occupation, row.summary, row.text, row.shown_name]
    if state != JobRequestState.WITHDRAWN:
        assert (row.state, left) == ("withdrawn", [""] * 6)
    assert client.get(manage(row)).status_code == 200
    assert client.get(page(row)).status_code in (404, 410)


@pytest.mark.parametrize("go", ["confirm", "found", "prolong", "", "n’importe"])
def test_a_withdrawn_request_never_comes_back(client, go):
    row = make_request()
    job_requests.withdraw(row, timezone.now())
    assert client.post(manage(row), {"go": go}).status_code == 302
    assert JobRequest.objects.get().state == "withdrawn"


def test_an_unknown_secret_opens_nothing(client):
    make_request()
    assert client.get(reverse("job_request_manage", args=["x" * 64])).status_code == 404


def test_an_ended_request_is_gone_and_can_be_prolonged_while_its_mailbox_is_kept(client):
    row = make_request(days_left=-3)
    assert client.get(page(row)).status_code == 410
    client.post(manage(row), {"go": "prolong"})
    assert client.get(page(row)).status_code == 200
    row.refresh_from_db()
    assert timedelta(days=89) < row.expires_at - timezone.now() <= timedelta(days=90)


def test_the_mailbox_is_erased_30_days_after_the_end_and_not_before(client):
    kept, erased = make_request(days_left=-29), make_request(days_left=-31)
    end_job_requests()
    kept.refresh_from_db()
    erased.refresh_from_db()
    assert kept.email == MAILBOX
    assert (erased.email, erased.mailbox_digest) == ("", "")
    client.post(manage(erased), {"go": "prolong"})
    assert client.get(page(erased)).status_code == 410


@pytest.mark.parametrize("ending", ["found", "refused"])
def test_the_mailbox_of_what_was_found_or_refused_is_erased_too(ending):
    row = make_request(JobRequestState.PUBLISHED if ending == "found" else JobRequestState.WAITING)
    if ending == "found":
        job_requests.found(row, timezone.now())
    else:
        job_requests.refuse(row, make_moderator(), "Publicité.")
    job_requests.end_due(timezone.now() + timedelta(days=29))
    assert JobRequest.objects.get().email == MAILBOX
    job_requests.end_due(timezone.now() + timedelta(days=31))
    assert JobRequest.objects.get().email == ""


def test_what_nobody_confirmed_is_forgotten_after_14_days():
    make_request(JobRequestState.UNCONFIRMED)
    waiting = make_request(JobRequestState.WAITING)
    job_requests.end_due(timezone.now() + timedelta(days=13))
    assert JobRequest.objects.count() == 2
    job_requests.end_due(timezone.now() + timedelta(days=15))
    assert JobRequest.objects.get() == waiting


def test_the_end_is_announced_once_with_the_link_that_works_from_then_on(client, mailoutbox):
    row, far = make_request(days_left=6.9), make_request(days_left=7.5)
    mailoutbox.clear()
    end_job_requests()
    end_job_requests()
    assert len(mailoutbox) == 1
    new = link_in(mailoutbox[0])
    assert client.get(new).status_code == 200
    assert client.get(manage(row)).status_code == 404
    client.post(new, {"go": "prolong"})
    end_job_requests()
    assert len(mailoutbox) == 1
    job_requests.end_due(timezone.now() + timedelta(days=85))
    assert len(mailoutbox) == 2, "the prolonged one is announced again, at its new end"
    assert client.get(manage(far)).status_code == 200


def test_a_reminder_that_does_not_leave_keeps_the_old_link_and_is_tried_again(client, mailoutbox, settings):
    row = make_request(days_left=5)
    mailoutbox.clear()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9  # fmt: skip
    end_job_requests()
    assert client.get(manage(row)).status_code == 200
    settings.EMAIL_BACKEND = working
    end_job_requests()
    assert client.get(link_in(mailoutbox[0])).status_code == 200
