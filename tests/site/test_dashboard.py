"""The team's page: who may open it, what it says first, and the news that the team writes."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.links.codes import kept_link, make_link
from campaigns.models import CaseStatus, CaseUpdate, Click, ClickKind, Lead, LinkKind
from influencers.models import Broadcast, Failure, Post, PostState
from tests.cast import make_account, make_case, make_influencer, make_member, make_moderator, make_pledge, make_user

pytestmark = pytest.mark.django_db
DOORS = ["dashboard", "update_new"]


def address(case, door="dashboard") -> str:
    return reverse(door, args=[case.slug])


def page(client, case) -> str:
    response = client.get(address(case))
    assert response.status_code == 200
    return response.content.decode()


def make_lead(case, hours: float, **fields) -> Lead:
    now = timezone.now()
    values = {"buyer_type": "fund", "name": "Bruno Repreneur", "email": "bruno@exemple.example"} | fields
    lead = Lead.objects.create(
        case=case, declaration="Je déclare.", declared_at=now, submission_key=uuid.uuid4(), **values
    )
    Lead.objects.filter(pk=lead.pk).update(created_at=now - timedelta(hours=hours))
    return lead


def make_post(case, state: str, **fields) -> Post:
    influencer = make_influencer()
    account = make_account(influencer)
    pledge = make_pledge(influencer, account, case)
    broadcast, _made = Broadcast.objects.get_or_create(
        case=case, canonical_text="Un repreneur ? {lien}", defaults={"at": timezone.now()}
    )
    return Post.objects.create(
        broadcast=broadcast, case=case, pledge=pledge, account=account, network=account.network, kind="own_words",
        delivery="api", text=pledge.consented_text, state=state, due_at=timezone.now(), **fields,
    )  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_an_anonymous_visitor_is_asked_to_sign_in(client, case, door):
    response = client.get(address(case, door))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={address(case, door)}"


@pytest.mark.parametrize("door", DOORS)
def test_for_a_stranger_and_for_the_team_of_another_case_there_is_nothing(client, case, door):
    for user in [make_user(), make_member(make_case(), "Autre Équipe")]:
        client.force_login(user)
        response = client.get(address(case, door))
        assert response.status_code == 404
        assert case.company_name not in response.content.decode()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("status", CaseStatus.values)
def test_the_team_and_the_moderators_open_it_whatever_the_status(client, door, status):
    case = make_case(status)
    opens_to_moderators = 404 if status == CaseStatus.DRAFT else 200  # a draft is its filer's
    for user, answer in [(make_member(case), 200), (make_moderator(), opens_to_moderators)]:
        client.force_login(user)
        assert client.get(address(case, door)).status_code == answer


def test_a_moderator_reads_no_lead_but_knows_how_many_there_are(client, case):
    make_lead(case, 2, organisation="Fonds Exemple")
    client.force_login(make_moderator())
    text = page(client, case)
    assert "Fonds Exemple" not in text
    assert "Les pistes ne se lisent que dans l’équipe" in text


def test_a_case_that_does_not_exist_is_not_found(team):
    assert team.get(reverse("dashboard", args=["nulle-part"])).status_code == 404


def test_a_lead_that_waits_is_the_first_thing_to_do_with_its_age(team, case):
    lead = make_lead(case, 31.5, organisation="Fonds Exemple")
    text = page(team, case)
    first = text.split('<ol class="actions">')[1].split("</li>")[0]
    assert "Répondre à Fonds Exemple" in first
    assert "31\u00a0h" in first or "31 h" in first
    assert reverse("lead_detail", args=[case.slug, lead.pk]) in first


def test_the_oldest_waiting_lead_comes_before_the_newer(team, case):
    make_lead(case, 2, organisation="Nouvelle Piste")
    make_lead(case, 50, organisation="Ancienne Piste")
    actions = page(team, case).split('<ol class="actions">')[1].split("</ol>")[0]
    assert actions.index("Ancienne Piste") < actions.index("Nouvelle Piste")


def test_posts_are_counted_by_state_and_failures_say_why_in_words(team, case):
    make_post(case, PostState.SCHEDULED)
    make_post(case, PostState.FAILED, failure=Failure.AUTH)
    make_post(case, PostState.CANCELLED, failure=Failure.WITHDRAWN)
    text = page(team, case).split('id="publications"')[1]
    assert "le compte est à reconnecter" in text
    assert text.index("en échec") < text.index("le compte est à reconnecter") < text.index("annulée")
    assert text.index("annulée") < text.index("l’engagement a été retiré")


def test_clicks_are_told_by_link_without_the_robots(team, case):
    link = make_link(case, LinkKind.POSTER, "Affiche de la gare")
    for number, kind in enumerate([ClickKind.HUMAN, ClickKind.HUMAN, ClickKind.ROBOT]):
        Click.objects.create(id=f"{number:026d}", link=link, kind=kind, at=timezone.now())
    make_lead(case, 1, link=link)
    make_lead(case, 1, link=link)
    row = page(team, case).split("Affiche de la gare")[-1].split("</tr>")[0]
    assert row.count('<td class="number">2</td>') == 2, "two people, two leads, and neither multiplied by the other"


def test_the_part_that_refreshes_itself_comes_alone(team, case):
    text = team.get(address(case), headers={"HX-Request": "true"}).content.decode()
    assert "À faire, dans l’ordre" in text
    assert "<html" not in text


def test_more_posts_and_leads_cost_no_more_queries(team, case):
    def grow():
        make_lead(case, 3, link=kept_link(case, LinkKind.SHARE, "x"))
        make_post(case, PostState.SCHEDULED)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(team, case)
        return len(captured)

    grow()
    few = queries()
    for _number in range(5):
        grow()
    assert queries() == few


def test_news_is_read_on_the_public_page_at_once_and_a_double_click_says_it_once(team, case):
    said = {"title": "Une visite a eu lieu", "body": "Deux industriels sont venus.", "source_url": ""}
    for _press in range(2):
        response = team.post(address(case, "update_new"), said)
        assert response.status_code == 302
        assert response["Location"] == address(case)
    assert CaseUpdate.objects.filter(case=case).count() == 1
    assert "Deux industriels sont venus." in team.get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"title": ""}, "title"), ({"title": "t" * 121}, "title"), ({"body": "b" * 3001}, "body"), ({"source_url": "ici"}, "source_url")],
)  # fmt: skip
def test_news_that_cannot_be_taken_says_why_at_the_field_and_loses_nothing(team, case, changes, field):
    said = {"title": "Une visite", "body": "Deux industriels sont venus.", "source_url": ""} | changes
    response = team.post(address(case, "update_new"), said)
    assert response.status_code == 400
    text = response.content.decode()
    assert f'id="id_{field}_error"' in text
    assert said["body"] in text
    assert not CaseUpdate.objects.filter(case=case).exists()


def test_a_stranger_cannot_write_news(client, case):
    client.force_login(make_user())
    assert client.post(address(case, "update_new"), {"title": "Faux", "body": "Faux"}).status_code == 404
    assert not CaseUpdate.objects.exists()
