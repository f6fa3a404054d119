"""A moderator arrives on what waits for a decision, the most urgent case first."""

import re

import pytest
from django.utils.html import strip_tags

from campaigns import holding
from tests.cast import make_case, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def home(client) -> str:
    page = client.get("/admin/").content.decode()
    return re.sub(r"\s+", " ", page.split("desk-home")[1].split("</section>")[0])


def test_the_cases_that_wait_are_counted_the_most_urgent_first(desk):
    make_case("submitted", company_name="Plus tard", days_left=20)
    make_case("submitted", company_name="Demain", days_left=1.2)
    make_case("published", company_name="Déjà vu", days_left=0.5)
    make_case("draft", company_name="Pas envoyé", days_left=0.5)
    page = home(desk)
    assert "2 dossiers à vérifier" in strip_tags(page)
    assert page.index("Demain") < page.index("Plus tard")
    assert "il reste 1 jour" in page
    assert "Déjà vu" not in page
    assert "Pas envoyé" not in page


def test_each_pile_leads_to_its_rows_that_wait_and_an_empty_one_says_so(desk):
    case = make_case()
    held = holding.hold(case, "La conciliation a échoué.", "une nouvelle", None)
    cleared = holding.hold(case, "La conciliation a réussi.", "une nouvelle", None)
    holding.clear(cleared, make_moderator("Une Autre"))
    page = home(desk)
    address = re.search(r'href="([^"]*heldtext[^"]*)"> ?1 attend<', page).group(1)
    rows = desk.get(address).content.decode()
    assert held.text in rows
    assert cleared.text not in rows
    assert ">rien<" in page
    assert "Aucun dossier à vérifier" in strip_tags(page)


def test_somebody_of_the_staff_without_the_right_to_cases_reads_none(client):
    make_case("submitted", company_name="Fonderie Exemple")
    client.force_login(make_user(is_staff=True))
    assert "Fonderie" not in client.get("/admin/").content.decode()
