"""From a case on the desk to its team, and what a filer under a pseudonym is told when it is published."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from campaigns.models import Case, CaseStatus
from tests.campaigns.test_filing import begin, fill
from tests.campaigns.test_identity import MAILBOX, WORKER
from tests.cast import make_case, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def page(desk, case) -> str:
    return desk.get(reverse("admin:campaigns_case_change", args=[case.pk])).content.decode()


@pytest.mark.parametrize("status", [status for status in CaseStatus.values if status != "draft"])
def test_whatever_becomes_of_a_case_the_desk_leads_to_its_team(desk, status):
    case = make_case(status)
    assert reverse("team_members", args=[case.slug]) in page(desk, case)


@pytest.mark.parametrize("status", [status for status in CaseStatus.values if status != "draft"])
def test_each_link_of_the_desks_page_opens(desk, status):
    case = make_case(status)
    links = set(re.findall(r'href="(/[^"#]*)"', page(desk, case))) - {reverse("admin:logout")}
    links = {link for link in links if not link.startswith("/static/")}
    assert (case.get_absolute_url() in links) == case.is_public
    assert [link for link in links if desk.get(link, follow=True).status_code != 200] == []


def test_the_obstacle_of_a_pseudonym_stands_beside_the_way_to_lift_it(desk):
    filed = Client()
    filing = begin(filed)
    fill(filed, filing, upto=4)
    filed.post(f"{filing}5/", WORKER)
    filed.post(f"{filing}6/")
    filed.post(re.search(r"/deposer/confirmer/\S+", mail.outbox[-1].body).group())
    case = Case.objects.get()
    decisions = page(desk, case).split('class="desk-decisions"')[1]
    link = re.search(r'pseudonyme.*?href="([^"]+)"', decisions, re.DOTALL).group(1)
    assert desk.post(link, {"email": "cse@exemple.example", "role": "cse"}).status_code == 302
    mail.outbox.clear()
    desk.post(reverse("admin:campaigns_case_decide", args=[case.pk, "publish"]))
    told = next(message for message in mail.outbox if message.to == [MAILBOX]).body
    assert "restent sous scellé" in told
    assert "membres de l’équipe qui lisent les pistes" in told
    assert "Le lien de votre dossier" in told
    followed = filed.get(filing, follow=True)
    assert followed.status_code == 200
    assert "publié" in followed.content.decode()
