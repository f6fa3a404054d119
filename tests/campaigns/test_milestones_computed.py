"""A date that the law counts from another lives and falls with it."""

import pytest
from django.urls import reverse

from campaigns.models import Milestone, Proposal
from i4emploi_site.lib.times import PARIS
from tests.campaigns.test_milestones import door, hearing, judged, specified
from tests.cast import make_case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case():
    return make_case(stage="redressement")


def improved(case) -> Milestone:
    return case.milestones.standing().get(kind="amelioration")


def accept_computed(team, case) -> Proposal:
    proposal = case.proposals.pending().get(milestone_kind="amelioration")
    assert team.post(reverse("case_proposal", args=[case.slug, proposal.pk]), {"go": "accept"}).status_code == 302
    return proposal


@pytest.fixture
def computed(team, case):
    """A hearing, and the date that the law counts from it, accepted by the team."""
    team.post(door(case), hearing(30))
    accept_computed(team, case)
    return improved(case)


def test_a_computed_date_says_that_the_law_gives_it(team, case, computed):
    assert (computed.authority, computed.confidence) == ("loi", "estimated")
    assert "la loi (date calculée)" in team.get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize("change", ["postpone", "cancel"])
def test_a_computed_date_falls_with_the_one_it_was_counted_from(team, case, computed, change):
    sent = judged(case) if change == "postpone" else judged(case, go="cancel")
    assert team.post(door(case), sent).status_code == 302
    computed.refresh_from_db()
    assert computed.cancelled_at
    assert "qui a changé" in team.get(case.get_absolute_url()).content.decode()
    proposed = case.proposals.pending().filter(milestone_kind="amelioration")
    assert proposed.exists() == (change == "postpone"), "counted anew from the new date, at once"


def test_a_date_that_comes_back_brings_its_computed_date_back_as_a_proposal(team, case, computed):
    before = case.milestones.get(kind="audience").at.astimezone(PARIS)
    team.post(door(case), judged(case))
    team.post(door(case), judged(case, date=before.date().isoformat(), time=f"{before:%H:%M}"))
    accept_computed(team, case)
    assert improved(case).at == computed.at


def test_a_computed_date_that_the_court_confirmed_stands_by_itself(team, case, computed):
    team.post(door(case), specified(computed))
    team.post(door(case), judged(case))
    computed.refresh_from_db()
    assert computed.cancelled_at is None


def test_a_proposal_leaves_with_what_it_rests_on(team, case):
    team.post(door(case), hearing(30))
    assert case.proposals.pending().exists()
    page = team.post(door(case), judged(case, go="cancel"), follow=True).content.decode()
    assert "C’est exact" not in page
