"""A moderator asks, the filer answers beside the case, and the desk shows both with what changed meanwhile."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from campaigns.models import Case
from tests.campaigns.test_filing import STORY, begin, confirmation_link, fill
from tests.campaigns.test_identity import NAME, WORKER
from tests.cast import make_moderator

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Combien de CDI parmi les 37 ?"
ANSWER = "33 CDI et 4 CDD, dit le comité."


@pytest.fixture
def desk():
    browser = Client()
    browser.force_login(make_moderator())
    return browser


def asked(client, desk, **filer) -> tuple[str, Case]:
    """The filer's link once a moderator has asked."""
    filing = begin(client)
    fill(client, filing, upto=4 if filer else 5)
    if filer:
        assert client.post(f"{filing}5/", filer).status_code == 302
    assert client.post(f"{filing}6/").status_code == 302
    case = Case.objects.get()
    desk.post(f"/admin/campaigns/case/{case.pk}/decider/ask_changes/", {"reason": QUESTION})
    return re.search(r"http://testserver(/deposer/[^/\s]+/)6/", mail.outbox[-1].body).group(1), case


def shown(desk, case) -> str:
    page = desk.get(reverse("admin:campaigns_case_change", args=[case.pk])).content.decode()
    return " ".join(page.split("desk-decisions")[0].split())


def test_the_answer_goes_to_the_moderators_with_the_case_and_to_nobody_else(client, desk):
    filing, case = asked(client, desk)
    review = client.get(f"{filing}6/").content.decode()
    assert QUESTION in review
    assert 'name="answer"' in review
    assert "Pas encore renvoyé" in shown(desk, case)
    client.post(confirmation_link(-2))
    client.post(f"{filing}4/", STORY | {"summary": "Une autre phrase, plus exacte."})
    assert client.post(f"{filing}6/", {"go": "next", "answer": ANSWER}).status_code == 302
    page = shown(desk, case)
    assert QUESTION in page
    assert ANSWER in page
    assert "Changé depuis :</strong> en une phrase</p>" in page.replace("\xa0", " ")
    desk.post(f"/admin/campaigns/case/{case.pk}/decider/publish/")
    case.refresh_from_db()
    assert case.is_public
    for door in (case.get_absolute_url(), f"/api/cases/{case.slug}/"):
        assert ANSWER not in Client().get(door).content.decode()


def test_an_answer_is_kept_while_the_filer_mends_the_case(client, desk):
    filing, case = asked(client, desk)
    assert client.post(f"{filing}6/", {"go": "answer", "answer": ANSWER}).url == f"{filing}6/"
    assert ANSWER in client.get(f"{filing}6/").content.decode()
    typing = client.post(f"{filing}6/", {"go": "answer", "answer": ANSWER + "!"}, headers={"HX-Request": "true"})
    assert typing.status_code == 204
    assert case.transitions.get(to_status="changes_asked").answer == ANSWER + "!"
    assert Case.objects.get().status == "changes_asked", "only the other button sends"


def test_an_answer_that_is_too_long_sends_nothing_and_is_not_cut(client, desk):
    filing, _case = asked(client, desk)
    answer = client.post(f"{filing}6/", {"go": "next", "answer": "n" * 3001})
    assert answer.status_code == 400
    assert "n" * 3001 in answer.content.decode()
    assert Case.objects.get().status == "changes_asked"


def test_a_case_sent_again_as_it_was_says_so(client, desk):
    filing, case = asked(client, desk)
    client.post(f"{filing}6/", {"go": "next"})
    page = shown(desk, case)
    assert "aucune" in page
    assert "rien" in page.split("Changé depuis")[1][:60]


def test_a_sealed_name_in_the_answer_is_pointed_out_before_it_is_sent(client, desk):
    filing, case = asked(client, desk, **WORKER)
    answer = client.post(f"{filing}6/", {"go": "next", "answer": f"Appelez {NAME}."})
    assert answer.status_code == 400
    assert "votre réponse à la modération" in answer.content.decode()
    client.post(f"{filing}6/", {"go": "answer", "answer": f"Appelez {NAME}."})
    whole = reverse("admin:campaigns_case_change", args=[case.pk])
    assert NAME not in desk.get(whole).content.decode(), "kept for its filer, and not sent"
    desk.post(f"/admin/campaigns/case/{case.pk}/decider/reject/", {"reason": "Sans réponse."})
    assert NAME not in desk.get(whole).content.decode(), "never sent"
    Case.objects.update(status="changes_asked")
    assert client.post(f"{filing}6/", {"go": "next", "answer": ANSWER}).status_code == 302


def test_before_anything_is_asked_there_is_nothing_to_answer(client, desk):
    filing = begin(client)
    fill(client, filing)
    assert 'name="answer"' not in client.get(f"{filing}6/").content.decode()
    client.post(f"{filing}6/", {"go": "next", "answer": "Bonjour"})
    assert Case.objects.get().status == "submitted"
    assert "Demandé au déclarant" not in shown(desk, Case.objects.get())
