"""Somebody engaged finds, in their own space, what people ask where their pledges are."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import job_requests
from campaigns.models import Commune, JobRequest, JobRequestState
from influencers import pledging
from influencers.models import PledgeScope
from tests.cast import make_account, make_case, make_influencer, make_pledge

pytestmark = pytest.mark.django_db

MEYMAC, PARIS = "19136", "75056"


def make_published(summary: str, commune: str = PARIS, naf_division: str = "") -> JobRequest:
    given = {
        "occupation": "Soudeuse", "commune": Commune.objects.get(code=commune), "naf_division": naf_division,
        "kilometres": None, "summary": summary, "text": "", "shown_name": "Jeanne",
        "email": f"{uuid.uuid4().hex[:8]}.secrete@exemple.example",
    }  # fmt: skip
    made = job_requests.ask(given, uuid.uuid4())
    now = timezone.now()
    JobRequest.objects.filter(pk=made.pk).update(
        state=JobRequestState.PUBLISHED, published_at=now, expires_at=now + timedelta(days=9)
    )
    return made


@pytest.fixture
def ines(client):
    influencer = make_influencer()
    client.force_login(influencer.user)
    return influencer


def space(client) -> str:
    return client.get(reverse("me")).content.decode()


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ({"scope": PledgeScope.REGION, "region": "75"}, {"À Meymac"}),
        ({"scope": PledgeScope.SECTOR, "sector": "25"}, {"À Paris en métallurgie"}),
    ],
)
def test_wide_pledges_show_what_is_asked_in_their_region_or_sector(client, ines, scope, seen):
    asked = {"À Meymac": (MEYMAC, ""), "À Paris": (PARIS, "62"), "À Paris en métallurgie": (PARIS, "25")}
    rows = {name: make_published(f"{name}, je cherche.", *where) for name, where in asked.items()}
    make_pledge(ines, make_account(ines), None, **scope)
    shown = space(client)
    assert {name for name in asked if f"{name}, je cherche." in shown} == seen
    assert all(reverse("job_request", args=[rows[name].code]) in shown for name in seen)
    assert "secrete" not in shown


def test_a_pledge_to_a_case_shows_what_is_asked_in_its_region_until_it_is_withdrawn(client, ines):
    make_published("À Meymac, je cherche.", MEYMAC)
    assert "À Meymac, je cherche." not in space(client)
    pledge = make_pledge(ines, make_account(ines), make_case())
    assert "À Meymac, je cherche." in space(client)
    pledging.withdraw(pledge, timezone.now())
    assert "À Meymac, je cherche." not in space(client)


def test_what_is_no_longer_published_is_not_proposed(client, ines):
    row = make_published("À Meymac, je cherche.", MEYMAC)
    make_pledge(ines, make_account(ines), make_case())
    job_requests.found(row, timezone.now())
    assert "À Meymac, je cherche." not in space(client)
