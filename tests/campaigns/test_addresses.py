"""What was mailed before a case was published still opens its team's pages; to anybody else it says nothing."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from campaigns import moderation
from campaigns.models import User
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

CSE = "cse@exemple.example"


def invited(case) -> str:
    """The page that the mail of a new member names, from its path on."""
    desk = Client()
    desk.force_login(make_moderator())
    desk.post(reverse("team_members", args=[case.slug]), {"email": CSE, "role": "cse"})
    mine = next(message for message in mail.outbox if message.to == [CSE])
    return re.search(r"http://testserver(/\S+)", mine.body).group(1)


@pytest.fixture
def moved():
    """(the mailed page, the case after its publication)"""
    case = make_case("submitted", slug="")
    assert case.slug.startswith("brouillon-")
    page = invited(case)
    moderation.publish(case, make_moderator())
    return page, case


def test_the_mailed_page_of_the_team_still_opens_once_the_case_is_published(client, moved):
    page, case = moved
    assert case.slug not in page
    client.force_login(User.objects.get(email=CSE))
    answer = client.get(page)
    assert answer.status_code == 200
    assert reverse("case_milestones", args=[case.slug]) in answer.content.decode()
    assert client.get(page + "echeances/").status_code == 200


@pytest.mark.parametrize("who", [None, "stranger", "another team"])
def test_a_former_address_says_nothing_to_anybody_else(client, moved, who):
    page, _case = moved
    if who:
        client.force_login(make_user() if who == "stranger" else make_member(make_case()))
    nonsense = client.get("/dossiers/brouillon-0000000000/equipe/")
    answer = client.get(page)
    assert answer.status_code == nonsense.status_code
    assert client.get(page.removesuffix("equipe/")).status_code == 404


def test_an_invitation_to_a_case_that_is_not_public_does_not_name_it():
    case = make_case("submitted", slug="", company_name="Fonderie Sous Silence")
    invited(case)
    for message in mail.outbox:
        assert "Fonderie" not in message.subject + message.body
