"""A moderator decides on what they read: a case that others changed since is read again first."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from campaigns.models import Case, CaseMember, CaseStatus, Fact
from tests.campaigns.test_desk import change_form
from tests.campaigns.test_filing import STORY, begin, fill
from tests.cast import make_case, make_member, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)

AGAIN = "a changé depuis que vous l’avez lu"


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def read(desk, case) -> dict:
    """What the page of the case sends with a decision."""
    page = desk.get(reverse("admin:campaigns_case_change", args=[case.pk])).content.decode()
    return {"read": re.search(r'name="read" value="([^"]+)"', page).group(1)}


def decide(desk, case, decision: str, **given) -> str:
    address = reverse("admin:campaigns_case_decide", args=[case.pk, decision])
    return desk.post(address, given, follow=True).content.decode()


def new_browser(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_what_the_filer_rewrote_and_sent_again_is_read_before_it_is_published(desk):
    filer = Client()
    filing = begin(filer)
    fill(filer, filing)
    filer.post(f"{filing}6/")
    filer.post(re.search(r"/deposer/confirmer/\S+", mail.outbox[-1].body).group())
    case = Case.objects.get()
    first = read(desk, case)
    decide(desk, case, "ask_changes", reason="Donnez la source du chiffre.", **first)
    again = re.search(r"http://testserver(/deposer/\S+/)6/", mail.outbox[-1].body).group(1)
    filer.post(f"{again}4/", STORY | {"summary": "Personne n’a encore lu cette phrase."})
    assert filer.post(f"{again}6/").status_code == 302
    assert AGAIN in decide(desk, case, "publish", **first)
    assert Case.objects.get().status == CaseStatus.SUBMITTED
    assert "est publié" in decide(desk, case, "publish", **read(desk, case))


def a_fact(case, member):
    fact = {"go": "fact", "fact-kind": "event", "fact-text": "Un repreneur est venu.", "fact-source_label": "Mairie"}
    assert new_browser(member).post(reverse("case_facts", args=[case.slug]), fact).status_code == 302


def a_fact_taken_away(case, _member):
    Fact.objects.filter(case=case).delete()


def a_correction_of_another_moderator(case, _member):
    other = new_browser(make_moderator("Maud Modératrice"))
    page = reverse("admin:campaigns_case_change", args=[case.pk])
    assert other.post(page, change_form(other, case) | {"court": "Tribunal de commerce de Tulle"}).status_code == 302


@pytest.mark.parametrize("change", [a_fact, a_fact_taken_away, a_correction_of_another_moderator])
def test_no_decision_is_taken_on_what_another_changed_meanwhile(desk, change):
    case = make_case("submitted")
    member, before = make_member(case), read(desk, case)
    change(case, member)
    for decision, given in [("publish", {}), ("reject", {"reason": "Hors sujet."})]:
        assert AGAIN in decide(desk, case, decision, **given, **before)
    assert Case.objects.get().status == CaseStatus.SUBMITTED
    assert not case.transitions.exists()


def test_a_second_press_is_told_what_the_first_one_did(desk):
    case = make_case("submitted")
    before = read(desk, case)
    assert "est publié" in decide(desk, case, "publish", **before)
    twice = decide(desk, case, "publish", **before)
    assert "n’est plus possible" in twice
    assert AGAIN not in twice


def test_what_concerns_nobodys_reading_stands_in_no_decisions_way(desk):
    case = make_case("submitted")
    before = read(desk, case)
    CaseMember.objects.create(case=case, user=make_moderator("Maud Modératrice"), role="other")
    assert "est publié" in decide(desk, case, "publish", **before)
