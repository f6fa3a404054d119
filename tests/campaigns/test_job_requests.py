"""#i4emploiR: from the form to publication, one row a form, and a mailbox that is shown nowhere."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns import job_requests
from campaigns.forms.job_request import tells_contact
from campaigns.models import CaseStatus, JobRequest, JobRequestState
from campaigns.tasks import mail_job_requests
from tests.campaigns.job_scene import (
    FORM,
    LIST,
    MAILBOX,
    SENT,
    SUMMARY,
    decide,
    filled,
    link_in,
    make_request,
    manage,
    message,
    page,
)
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_whole_path_from_the_form_to_a_job(client, mailoutbox):
    case = make_case(CaseStatus.CLOSED, outcome="lost")
    assert client.post(f"{FORM}?dossier={case.slug}", filled())["Location"] == SENT
    row = JobRequest.objects.get()
    assert (row.state, row.case, row.email) == ("unconfirmed", case, MAILBOX)
    assert row.consent == str(job_requests.CONSENT)
    assert "J’ai 15 ans ou plus" in row.consent
    own = link_in(mailoutbox[0])
    assert client.get(own).status_code == 200
    assert JobRequest.objects.get().state == "unconfirmed", "opening the link must change nothing"
    client.post(own, {"go": "confirm"})
    assert JobRequest.objects.get().state == "waiting"
    assert client.get(page(row)).status_code == 404
    assert "La demande est publiée" in decide(row, "publier").content.decode()
    row.refresh_from_db()
    assert row.expires_at - row.published_at == timedelta(days=90)
    assert mailoutbox[-1].to == [MAILBOX]
    assert link_in(mailoutbox[-1]) == own
    for address in (page(row), LIST, case.get_absolute_url()):
        assert SUMMARY in client.get(address).content.decode(), address
    client.post(own, {"go": "found"})
    assert client.get(page(row)).status_code == 410
    assert JobRequest.objects.get().state == "found"
    assert SUMMARY not in client.get(LIST).content.decode()


def test_the_mailbox_is_encrypted_in_the_database():
    make_request()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(j)::text FROM campaigns_jobrequest j")
        assert "secrete" not in cursor.fetchone()[0]


def test_the_mailbox_appears_in_no_page_no_desk_no_api_and_no_other_mail(client, mailoutbox, caplog, settings):
    case = make_case(CaseStatus.CLOSED, outcome="partly_saved")
    waiting, shown = make_request(JobRequestState.WAITING, case=case), make_request(case=case)
    public = [LIST, "/", FORM, page(shown), case.get_absolute_url(), manage(shown), manage(waiting), "/api/cases/"]
    desk = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    desk += [
        f"/admin/campaigns/jobrequest/{row.pk}/{what}/" for row in (waiting, shown) for what in ("change", "history")
    ]
    for who in (None, make_moderator(), make_user("Root", is_staff=True, is_superuser=True), make_member(case)):
        if who:
            client.force_login(who)
        for address in [*public, *desk]:
            answer = client.get(address, follow=True)
            assert answer.status_code < 500, address
            assert "secrete" not in answer.content.decode().lower(), address
    client.post(page(shown), message())
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9  # fmt: skip
    client.post(page(shown), message())
    client.post(FORM, filled())
    assert "did not leave" in caplog.text
    assert "secrete" not in caplog.text
    for mail in mailoutbox:
        assert "secrete" not in mail.subject + mail.body
        assert mail.to == [MAILBOX] or "secrete" not in str(mail.message())


@pytest.mark.parametrize("who", [lambda: None, make_user, lambda: make_member(make_case())])
def test_nobody_but_a_moderator_decides(client, who):
    row = make_request(JobRequestState.WAITING)
    if person := who():
        client.force_login(person)
    client.post(f"/admin/campaigns/jobrequest/{row.pk}/decider/publier/")
    assert JobRequest.objects.get().state == "waiting"


def test_what_nobody_confirmed_is_not_at_the_desk():
    row = make_request(JobRequestState.UNCONFIRMED)
    assert decide(row, "publier").status_code == 404
    assert JobRequest.objects.get().state == "unconfirmed"


def test_a_refusal_says_its_reason_by_mail_and_can_be_taken_once(mailoutbox):
    row = make_request(JobRequestState.WAITING)
    assert decide(row, "refuser", reason=" ").status_code == 400
    decide(row, "refuser", reason="Ceci est une publicité.")
    assert "Ceci est une publicité." in mailoutbox[-1].body
    assert "entre-temps" in decide(row, "publier").content.decode()
    assert (JobRequest.objects.get().state, len(mailoutbox)) == ("refused", 2)


def test_a_published_request_is_taken_down_at_once_with_a_reason(client, mailoutbox):
    row = make_request()
    assert decide(row, "retirer", reason=" ").status_code == 400
    assert client.get(page(row)).status_code == 200
    decide(row, "retirer", reason="Cette annonce vend une formation.")
    answer = client.get(page(row))
    assert (answer.status_code, 'content="noindex"' in answer.content.decode()) == (410, True)
    assert SUMMARY not in client.get(LIST).content.decode()
    assert "n’est plus publiée" in mailoutbox[-1].body
    assert "Cette annonce vend une formation." in mailoutbox[-1].body
    assert client.post(manage(row), {"go": "prolong"}, follow=True).status_code == 200
    assert JobRequest.objects.get().state == "refused"


def test_what_waits_is_not_taken_down_and_what_is_published_not_refused():
    waiting, shown = make_request(JobRequestState.WAITING), make_request()
    decide(waiting, "retirer", reason="Non.")
    decide(shown, "refuser", reason="Non.")
    assert set(JobRequest.objects.values_list("pk", "state")) == {(waiting.pk, "waiting"), (shown.pk, "published")}


def test_the_words_of_a_confidential_procedure_wait_for_a_person_who_sees_them(client):
    client.post(FORM, filled(text="L’usine est en conciliation depuis mai."))
    row = JobRequest.objects.get()
    client.post(manage(row), {"go": "confirm"})
    assert client.get(page(row)).status_code == 404
    client.force_login(make_moderator())
    desk = client.get(f"/admin/campaigns/jobrequest/{row.pk}/change/").content.decode()
    assert re.search(r"à relire.*>\s*conciliation\s*<", desk, re.S | re.I)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"summary": "Écrivez-moi : jeanne@exemple.fr, merci"}, "ni adresse e-mail"),
        ({"text": "jeanne (at) exemple point fr"}, "ni adresse e-mail"),
        ({"text": "jeanne @ exemple . fr"}, "ni adresse e-mail"),
        ({"summary": "Je cherche un poste, appelez le 06 12 34 56 78"}, "ni adresse e-mail"),
        ({"text": "Tél. +33 (0)6.12.34.56.78"}, "ni adresse e-mail"),
        ({"shown_name": "Jeanne 0612345678"}, "ni adresse e-mail"),
        ({"occupation": "Soudeuse 06-12-34-56-78"}, "ni adresse e-mail"),
        ({"summary": "a" * 100_000}, "errorlist"),
        ({"summary": "🏭🏭🏭"}, "Il nous faut des mots"),
        ({"commune": "Nulle-Part-sur-Rien"}, "Nous ne trouvons pas cette commune"),
        ({"commune": "Saint"}, "choisissez ci-dessous"),
        ({"kilometres": "-3"}, "errorlist"),
        ({"kilometres": "beaucoup"}, "errorlist"),
        ({"kilometres": "99999999999999999999"}, "errorlist"),
        ({"naf_division": "04"}, "errorlist"),
        ({"email": "pas une adresse"}, "errorlist"),
        ({"consent": ""}, "Sans cet accord"),
        ({"submission_key": "rien"}, "rechargez la page"),
        ({"shown_name": "Jea\x00nne"}, "errorlist"),
    ],
)
def test_bad_answers_are_said_and_nothing_is_stored_or_sent(client, mailoutbox, changes, said):
    answer = client.post(FORM, filled(**changes))
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert (JobRequest.objects.count(), len(mailoutbox)) == (0, 0)


def test_years_and_company_numbers_are_no_telephone_numbers():
    assert not tells_contact("De 2010 à 2015, SIRET 552 100 554 00013, 1 200 000 boîtes, 35 h @ Meymac.")


def test_a_case_that_is_not_public_is_neither_shown_nor_joined(client):
    case = make_case(CaseStatus.SUBMITTED, company_name="Fonderie Sous Silence")
    shown = client.get(f"{FORM}?dossier={case.slug}").content.decode()
    assert "n’est pas public" in shown
    assert "Fonderie Sous Silence" not in shown
    client.post(f"{FORM}?dossier={case.slug}", filled())
    assert JobRequest.objects.get().case is None


def test_a_request_of_a_case_held_since_is_out_of_sight(client):
    case = make_case()
    row = make_request(case=case)
    assert client.get(page(row)).status_code == 200
    case.status = CaseStatus.HELD
    case.save()
    assert client.get(page(row)).status_code == 404
    assert SUMMARY not in client.get(LIST).content.decode()


def test_two_presses_at_the_same_instant_make_one_row_and_one_mail(mailoutbox):
    form, start = filled(), Barrier(5)

    def press(_) -> str:
        try:
            start.wait(20)
            return Client().post(FORM, form)["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = set(pool.map(press, range(5)))
    assert answers == {SENT}
    assert (JobRequest.objects.count(), len(mailoutbox)) == (1, 1)


def test_a_form_used_again_with_other_words_is_never_dropped_in_silence(client):
    form = filled()
    client.post(FORM, form)
    answer = client.post(FORM, form | {"occupation": "Soudeuse"})
    assert answer.status_code == 409
    assert "a déjà servi" in answer.content.decode()
    new_key = re.search(r'name="submission_key" value="([\w-]+)"', answer.content.decode())[1]
    assert client.post(FORM, form | {"occupation": "Soudeuse", "submission_key": new_key})["Location"] == SENT
    assert JobRequest.objects.count() == 2


@pytest.fixture
def no_post(settings):
    """The post is down until it is called."""
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9  # fmt: skip

    def repair():
        settings.EMAIL_BACKEND = working

    return repair


def test_a_mail_that_cannot_leave_is_kept_and_leaves_later_once(client, no_post, mailoutbox):
    form = filled()
    assert [client.post(FORM, form)["Location"] for _press in range(2)] == [SENT] * 2
    assert JobRequest.objects.get().mailed_at is None
    no_post()
    for _turn in range(2):
        mail_job_requests()
    assert client.post(link_in(mailoutbox[0]), {"go": "confirm"}).status_code == 302
    assert (JobRequest.objects.get().state, len(mailoutbox)) == ("waiting", 1)


def test_a_second_press_sends_what_the_first_could_not(client, no_post, mailoutbox):
    form = filled()
    client.post(FORM, form)
    no_post()
    client.post(FORM, form)
    assert (JobRequest.objects.count(), len(mailoutbox)) == (1, 1)


def test_what_no_mail_could_announce_is_erased_after_a_day(client, no_post):
    client.post(FORM, filled())
    job_requests.end_due(timezone.now() + timedelta(hours=23))
    assert JobRequest.objects.exists()
    job_requests.end_due(timezone.now() + timedelta(hours=25))
    assert not JobRequest.objects.exists()


def test_a_mailbox_is_not_flooded_and_nobody_learns_that_others_ask_from_it(client, mailoutbox):
    """Whoever asks with somebody's address reads the same whatever they asked; the last one's link comes an hour later."""
    answers = {client.post(FORM, filled())["Location"] for _ in range(job_requests.MAILS_AN_HOUR + 1)}
    assert answers == {SENT}
    mail_job_requests()
    assert len(mailoutbox) == job_requests.MAILS_AN_HOUR
    assert JobRequest.objects.filter(mailed_at__isnull=True).count() == 1
    cache.clear()  # the hour is over
    mail_job_requests()
    assert len(mailoutbox) == job_requests.MAILS_AN_HOUR + 1
    assert len({link_in(one) for one in mailoutbox}) == job_requests.MAILS_AN_HOUR + 1
