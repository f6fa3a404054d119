"""The company, from the official register when it answers, by hand when it does not; the town hall asked about its elected."""

import re
from datetime import date

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from campaigns import officials
from campaigns.models import Case, ElectedOfficial, TownHallCheck
from tests import open_data_server
from tests.campaigns.test_filing import SITE, begin, fill
from tests.cast import make_case, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)

NAMED = {"company_name": "Ateliers Imaginaires", "commune": "Meymac"}


def test_a_company_of_the_register_is_confirmed_by_hand_and_brings_what_is_known(client, world):
    world.companies = [open_data_server.company()]
    filing = begin(client)
    asked = client.post(f"{filing}1/", NAMED)
    assert "Confirmez l’entreprise" in asked.content.decode()
    assert "1 RUE DE L&#x27;USINE" in asked.content.decode()
    assert client.post(f"{filing}1/", NAMED | {"company": open_data_server.SIREN}).status_code == 302
    case = Case.objects.get()
    assert (case.company_name, case.registered_name) == ("Ateliers Imaginaires", "ATELIERS IMAGINAIRES")
    assert (case.siren, case.siret, case.headcount_code) == ("900000019", "90000001900019", "12")
    assert (case.naf_code, case.naf_nomenclature) == ("21.20Z", "rev2")
    assert "pharmaceutiques" in case.sector
    assert client.post(f"{filing}1/", NAMED | {"siren": case.siren}).status_code == 302, "it is not asked twice"


def test_a_number_in_place_of_the_name_finds_the_name(client, world):
    world.companies = [open_data_server.company()]
    filing = begin(client)
    given = {"company_name": "900 000 019", "commune": "Meymac"}
    client.post(f"{filing}1/", given)
    assert client.post(f"{filing}1/", given | {"company": open_data_server.SIREN}).status_code == 302
    assert Case.objects.get().company_name == "ATELIERS IMAGINAIRES"


def test_none_of_the_world_companies_may_be_the_right_one(client, world):
    world.companies = [open_data_server.company()]
    assert client.post(f"{begin(client)}1/", NAMED | {"company": "by_hand"}).status_code == 302
    assert (Case.objects.get().registered_name, Case.objects.get().siren) == ("", "")


@pytest.mark.parametrize("fault", ["down", "slow", "429", "500", "garbage", "html"])
def test_filing_goes_on_by_hand_while_the_register_is_out_of_order(client, world, settings, fault):
    settings.OPEN_DATA_TIMEOUT_SECONDS = 1
    world.fail(open_data_server.COMPANIES, fault, Retry_After="60")
    assert client.post(f"{begin(client)}1/", SITE).status_code == 302
    assert Case.objects.get().company_name == SITE["company_name"]


def test_a_person_hidden_by_the_register_is_not_proposed(client, world):
    world.companies = [
        open_data_server.company(nature_juridique="1000"),
        open_data_server.company(statut_diffusion="P"),
    ]
    assert client.post(f"{begin(client)}1/", NAMED).status_code == 302


def test_a_code_that_the_nomenclature_ignores_is_kept_as_one_of_the_next(client, world):
    world.companies = [open_data_server.company(activite_principale="21.99Q")]
    filing = begin(client)
    client.post(f"{filing}1/", NAMED | {"company": open_data_server.SIREN})
    case = Case.objects.get()
    assert (case.naf_code, case.naf_nomenclature, case.sector) == ("21.99Q", "naf2025", "")


def test_activities_are_suggested_by_their_words(client):
    assert "Fabrication de préparations pharmaceutiques" in client.get("/activites/?q=pharma").content.decode()
    assert client.get("/activites/?q=!").content.decode().strip() == ""


def elected(commune: str = "19136", words: str = "lucie declarante") -> ElectedOfficial:
    return ElectedOfficial.objects.create(
        commune_code=commune, last_name="Déclarante", first_name="Lucie", search_name=words, mandate="Conseil municipal",
        since=date(2026, 3, 22),
    )  # fmt: skip


def test_the_national_register_of_the_elected_is_read_by_name_and_commune(client):
    case = make_case("submitted")
    client.force_login(make_moderator())
    desk = f"/admin/campaigns/case/{case.pk}/change/"
    assert "répertoire non importé" in client.get(desk).content.decode()
    elected(commune="75056")
    assert officials.mandates_of(case) == []
    mine = elected(words="declarante lucie")
    assert officials.mandates_of(case) == [mine]
    assert "Conseil municipal" in client.get(desk).content.decode()


def test_the_town_hall_is_asked_once_at_its_official_address_and_told_nothing_of_the_company(client, world):
    world.town_halls = [open_data_server.town_hall()]
    case = make_case("submitted", stage="conciliation")
    assert [officials.ask_due(timezone.now()) for _turn in range(2)] == [1, 0]
    (message,) = mail.outbox
    assert message.to == ["mairie@meymac.example"]
    assert "Lucie Déclarante" in message.body
    assert case.company_name not in message.body
    assert "conciliation" not in message.body.lower()
    link = re.search(r"/mairie/\S+", message.body).group()
    assert client.get(link).status_code == 200
    assert TownHallCheck.objects.get().is_ours is None, "opening the link answers nothing"
    client.post(link, {"answer": "yes"})
    client.post(link, {"answer": "no"})
    assert TownHallCheck.objects.get().is_ours is True, "the first answer stands"
    client.force_login(make_moderator())
    assert "mairie@meymac.example" in client.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()
    assert client.get("/mairie/faux/").status_code == 410


@pytest.mark.parametrize("who", [{"filer_role": "worker"}, {"filer_email_confirmed_at": None}, {"status": "draft"}])
def test_no_town_hall_is_asked_about_anybody_else(world, who):
    world.town_halls = [open_data_server.town_hall()]
    make_case(**{"status": "submitted", **who})
    assert officials.ask_due(timezone.now()) == 0


@pytest.mark.parametrize("ended", [{"status": "rejected"}, {"status": "closed", "outcome": "lost"}])
def test_the_town_halls_answer_about_an_ended_case_is_not_kept_and_it_is_told_so(client, world, ended):
    world.town_halls = [open_data_server.town_hall()]
    case = make_case("submitted")
    officials.ask_due(timezone.now())
    link = re.search(r"/mairie/\S+", mail.outbox[-1].body).group()
    make_ended = {"closed_at": timezone.now()} if ended["status"] == "closed" else {}
    Case.objects.filter(pk=case.pk).update(published_at=timezone.now(), **make_ended, **ended)
    for answer in (client.get(link), client.post(link, {"answer": "yes"}, follow=True)):
        assert answer.status_code == 410
        assert "n’est plus nécessaire" in answer.content.decode()
    assert TownHallCheck.objects.get().is_ours is None


def test_a_silent_directory_is_asked_again_later(world):
    world.fail(open_data_server.DIRECTORY, "500")
    make_case("submitted")
    assert officials.ask_due(timezone.now()) == 0
    assert not TownHallCheck.objects.exists()


def test_the_secret_link_survives_an_expired_session(world):
    strict = Client(enforce_csrf_checks=True)
    filing = begin(Client())
    assert strict.post(f"{filing}1/", SITE).status_code == 302, "no cookie, no token: the secret is the key"
    fill(strict, filing)
    assert Case.objects.get().filer_name
