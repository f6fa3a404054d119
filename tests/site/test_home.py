"""The national page: urgency, filters, map and ledger, and nothing that is not public."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import DEPARTEMENTS, CaseStatus, Commune, Stage
from i4emploi_site.pages.france import PLACES
from tests.cast import make_case

pytestmark = pytest.mark.django_db
HIDDEN = [CaseStatus.DRAFT, CaseStatus.SUBMITTED, CaseStatus.CHANGES_ASKED, CaseStatus.REJECTED, CaseStatus.HELD]


def page(client, **filters) -> str:
    response = client.get(reverse("home"), filters)
    assert response.status_code == 200
    return response.content.decode()


def listed(text: str) -> list[str]:
    return re.findall(r'class="name" href="[^"]+">([^<]+)<', text)


def queries(client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page(client)
    return len(captured)


def test_the_case_with_the_least_time_left_comes_first_and_the_one_without_a_date_last(client):
    make_case(company_name="Sans Date", days_left=None)
    make_case(company_name="Dans Trente Jours", days_left=30.5)
    make_case(company_name="Après-demain", days_left=2.5)
    text = page(client)
    assert listed(text) == ["Après-demain", "Dans Trente Jours", "Sans Date"]
    assert text.index("Le plus urgent") < text.index("Après-demain")
    assert "2\u00a0jours" in text
    assert "aucune échéance connue" in text


@pytest.mark.parametrize("status", HIDDEN)
def test_a_case_that_is_not_public_is_nowhere_on_the_page(client, status):
    make_case(status, company_name="Usine Secrète", commune=Commune.objects.get(code="08105"))
    text = page(client)
    assert "Usine Secrète" not in text
    assert "departement=08" not in text


def test_a_confidential_stage_is_neither_shown_nor_a_filter(client):
    make_case(CaseStatus.HELD, company_name="Usine Secrète", stage=Stage.CONCILIATION)
    text = page(client, etape="conciliation")
    assert "Usine Secrète" not in text
    assert "Conciliation" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("departement", "08"), ("region", "44"), ("etape", "redressement"), ("secteur", "Fonderie")],
)
def test_each_filter_keeps_only_its_cases(client, name, value):
    make_case(company_name="Laboratoire du Sud")
    make_case(
        company_name="Fonderie du Nord", commune=Commune.objects.get(code="08105"), sector="Fonderie",
        stage=Stage.REDRESSEMENT,
    )  # fmt: skip
    text = page(client)
    assert f"?{name}={value}" in text, "the filter is a plain link"
    assert listed(page(client, **{name: value})) == ["Fonderie du Nord"]


@pytest.mark.parametrize("typed", ["<script>", "ZZ", "é" * 5000])
@pytest.mark.parametrize("name", ["departement", "region", "etape", "secteur"])
def test_a_filter_that_means_nothing_breaks_nothing(client, name, typed):
    make_case()
    text = page(client, **{name: typed})
    assert "<script>" not in text


def test_unknown_jobs_are_said_unknown_and_never_zero(client):
    make_case(company_name="Usine Sans Chiffre", jobs=None)
    row = page(client).split('class="name"')[1].split("</li>")[0]
    assert "inconnu" in row
    assert re.search(r">0<[^>]*> *<[^>]*>emplois", row) is None


def test_every_departement_has_one_tile_and_no_two_share_a_place():
    assert set(PLACES) == set(DEPARTEMENTS)
    assert len(set(PLACES.values())) == len(PLACES)


def test_the_map_says_in_figures_how_many_cases_a_departement_has(client):
    make_case()
    make_case()
    assert "Corrèze : 2 dossiers" in page(client)


def test_the_ledger_shows_the_losses_as_well(client):
    make_case(CaseStatus.CLOSED, company_name="Usine Perdue", outcome="lost")
    text = page(client)
    assert listed(text) == []
    assert "Usine Perdue" in text
    assert re.search(r'class="lost"><dd class="num">1</dd><dt>Emplois perdus', text)


def test_more_cases_cost_no_more_queries(client):
    make_case()
    make_case(CaseStatus.CLOSED)
    few = queries(client)
    for _number in range(6):
        make_case()
        make_case(CaseStatus.CLOSED)
    assert queries(client) == few
