"""What the gazette suggests and what the radar finds, on the moderators' desk."""

from datetime import date

import pytest
from django.core import mail

from campaigns.models import Case, Commune, Notice, Proposal, RadarOpening, Stage
from tests.cast import make_case, make_member, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def notice(**more) -> Notice:
    values = {
        "bodacc_id": "A202601916050", "kind": "annonce", "siren": "900000019", "published_on": date(2026, 10, 6),
        "departement": "19", "nature": "Jugement de conversion en liquidation judiciaire", "company_name": "ATELIERS IMAGINAIRES",
        "url": "https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:A202601916050",
    }  # fmt: skip
    return Notice.objects.create(**values | more)


def proposal(case, **more) -> Proposal:
    values = {
        "origin": "gazette",
        "kind": "stage",
        "key": "k",
        "stage": Stage.LIQUIDATION,
        "why": "Bodacc du 6 octobre",
    }
    return Proposal.objects.create(case=case, notice=notice(), **values | more)


def test_a_notice_is_the_evidence_beside_the_case_and_its_proposal_waits(desk):
    case = make_case(siren="900000019", stage=Stage.REDRESSEMENT)
    made = proposal(case)
    page = desk.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()
    assert "Jugement de conversion en liquidation judiciaire" in page
    assert f"/admin/campaigns/proposal/{made.pk}/change/" in page
    assert Case.objects.get().stage == Stage.REDRESSEMENT


def test_a_moderator_accepts_once_or_sets_aside_for_a_reason(desk):
    case = make_case(siren="900000019", stage=Stage.REDRESSEMENT)
    made = proposal(case)
    door = f"/admin/campaigns/proposal/{made.pk}/decider"
    assert desk.post(f"{door}/ecarter/", {"reason": ""}).status_code == 400
    assert "appliquée" in desk.post(f"{door}/accepter/", follow=True).content.decode()
    assert Case.objects.get().stage == Stage.LIQUIDATION
    assert "n’attend plus" in desk.post(f"{door}/ecarter/", {"reason": "Trop tard"}, follow=True).content.decode()
    assert Proposal.objects.get().state == "accepted"


def test_the_radar_shows_a_letter_and_sends_nothing(desk):
    opening = RadarOpening.objects.create(notice=notice(), commune=Commune.objects.get(code="19136"))
    page = desk.get(f"/admin/campaigns/radaropening/{opening.pk}/change/").content.decode()
    assert "votre usine peut avoir besoin de ceci" in page
    assert "inconnu" in page, "a headcount that nobody knows is not 0"
    desk.post(f"/admin/campaigns/radaropening/{opening.pk}/decider/envoyee/")
    opening.refresh_from_db()
    assert opening.state == "letter_sent"
    assert mail.outbox == []
    listed = desk.get("/admin/campaigns/radaropening/?departement=19").content.decode()
    assert "ATELIERS IMAGINAIRES" in listed


def test_a_corrected_notice_gives_no_letter(desk):
    opening = RadarOpening.objects.create(notice=notice(superseded_by="A2026X"))
    page = desk.get(f"/admin/campaigns/radaropening/{opening.pk}/change/").content.decode()
    assert "Cette annonce a été corrigée" in page


@pytest.mark.parametrize("row", ["proposal", "radaropening", "notice"])
def test_nobody_but_a_moderator_sees_them(client, row):
    client.force_login(make_member(make_case()))
    assert client.get(f"/admin/campaigns/{row}/").status_code == 302
