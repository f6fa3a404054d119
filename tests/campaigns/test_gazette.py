from datetime import date, datetime, timedelta

import pytest

from campaigns import gazette, proposals
from campaigns.models import Case, CaseStatus, Milestone, Notice, Proposal, ProposalState, Stage
from i4emploi_site.lib.times import PARIS
from tests.campaigns.gazette_scene import CONTINUES, CONVERTED, LIQUIDATED, NOW, OPENED, SOLD, pending, watch
from tests.cast import make_case, make_moderator
from tests.open_data_server import BODACC, OTHER_SIREN, SIREN, notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_case(siren=SIREN, stage=Stage.ALERTE, days_left=None)


def test_an_opening_proposes_the_stage_and_an_estimated_end_of_the_observation(world, case):
    said = "date de cessation des paiements le 29 Mars 2025"
    world.notices = [notice(6050, "2026-10-06", OPENED, "2026-09-29", complement=said)]
    assert watch() == 1
    stage, milestone = case.proposals.order_by("pk")
    assert (stage.kind, stage.stage, stage.origin) == ("stage", "redressement", "gazette")
    assert stage.why == f"Bodacc du 6 octobre 2026 (annonce) : {OPENED}, du 29 septembre 2026."
    assert (milestone.kind, milestone.milestone_kind) == ("milestone", "fin_observation")
    assert milestone.at == datetime(2027, 3, 29, 23, 59, tzinfo=PARIS)
    assert milestone.article == "L631-7 C. com."
    assert "estimée" in milestone.why
    evidence = Notice.objects.get()
    assert evidence.payments_ceased_on == date(2025, 3, 29)
    assert {stage.notice, milestone.notice} == {evidence}


def test_a_proposal_changes_nothing_by_itself(world, case):
    before = Case.objects.values().get(pk=case.pk)
    world.notices = [notice(1, "2026-10-06", OPENED)]
    watch()
    after = Case.objects.values().get(pk=case.pk)
    assert {name for name in before if before[name] != after[name]} == {"gazette_watched_on"}
    assert after["gazette_watched_on"] == date(2026, 10, 12)
    assert not Milestone.objects.filter(case=case).exists()


@pytest.mark.parametrize("status", [CaseStatus.DRAFT, CaseStatus.REJECTED, CaseStatus.CLOSED])
def test_a_case_that_is_no_longer_or_not_yet_ours_is_not_watched(world, status):
    make_case(status, siren=SIREN, days_left=None)
    assert watch() == 0
    assert world.seen == []


@pytest.mark.parametrize("siren", ["", "12345678", "Meymac"])
def test_a_case_without_a_number_asks_nobody(world, siren):
    make_case(siren=siren)
    assert watch() == 0
    assert world.seen == []


def test_a_case_is_watched_once_a_day(world, case):
    assert [watch(), watch(), watch(days=1)] == [1, 0, 1]
    assert len(world.asked(BODACC)) == 2


def test_two_cases_of_one_company_are_read_in_one_question(world, case):
    sister = make_case(siren=SIREN, stage=Stage.ALERTE, days_left=None)
    world.notices = [notice(1, "2026-10-06", LIQUIDATED)]
    assert watch() == 1
    assert pending(case) == pending(sister) == [("stage", "liquidation")]
    assert Notice.objects.count() == 1
    assert len(world.asked(BODACC)) == 1


def test_only_the_last_judgment_says_where_the_procedure_is(world, case):
    world.notices = [
        notice(1, "2026-03-06", OPENED, "2026-03-01"),
        notice(2, "2026-10-06", SOLD, "2026-09-29"),
        notice(3, "2026-10-07", "Dépôt de l'état des créances"),
    ]
    watch()
    assert pending(case) == [("stage", "plan_cession")]
    assert Notice.objects.count() == 3


def test_news_replace_what_was_still_waiting(world, case):
    world.notices = [notice(1, "2026-10-06", OPENED)]
    watch()
    world.notices.append(notice(2, "2026-10-13", CONVERTED))
    watch(days=1)
    assert pending(case) == [("stage", "liquidation")]
    withdrawn = case.proposals.filter(state=ProposalState.WITHDRAWN)
    assert {one.stage or one.milestone_kind for one in withdrawn} == {"redressement", "fin_observation"}


def test_the_end_of_the_activity_is_proposed_only_where_the_court_keeps_it_going(world, case):
    elsewhere = make_case(siren=OTHER_SIREN, stage=Stage.ALERTE, days_left=None)
    world.notices = [
        notice(1, "2026-10-06", CONVERTED, "2026-09-30", complement=CONTINUES),
        notice(2, "2026-10-06", CONVERTED, "2026-09-30", OTHER_SIREN, complement="sans maintien de l'activité"),
    ]
    watch()
    assert pending(case) == [("stage", "liquidation_poursuite"), ("milestone", "fin_maintien")]
    assert pending(elsewhere) == [("stage", "liquidation")]
    assert case.proposals.get(kind="milestone").at == datetime(2026, 12, 30, 23, 59, tzinfo=PARIS)


