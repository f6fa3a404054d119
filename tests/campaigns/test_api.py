"""The public API: what is public, and nothing else; what is unknown is null."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command

from campaigns import figures
from campaigns.buyers import leads
from campaigns.models import CaseFigures, CaseStatus, Commune, Postponement, Stage
from tests.cast import make_case

pytestmark = pytest.mark.django_db
HIDDEN = [CaseStatus.DRAFT, CaseStatus.SUBMITTED, CaseStatus.CHANGES_ASKED, CaseStatus.HELD, CaseStatus.REJECTED]


def slugs(client, **query) -> set[str]:
    response = client.get("/api/cases/", query)
    assert response.status_code == 200, response.content
    return {case["slug"] for case in response.json()["results"]}


def test_only_public_cases_are_listed_found_or_counted(client):
    public = {make_case().slug, make_case(CaseStatus.CLOSED).slug}
    hidden = [make_case(status) for status in HIDDEN] + [make_case(CaseStatus.SUBMITTED, stage=Stage.MANDAT_AD_HOC)]
    assert slugs(client) == public
    for case in hidden:
        assert client.get(f"/api/cases/{case.slug}/").status_code == 404
        assert client.get(f"/api/cases/{case.slug}/dashboard/").status_code == 404


def test_nothing_of_the_filer_or_of_a_lead_is_in_it(client):
    case = make_case(evidence_url="https://preuve.example/piece")
    given = {"buyer_type": "fund", "name": "Bruno Repreneur", "email": "bruno@exemple.example", "declared": True}
    leads.leave(case, given, None, uuid.uuid4())
    for path in ("/api/cases/", f"/api/cases/{case.slug}/", f"/api/cases/{case.slug}/dashboard/"):
        text = client.get(path).content.decode()
        for private in (
            "filer",
            case.filer_email,
            case.filer_name,
            "preuve.example",
            "Bruno",
            "bruno@",
            case.filing_key,
        ):
            assert private not in text, path


def test_a_case_tells_its_facts_its_clock_and_its_postponements(client):
    case = make_case()
    milestone = case.milestones.get()
    before = milestone.at - timedelta(days=30)
    Postponement.objects.create(milestone=milestone, from_at=before, to_at=milestone.at, reason="Sursis")
    told = client.get(f"/api/cases/{case.slug}/").json()
    assert (told["facts"][0]["value"], told["facts"][0]["source_label"]) == (37, "Mairie")
    assert told["milestones"][0]["kind"] == "dldo"
    assert told["milestones"][0]["postponements"][0]["reason"] == "Sursis"
    assert told["commune"] == {"code": "19136", "name": "Meymac", "departement": "19", "region": "75"}
    assert told["figures"]["delivered"] is None


def test_a_case_without_figures_has_null_and_no_error(client):
    case = make_case()
    CaseFigures.objects.filter(case=case).delete()
    assert client.get(f"/api/cases/{case.slug}/").json()["figures"] is None


def test_cases_are_filtered_by_place_stage_and_status(client):
    meymac = make_case().slug
    lille = make_case(CaseStatus.CLOSED, commune=Commune.objects.get(code="59350"), stage=Stage.CLOTURE).slug
    assert slugs(client, departement="19") == {meymac}
    assert slugs(client, region="32") == {lille}
    assert slugs(client, stage="cloture") == {lille}
    assert slugs(client, status="published") == {meymac}


@pytest.mark.parametrize(
    "query", [{"departement": "99"}, {"region": "x"}, {"stage": "conciliation"}, {"status": "draft"}]
)
def test_a_filter_that_cannot_be_is_refused_with_a_message(client, query):
    response = client.get("/api/cases/", query)
    assert response.status_code == 400
    assert response.json().keys() == query.keys()


def test_the_api_is_read_only(client):
    case = make_case()
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(f"/api/cases/{case.slug}/").status_code in (403, 405)


def test_the_dashboard_gives_counts_and_null_for_what_no_network_said(client):
    case = make_case()
    figures.add(case.pk, pledges=2, pledged_reach=2400, clicks=5, clicks_excluded=9)
    assert client.get(f"/api/cases/{case.slug}/dashboard/").json() == {
        "case": case.slug,
        "pledges": 2,
        "posts": {"published": 0, "failed": 0, "unconfirmed": 0},
        "reach": {"pledged": 2400, "delivered": None, "clicks": 5},
        "leads": 0,
    }


def test_a_longer_list_needs_no_more_queries(client, django_assert_num_queries):
    for _ in range(3):
        make_case()
    with django_assert_num_queries(6):
        client.get("/api/cases/")
    for _ in range(5):
        make_case()
    with django_assert_num_queries(6):
        client.get("/api/cases/")


def test_the_schema_is_made_without_a_warning(client, tmp_path):
    call_command("spectacular", "--lang", "en", "--fail-on-warn", "--validate", "--file", tmp_path / "schema.yaml")
    assert client.get("/api/schema/").status_code == 200


def test_the_hours_of_a_pseudonymous_filer_are_not_told(client):
    open_case, protected = make_case(), make_case(filer_role="worker", filer_email="", pseudonymous=True)
    read = {case["slug"]: case["updated_at"] for case in client.get("/api/cases/").json()["results"]}
    assert "T00:00:00+" in read[protected.slug]
    assert "T00:00:00+" not in read[open_case.slug]
