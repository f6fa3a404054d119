"""#i4emploiR in public: the list, a request relayed by hand, and help that reaches the seeker."""

import pytest
from django.test import Client

from campaigns import helping
from campaigns.models import CaseStatus, Commune, JobRequestState
from tests.campaigns.job_scene import FORM, LIST, MAILBOX, make_request, message, page
from tests.cast import make_case

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_list_is_filtered_by_region_and_sector_and_paged(client):
    paris = Commune.objects.filter(departement="75").first()
    for number in range(31):
        make_request(email=f"personne{number}@exemple.example", summary=f"Je cherche un poste numéro {number}.")
    make_request(email="p@exemple.example", commune=paris, naf_division="62", summary="Je programme à Paris, bonjour.")
    assert client.get(LIST).content.decode().count("Je cherche un poste numéro") == 29
    assert client.get(f"{LIST}?page=2").content.decode().count("Je cherche un poste numéro") == 2
    here = client.get(f"{LIST}?region=11").content.decode()
    assert "Je programme à Paris" in here
    assert "numéro" not in here
    both = client.get(f"{LIST}?region=75&secteur=21").content.decode()
    assert "region=75&amp;secteur=21&amp;page=2" in both
    assert "Je programme" not in both
    assert client.get(f"{LIST}?region=zz&secteur=%27&page=x").status_code == 200


def test_a_public_request_is_relayed_by_hand_with_its_hashtag(client):
    row = make_request()
    shown = client.get(page(row)).content.decode()
    assert "https://x.com/intent/post?text=Conductrice" in shown
    assert "%23i4emploiR" in shown
    away = client.post(page(row), {"instance": "mastodon.example"})
    assert away["Location"].startswith("https://mastodon.example/share?text=Conductrice")
    assert client.post(page(row), {"instance": "pas une instance"}).status_code == 400


def test_help_reaches_the_seeker_once_and_only_that_mail_names_its_sender(client, mailoutbox):
    row, given = make_request(), message()
    mailoutbox.clear()
    for _press in range(2):
        assert client.post(page(row), given)["Location"] == page(row)
    assert len(mailoutbox) == 1
    assert (mailoutbox[0].to, mailoutbox[0].reply_to) == ([MAILBOX], ["hugo@exemple.example"])
    assert "Notre atelier recrute" in mailoutbox[0].body
    assert "hugo@exemple.example" not in client.get(page(row)).content.decode() + mailoutbox[0].body


@pytest.mark.parametrize(
    "changes", [{"email": "a@b\r\nBcc: c@d.example"}, {"message": ""}, {"name": ""}, {"submission_key": "x"}]
)
def test_a_bad_message_is_refused_at_its_field(client, mailoutbox, changes):
    row = make_request()
    mailoutbox.clear()
    answer = client.post(page(row), message(**changes))
    assert (answer.status_code, len(mailoutbox)) == (400, 0)
    assert "errorlist" in answer.content.decode()


def test_messages_are_limited_and_the_one_held_back_can_be_sent_again(client, mailoutbox):
    row, last = make_request(), message()
    mailoutbox.clear()
    for _ in range(helping.HELP_AN_HOUR):
        assert client.post(page(row), message()).status_code == 302
    assert client.post(page(row), last).status_code == 409
    assert len(mailoutbox) == helping.HELP_AN_HOUR
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    elsewhere.post(page(row), last)
    assert len(mailoutbox) == helping.HELP_AN_HOUR + 1


def test_nobody_writes_to_a_request_that_is_not_published(client, mailoutbox):
    rows = [make_request(JobRequestState.WAITING), make_request(days_left=-1)]
    mailoutbox.clear()
    assert [client.post(page(row), message()).status_code for row in rows] == [404, 410]
    assert mailoutbox == []


@pytest.mark.parametrize(("outcome", "offered"), [("lost", True), ("partly_saved", True), ("saved", False)])
def test_a_case_where_jobs_were_lost_offers_to_ask_for_one(client, outcome, offered):
    case = make_case(CaseStatus.CLOSED, outcome=outcome)
    assert (f"{FORM}?dossier={case.slug}" in client.get(case.get_absolute_url()).content.decode()) is offered


def test_the_list_costs_the_same_queries_however_long(client, django_assert_num_queries):
    make_request()
    with django_assert_num_queries(4):
        client.get(LIST)
    for number in range(5):
        make_request(email=f"personne{number}@exemple.example")
    with django_assert_num_queries(4):
        client.get(LIST)
