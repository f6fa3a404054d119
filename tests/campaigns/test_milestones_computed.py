"""A date that the law counts from another lives and falls with it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import tasks
from campaigns.models import Case, Milestone, Proposal
from i4emploi_site.lib.times import PARIS
from tests.campaigns.test_desk import QUEUE, change_form
from tests.campaigns.test_milestones import door, hearing, judged, specified
from tests.cast import make_case, make_moderator

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
    why = "qui a changé de date" if change == "postpone" else "qui a été annulée"
    assert why in team.get(case.get_absolute_url()).content.decode()
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


@pytest.fixture
def desk():
    browser = Client()
    browser.force_login(make_moderator())
    return browser


def corrected(desk, case, kind: str = "", **sent):
    """The desk saves the case's form, the hearing as another kind of date where one is given."""
    form = change_form(desk, case)
    row = next(name for name, value in form.items() if name.endswith("-kind") and value == "audience")
    page = desk.post(f"{QUEUE}{case.pk}/change/", form | ({row: kind} if kind else {}) | sent)
    assert page.status_code == 302


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"kind": "delibere"}, "corrigée depuis en : Délibéré"), ({"stage": "plan_cession"}, "l’étape de la procédure")],
)
def test_a_computed_date_falls_when_the_desk_corrects_what_it_was_counted_from(
    desk, team, case, computed, changed, why
):
    corrected(desk, case, **changed)
    computed.refresh_from_db()
    assert why in computed.cancelled_reason
    assert why in team.get(case.get_absolute_url()).content.decode()
    assert not case.proposals.pending().exists()


def test_a_computed_date_comes_back_as_a_proposal_when_the_desk_corrects_itself(desk, team, case, computed):
    corrected(desk, case, stage="plan_cession")
    corrected(desk, case, stage="redressement")
    accept_computed(team, case)
    assert improved(case).at == computed.at


def test_another_hearing_lets_no_computed_date_fall(team, case, computed):
    team.post(door(case), hearing(20))
    assert improved(case).at == computed.at


def test_a_computed_date_stays_where_the_hearing_only_changes_its_hour(team, case, computed):
    day = case.milestones.get(kind="audience").at.astimezone(PARIS).date().isoformat()
    team.post(door(case), judged(case, date=day, time="16:00"))
    assert improved(case).pk == computed.pk


def test_nothing_is_accepted_from_a_page_that_the_clock_left_behind(team, case):
    team.post(door(case), hearing(30))
    left_behind = case.proposals.pending().get(milestone_kind="amelioration")
    case.milestones.filter(kind="audience").update(kind="delibere")  # and no clock has ticked since
    said = team.post(reverse("case_proposal", args=[case.slug, left_behind.pk]), {"go": "accept"}, follow=True)
    assert "ce dont cette proposition était calculée a changé" in said.content.decode()
    assert not case.milestones.filter(kind="amelioration").exists()
    left_behind.refresh_from_db()
    assert left_behind.state == "withdrawn"


def test_an_accepted_change_of_stage_lets_what_it_ends_fall(team, case, computed):
    moderator = make_moderator()
    stage = Proposal.objects.create(
        case=case, origin="gazette", kind="stage", stage="plan_cession", key="stage:plan_cession", why="Bodacc"
    )
    browser = Client()
    browser.force_login(moderator)
    browser.post(reverse("case_proposal", args=[case.slug, stage.pk]), {"go": "accept"})
    computed.refresh_from_db()
    assert computed.cancelled_at


def test_what_changed_by_any_other_door_is_seen_by_the_clock_within_a_minute(case, computed):
    Case.objects.filter(pk=case.pk).update(stage="cloture", updated_at=timezone.now())
    tasks.suggest_changed_dates()
    computed.refresh_from_db()
    assert computed.cancelled_at
