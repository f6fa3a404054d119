import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from campaigns import proposals
from campaigns.models import Case, CaseStatus, Milestone, Notice, Proposal, ProposalState, Stage
from tests.cast import make_case, make_moderator

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_case(stage=Stage.REDRESSEMENT, days_left=None)


@pytest.fixture
def karim():
    return make_moderator()


def suggest(case, **fields) -> Proposal:
    values = {
        "origin": "gazette",
        "kind": "stage",
        "stage": Stage.LIQUIDATION,
        "key": f"stage:liquidation:A1:from:{case.stage}",
        "why": "Bodacc : conversion.",
        **fields,
    }
    return Proposal.objects.create(case=case, **values)


def suggest_date(case, **fields) -> Proposal:
    at = timezone.now() + timedelta(days=90)
    values = {"kind": "milestone", "stage": "", "milestone_kind": "fin_observation", "at": at, "key": "milestone:A1"}
    return suggest(case, **values | fields)


def test_an_accepted_stage_goes_to_the_case_and_says_who_decided(case, karim):
    proposal = suggest(case)
    proposals.accept(proposal, karim)
    version = case.version
    case.refresh_from_db()
    assert (case.stage, case.version) == (Stage.LIQUIDATION, version + 1)
    assert (proposal.state, proposal.decided_by) == (ProposalState.ACCEPTED, karim)
    assert proposal.decided_at is not None
    assert case.status == CaseStatus.PUBLISHED


def test_an_accepted_estimate_becomes_a_milestone_that_says_so(case, karim):
    notice = Notice.objects.create(
        bodacc_id="A202601911",
        kind="annonce",
        siren="900000019",
        published_on="2026-10-06",
        url="https://bodacc.example/1",
    )
    proposal = suggest_date(case, notice=notice, article="L621-3 C. com.")
    proposals.accept(proposal, karim)
    made = Milestone.objects.get(case=case)
    assert (made.kind, made.at) == ("fin_observation", proposal.at)
    assert (made.authority, made.confidence) == ("tribunal", "estimated")
    assert (made.source_label, made.source_url) == ("Bodacc, annonce n° A202601911", "https://bodacc.example/1")
    assert made.note == "Date calculée : L621-3 C. com."


def test_to_look_again_changes_nothing_but_the_pile(case, karim):
    before = Case.objects.values().get(pk=case.pk)
    proposals.accept(suggest(case, kind="look_again", stage="", key="look_again:A1"), karim)
    assert Case.objects.values().get(pk=case.pk) == before
    assert not Milestone.objects.exists()


@pytest.mark.parametrize("decide", [proposals.accept, lambda one, by: proposals.dismiss(one, by, "Erreur.")])
def test_a_proposal_is_decided_once(case, karim, decide):
    proposal = suggest(case)
    proposals.dismiss(Proposal.objects.get(pk=proposal.pk), karim, "Ce n’est pas ce site.")
    with pytest.raises(proposals.NotPossible):
        decide(proposal, karim)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason) == (ProposalState.DISMISSED, "Ce n’est pas ce site.")


def test_a_dismissal_says_why(case, karim):
    proposal = suggest(case)
    with pytest.raises(proposals.NotPossible):
        proposals.dismiss(proposal, karim, "  ")
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.PENDING


@pytest.mark.parametrize("stage", [Stage.CONCILIATION, Stage.MANDAT_AD_HOC, "inconnue"])
def test_no_proposal_leads_into_a_confidential_stage(karim, stage):
    case = make_case(CaseStatus.SUBMITTED, stage=Stage.REDRESSEMENT)
    proposal = suggest(case, stage=stage)
    with pytest.raises(proposals.NotPossible):
        proposals.accept(proposal, karim)
    case.refresh_from_db()
    proposal.refresh_from_db()
    assert (case.stage, proposal.state) == (Stage.REDRESSEMENT, ProposalState.PENDING)


def test_a_case_that_changed_stage_meanwhile_is_left_alone(case, karim):
    proposal = suggest(case)
    Case.objects.filter(pk=case.pk).update(stage=Stage.PLAN_CESSION)
    with pytest.raises(proposals.NotPossible):
        proposals.accept(proposal, karim)
    case.refresh_from_db()
    proposal.refresh_from_db()
    assert (case.stage, proposal.state, proposal.decided_by) == (Stage.PLAN_CESSION, ProposalState.PENDING, None)


@pytest.mark.parametrize("make", [suggest, suggest_date])
@pytest.mark.parametrize("status", [CaseStatus.CLOSED, CaseStatus.REJECTED, CaseStatus.DRAFT])
def test_nothing_is_applied_to_a_case_that_is_no_longer_open(karim, status, make):
    case = make_case(status, stage=Stage.REDRESSEMENT, days_left=None)
    with pytest.raises(proposals.NotPossible):
        proposals.accept(make(case), karim)
    case.refresh_from_db()
    assert case.stage == Stage.REDRESSEMENT
    assert not Milestone.objects.exists()


def test_a_date_that_the_case_has_meanwhile_is_not_added_twice(case, karim):
    proposal = suggest_date(case)
    Milestone.objects.create(case=case, kind="fin_observation", at=proposal.at)
    with pytest.raises(proposals.NotPossible):
        proposals.accept(proposal, karim)
    assert Milestone.objects.count() == 1


def test_the_database_itself_refuses_the_same_proposal_twice(case):
    suggest(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        suggest(case)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_accept_at_once_one_is_told(karim):
    case = make_case(stage=Stage.REDRESSEMENT, days_left=None)
    proposal, told = suggest_date(case), []

    def press():
        try:
            proposals.accept(Proposal.objects.get(pk=proposal.pk), karim)
        except proposals.NotPossible as refusal:
            told.append(refusal)
        finally:
            connection.close()

    people = [threading.Thread(target=press) for _person in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(told) == 1
    assert Milestone.objects.filter(case=case).count() == 1
