"""Job requests over the API: those that are published today, and nothing by which to reach who asks but the page."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from campaigns import job_requests
from campaigns.models import CaseStatus, Commune, JobRequest, JobRequestState
from i4emploi_site.lib.times import PARIS
from tests.campaigns.job_scene import MAILBOX, SUMMARY, decide, make_request, page
from tests.cast import make_case

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/api/job-requests/"


def listed(client, **query) -> set[str]:
    answer = client.get(ADDRESS, query)
    assert answer.status_code == 200, answer.content
    return {row["code"] for row in answer.json()["results"]}


def detail(client, row):
    return client.get(f"{ADDRESS}{row.code}/")


def is_told(client, row) -> bool:
    """By the list and by its own address, which never differ."""
    in_list, alone = row.code in listed(client), detail(client, row).status_code
    assert (in_list, alone) in ((True, 200), (False, 404))
    return in_list


def test_a_published_request_is_told_with_these_fields_and_no_other(client):
    row = make_request(kilometres=40, text="Quinze ans de comprimés.")
    told = detail(client, row).json()
    assert told == {
        "code": row.code,
        "occupation": "Conductrice de ligne",
        "commune": {"code": "19136", "name": "Meymac", "departement": "19", "region": "75"},
        "naf_division": "21",
        "sector": "Industrie pharmaceutique",
        "summary": SUMMARY,
        "shown_name": "Jeanne",
        "published_on": timezone.now().astimezone(PARIS).date().isoformat(),
        "expires_on": row.expires_at.astimezone(PARIS).date().isoformat(),
        "url": f"http://testserver{page(row)}",
    }
    assert client.get(ADDRESS).json()["results"] == [told]


def test_a_sector_that_nobody_gave_is_null(client):
    told = detail(client, make_request(naf_division="")).json()
    assert (told["naf_division"], told["sector"]) == (None, None)


def test_no_answer_tells_the_mailbox_or_the_link_of_its_owner(client):
    row = make_request()
    told = client.get(ADDRESS).content + detail(client, row).content
    for private in (MAILBOX, row.mailbox_digest, row.manage_key, job_requests.secret_of(row), "email"):
        assert private.encode() not in told


STATES = [state for state in JobRequestState.values if state != JobRequestState.PUBLISHED]


@pytest.mark.parametrize("state", STATES)
def test_a_request_that_is_not_published_is_not_told(client, state):
    assert is_told(client, make_request(state)) is False


@pytest.mark.parametrize("days_left", [-1, 0])
def test_an_expired_request_is_not_told(client, days_left):
    assert is_told(client, make_request(days_left=days_left)) is False


END = {
    "found": lambda row: job_requests.found(row, timezone.now()),
    "withdrawn": lambda row: job_requests.withdraw(row, timezone.now()),
    "taken down": lambda row: decide(row, "retirer", reason="Ceci est une publicité."),
}


@pytest.mark.parametrize("end", END)
def test_a_request_leaves_the_api_when_it_ends(client, end):
    row = make_request()
    assert is_told(client, row) is True
    END[end](row)
    assert is_told(client, row) is False


@pytest.mark.parametrize("status", CaseStatus.values)
def test_a_request_of_a_case_that_is_not_public_is_not_told(client, status):
    row = make_request(case=make_case(status))
    assert is_told(client, row) is (status in (CaseStatus.PUBLISHED, CaseStatus.CLOSED))


def test_requests_are_filtered_by_region_and_departement(client):
    meymac = make_request().code
    lille = make_request(email="l@exemple.example", commune=Commune.objects.get(code="59350")).code
    assert listed(client) == {meymac, lille}
    assert listed(client, region="75") == listed(client, departement="19") == {meymac}
    assert listed(client, region="32") == {lille}
    assert listed(client, region="32", departement="19") == set()


@pytest.mark.parametrize("query", [{"departement": "99"}, {"region": "x"}])
def test_a_filter_that_cannot_be_is_refused_with_a_message(client, query):
    answer = client.get(ADDRESS, query)
    assert (answer.status_code, answer.json().keys()) == (400, query.keys())


@pytest.mark.parametrize("code", ["%00", "x" * 300, "-", "Ünïcode"])
def test_a_code_that_cannot_be_is_not_found_or_refused(client, code):
    assert client.get(f"{ADDRESS}{code}/").status_code in (400, 404)


def test_the_list_is_paged_with_the_latest_first(client):
    rows = [make_request(email=f"personne{number}@exemple.example") for number in range(3)]
    for hours, row in enumerate(rows):
        JobRequest.objects.filter(pk=row.pk).update(published_at=timezone.now() - timedelta(hours=hours))
    first = client.get(ADDRESS, {"limit": 2}).json()
    assert first["count"] == 3
    assert [row["code"] for row in first["results"]] == [rows[0].code, rows[1].code]
    [last] = client.get(first["next"]).json()["results"]
    assert last["code"] == rows[2].code


def test_job_requests_are_read_only(client):
    row = make_request()
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(f"{ADDRESS}{row.code}/").status_code in (403, 405)
    assert is_told(client, row) is True


def test_a_longer_list_needs_no_more_queries(client, django_assert_num_queries):
    make_request(case=make_case())
    with django_assert_num_queries(2):
        client.get(ADDRESS)
    for number in range(4):
        make_request(email=f"personne{number}@exemple.example", case=make_case())
    with django_assert_num_queries(2):
        client.get(ADDRESS)


def test_the_schema_says_that_each_field_is_always_there(tmp_path):
    path = tmp_path / "schema.json"
    call_command(
        "spectacular", "--lang", "en", "--fail-on-warn", "--validate", "--format", "openapi-json", "--file", path
    )
    schema = json.loads(path.read_text())
    told = schema["components"]["schemas"]["JobRequest"]
    assert set(told["required"]) == set(told["properties"])
    assert told["properties"]["expires_on"]["format"] == "date"
    wanted = {parameter["name"] for parameter in schema["paths"][ADDRESS]["get"]["parameters"]}
    assert wanted == {"departement", "region", "limit", "offset"}
