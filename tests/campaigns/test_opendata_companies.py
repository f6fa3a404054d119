import pytest

from campaigns.opendata import companies
from campaigns.opendata.answers import BadAnswer, Unavailable
from tests.open_data_server import COMPANIES, OTHER_SIREN, SIREN, company, establishment

PATIENCE = 5


def search(world, q="ateliers", **more):
    return companies.search(world.url, q, PATIENCE, **more)


def test_a_company_comes_with_the_plant_that_answers_and_not_only_its_siege(world):
    world.companies = [company()]
    [found] = search(world, commune_code="19136")
    assert (found.siren, found.name, found.naf, found.naf_section) == (SIREN, "ATELIERS IMAGINAIRES", "21.20Z", "C")
    assert (found.headcount_code, found.headcount) == ("12", (20, 49))
    assert found.siege.commune_code == "75115"
    [plant] = found.places
    assert (plant.siret, plant.commune_code, plant.commune) == (SIREN + "00019", "19136", "MEYMAC")
    assert (plant.postcode, plant.address, plant.headcount) == ("19250", "1 RUE DE L'USINE 19250 MEYMAC", (20, 49))
    assert found.is_active
    assert not found.is_personal


@pytest.mark.parametrize("q", ["", "ab", "  ab  "])
def test_a_question_of_two_letters_is_never_asked(world, q):
    world.companies = [company(name="ab")]
    assert search(world, q) == []
    assert world.seen == []


def test_the_place_and_the_life_of_the_company_are_asked_for(world):
    elsewhere = [establishment(OTHER_SIREN + "00001", commune="23096", departement="23")]
    world.companies = [
        company(),
        company(OTHER_SIREN, matching_etablissements=elsewhere),
        company("356000000", etat_administratif="C"),
    ]
    assert [found.siren for found in search(world, departement="19")] == [SIREN]
    assert [found.siren for found in search(world, active_only=False)] == [SIREN, OTHER_SIREN, "356000000"]
    assert "etat_administratif" not in world.asked(COMPANIES)[-1]


@pytest.mark.parametrize(
    ("code", "band"),
    [
        ("00", (0, 0)),
        ("01", (1, 2)),
        ("11", (10, 19)),
        ("53", (10_000, None)),
        ("NN", None),
        (None, None),
        ("99", None),
    ],
)
def test_a_band_of_employees_that_is_not_told_is_unknown_and_never_nought(world, code, band):
    world.companies = [company(headcount=code)]
    [found] = search(world)
    assert found.headcount == band
    assert found.places[0].headcount == band


@pytest.mark.parametrize("status", [{"statut_diffusion": "P"}, {"nature_juridique": "1000"}])
def test_no_personal_field_of_an_individual_or_of_who_asked_not_to_be_shown(world, status):
    world.companies = [company(name="EXEMPLE JEAN", **status)]
    [found] = search(world, SIREN)
    assert found.is_personal
    assert (found.name, found.siege.address, found.places[0].address) == ("", "", "")
    assert "exemple" not in repr(found).lower()


def test_fields_that_are_null_leave_blanks(world):
    world.companies = [company(nom_raison_sociale=None, siege=None, activite_principale=None)]
    [found] = search(world)
    assert (found.name, found.siege, found.naf) == ("ateliers imaginaires", None, "")


@pytest.mark.parametrize(
    ("effect", "error"), [("garbage", BadAnswer), ("html", BadAnswer), ("500", Unavailable), ("429", Unavailable)]
)
def test_faults_are_told_apart_and_asked_once(world, effect, error):
    world.fail(COMPANIES, effect)
    with pytest.raises(error):
        search(world)
    assert len(world.seen) == 1


def test_an_answer_without_companies_in_it_is_a_bad_one(world):
    world.companies = [company(SIREN, "ATELIERS") | {"siren": ""}]
    with pytest.raises(BadAnswer):
        search(world)