def test_a_date_that_the_judgment_gives_is_not_called_estimated(world, case):
    said = "autorise le maintien de l'activité jusqu'au 15 décembre 2026"
    world.notices = [notice(1, "2026-10-06", CONVERTED, "2026-09-30", complement=said)]
    watch()
    milestone = case.proposals.get(kind="milestone")
    assert (milestone.at.astimezone(PARIS).date(), milestone.article) == (date(2026, 12, 15), "")
    assert "estimée" not in milestone.why
    proposals.accept(milestone, make_moderator())
    assert Milestone.objects.get(case=case).confidence == "announced"


def test_a_date_that_is_past_or_known_already_is_not_proposed(world, case):
    world.notices = [notice(1, "2026-03-06", OPENED, "2026-03-01")]
    watch()
    assert pending(case) == [("stage", "redressement")]
    known = make_case(siren=OTHER_SIREN, stage=Stage.REDRESSEMENT, days_left=None)
    Milestone.objects.create(case=known, kind="fin_observation", at=NOW + timedelta(days=90))
    world.notices = [notice(2, "2026-10-06", OPENED, siren=OTHER_SIREN)]
    watch()
    assert pending(known) == []


def test_an_old_notice_does_not_pull_a_case_back_where_it_came_from(world):
    case = make_case(siren=SIREN, stage=Stage.PLAN_CESSION, days_left=None)
    Case.objects.filter(pk=case.pk).update(created_at=NOW)
    world.notices = [notice(1, "2026-03-06", OPENED)]
    watch()
    assert pending(case) == []


def test_a_liquidation_that_does_not_speak_of_the_activity_leaves_it_going(world):
    case = make_case(siren=SIREN, stage=Stage.LIQUIDATION_POURSUITE, days_left=None)
    world.notices = [notice(1, "2026-10-06", CONVERTED)]
    watch()
    assert pending(case) == []


def test_what_was_dismissed_is_never_proposed_again(world, case):
    world.notices = [notice(1, "2026-10-06", LIQUIDATED)]
    watch()
    proposals.dismiss(case.proposals.get(), make_moderator(), "Ce n’est pas ce site.")
    Case.objects.filter(pk=case.pk).update(stage=Stage.SAUVEGARDE)
    watch(days=1)
    assert pending(case) == []
    assert Proposal.objects.count() == 1


def test_a_proposal_made_for_another_stage_is_made_anew_when_the_case_moved(world, case):
    world.notices = [notice(1, "2026-10-06", LIQUIDATED)]
    watch()
    stale = case.proposals.get()
    Case.objects.filter(pk=case.pk).update(stage=Stage.SAUVEGARDE)
    watch(days=1)
    stale.refresh_from_db()
    assert stale.state == ProposalState.WITHDRAWN
    assert pending(case) == [("stage", "liquidation")]
    Case.objects.filter(pk=case.pk).update(stage=Stage.ALERTE)
    watch(days=2)
    stale.refresh_from_db()
    assert (stale.state, case.proposals.pending().count()) == (ProposalState.PENDING, 1)


@pytest.mark.parametrize("effect", ["500", "down", "garbage", "html"])
def test_one_company_that_fails_loses_nothing_and_holds_no_other_back(world, case, effect):
    other = make_case(siren=OTHER_SIREN, stage=Stage.ALERTE, days_left=None)
    world.notices = [notice(1, "2026-10-06", LIQUIDATED), notice(2, "2026-10-06", LIQUIDATED, siren=OTHER_SIREN)]
    world.fail(BODACC, effect, when=SIREN)
    assert watch() == 1
    assert (pending(case), pending(other)) == ([], [("stage", "liquidation")])
    world.heal()
    assert watch() == 1
    assert pending(case) == [("stage", "liquidation")]


def test_a_register_that_asks_to_wait_is_asked_once_and_loses_nothing(world, case):
    make_case(siren=OTHER_SIREN, days_left=None)
    world.notices = [notice(1, "2026-10-06", LIQUIDATED)]
    world.fail(BODACC, "429", Retry_After="600")
    assert watch() == 0
    assert len(world.asked(BODACC)) == 1
    case.refresh_from_db()
    assert case.gazette_watched_on is None


def test_a_register_that_is_down_is_not_asked_for_every_company(world):
    for number in range(gazette.MOST_FAILURES + 3):
        make_case(siren=f"9000010{number:02d}", days_left=None)
    world.fail(BODACC, "500")
    assert watch() == 0
    assert len(world.asked(BODACC)) == gazette.MOST_FAILURES


def test_one_notice_about_two_companies_speaks_to_the_cases_of_both(world, case):
    other = make_case(siren=OTHER_SIREN, stage=Stage.ALERTE, days_left=None)
    world.notices = [notice(1, "2026-10-06", LIQUIDATED, registre=[SIREN, OTHER_SIREN])]
    assert watch() == 2
    assert pending(case) == pending(other) == [("stage", "liquidation")]
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("ahead", [{"published": "2999-01-01"}, {"published": "2026-10-07", "judged": "2999-01-01"}])
def test_a_notice_dated_in_the_future_never_hides_the_true_ones(world, case, ahead):
    world.notices = [notice(1, nature=SOLD, **ahead), notice(2, "2026-10-06", OPENED, "2026-09-29")]
    watch()
    assert pending(case) == [("stage", "redressement"), ("milestone", "fin_observation")]
    assert Notice.objects.count() == 1
