"""What was mailed before a case was published still opens its team's pages; to anybody else it says nothing."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from campaigns import moderation
from campaigns.models import User
from tests.cast import make_case, make_member, make_moderator, make_user
from tests.site.test_dashboard import make_lead

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
    answer = client.get(page, follow=True)
    assert answer.redirect_chain == [(reverse("dashboard", args=[case.slug]), 302)]
    assert reverse("case_milestones", args=[case.slug]) in answer.content.decode()


@pytest.mark.parametrize(
    "door", ["echeances/", "faits/", "prevenus/", "pieces/", "texte/", "membres/", "nouvelle/", "diffusion/"]
)
def test_each_page_of_the_team_leads_to_its_present_address_with_what_was_asked_of_it(client, moved, door):
    page, case = moved
    client.force_login(User.objects.get(email=CSE))
    answer = client.get(f"{page}{door}?vu=1&de=mail")
    assert answer["Location"] == f"/dossiers/{case.slug}/equipe/{door}?vu=1&de=mail"
    assert "no-store" in answer["Cache-Control"], "the next person at this browser learns nothing of it"
    assert client.get(answer["Location"]).status_code == 200


def test_what_was_filled_in_before_the_publication_is_kept_when_it_is_sent_after(client, moved):
    page, case = moved
    client.force_login(User.objects.get(email=CSE))
    added = client.post(page + "membres/", {"email": "maire@exemple.example", "role": "elected"}, follow=True)
    members = reverse("team_members", args=[case.slug])
    assert added.redirect_chain == [(members, 307), (members, 302)]
    mayor = case.members.get(user__email="maire@exemple.example")
    client.post(f"{page}membres/{mayor.pk}/retirer/", follow=True)
    assert [member.user.email for member in case.members.filter(user__email__in=[CSE, mayor.user.email])] == [CSE]


def test_a_lead_is_found_under_the_address_of_before_and_a_lead_of_nobody_is_not(client, moved):
    page, case = moved
    lead = make_lead(case, hours=1)
    client.force_login(User.objects.get(email=CSE))
    assert client.get(f"{page}pistes/{lead.pk}/", follow=True).status_code == 200
    assert client.get(f"{page}pistes/{lead.pk + 1}/", follow=True).status_code == 404


@pytest.mark.parametrize("who", [None, "stranger", "another team"])
def test_a_former_address_says_nothing_to_anybody_else(client, moved, who):
    page, case = moved
    if who:
        client.force_login(make_user() if who == "stranger" else make_member(make_case()))
    nonsense = client.get("/dossiers/brouillon-0000000000/equipe/")
    answer = client.get(page)
    assert answer.status_code == nonsense.status_code
    assert case.slug not in str(answer.headers) + answer.content.decode()
    assert (
        client.post(page + "membres/").status_code
        == client.post(nonsense.request["PATH_INFO"] + "membres/").status_code
    )
    assert client.get(page.removesuffix("equipe/")).status_code == 404


def test_an_invitation_to_a_case_that_is_not_public_does_not_name_it():
    case = make_case("submitted", slug="", company_name="Fonderie Sous Silence")
    invited(case)
    for message in mail.outbox:
        assert "Fonderie" not in message.subject + message.body


def test_the_mails_about_the_team_of_a_case_out_of_sight_do_not_name_it_in_their_links_either(client):
    case = make_case("held", stage="conciliation", company_name="Fonderie Exemple", slug="fonderie-exemple-meymac")
    make_member(case)
    page = invited(case)
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        assert "fonderie" not in (message.subject + message.body).lower()
    client.force_login(User.objects.get(email=CSE))
    assert reverse("dashboard", args=[case.slug]) in client.get(page).content.decode()
