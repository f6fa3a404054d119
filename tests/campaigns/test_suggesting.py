"""Computed dates wait as proposals, follow the hearing, and change nothing until a person accepts them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from campaigns import clock, milestones, proposals, suggesting, tasks
from campaigns.models import Case, CaseStatus, Commune, Milestone, MilestoneKind, Notice, Proposal, Stage
from i4emploi_site.lib.times import PARIS
from tests.cast import make_case, make_moderator

pytestmark = pytest.mark.django_db
SIREN = "900000019"


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)


NOW = paris(2027, 5, 3, 9)
HEARING = paris(2027, 5, 18, 14)


def hearing_of(case, at=HEARING) -> Milestone:
    return Milestone.objects.create(case=case, kind=MilestoneKind.AUDIENCE, at=at)


def make_notice(nature: str, judged: date, number: str = "A1", **fields) -> Notice:
    values = {"kind": "annonce", "siren": SIREN, "published_on": judged + timedelta(days=7), "judgment_on": judged}
    return Notice.objects.create(bodacc_id=number, nature=nature, **values | fields)


def pending(case) -> dict[str, datetime]:
    return {one.key.split(":")[1]: one.at for one in case.proposals.pending()}


@pytest.fixture
def case():
    return make_case(stage=Stage.REDRESSEMENT, days_left=None, siren=SIREN)


OPENED = "Jugement d'ouverture d'une procédure de redressement judiciaire"
LIQUIDATED = "Jugement d'ouverture de liquidation judiciaire"


def test_a_hearing_gives_two_proposals_with_their_rule_and_reason(case):
    hearing_of(case)
    suggesting.refresh(case, NOW)
    offers = case.proposals.get(milestone_kind="amelioration")
    assert (offers.origin, offers.kind, offers.state) == ("clock", "milestone", "pending")
    assert (offers.at, offers.article) == (paris(2027, 5, 13, 23, 59), "art. R642-1 C. com.")
    assert offers.why == (
        "Les offres s’améliorent jusqu’à deux jours ouvrés avant l’audience du mardi 18 mai 2027 à 14\u202fh "
        "(art. R642-1 C. com.). Date estimée : à confirmer avant de la montrer."
    )
    cse = case.proposals.get(kind="look_again")
    assert (cse.at, cse.article) == (paris(2027, 5, 14, 23, 59), "art. L642-5 C. com.")
    assert "soit le 14 mai 2027" in cse.why


def test_no_milestone_changes_by_itself_and_refreshing_again_changes_nothing(case):
    hearing_of(case)
    before = list(Milestone.objects.values())
    for _again in range(3):
        suggesting.refresh(case, NOW)
    assert list(Milestone.objects.values()) == before
    assert case.proposals.count() == 2


def test_when_the_hearing_moves_the_old_proposals_go_and_come_back_with_it(case):
    hearing = hearing_of(case)
    suggesting.refresh(case, NOW)
    milestones.postpone(hearing, paris(2027, 6, 15, 9), None, "Sursis")
    suggesting.refresh(case, NOW)
    assert pending(case)["offers_improved_until"] == paris(2027, 6, 11, 23, 59)
    assert {one.state for one in case.proposals.filter(at__lt=paris(2027, 6, 1))} == {"withdrawn"}
    milestones.postpone(hearing, HEARING, None, "Avancée")
    suggesting.refresh(case, NOW)
    assert pending(case)["offers_improved_until"] == paris(2027, 5, 13, 23, 59)
    assert case.proposals.count() == 4
    assert not case.proposals.pending().filter(decided_at__isnull=False).exists()


def test_a_cancelled_hearing_withdraws_its_proposals(case):
    hearing = hearing_of(case)
    suggesting.refresh(case, NOW)
    Milestone.objects.filter(pk=hearing.pk).update(cancelled_at=NOW, cancelled_reason="Désistement")
    suggesting.refresh(case, NOW)
    assert pending(case) == {}


def test_what_a_person_decided_is_never_proposed_again(case):
    hearing_of(case)
    karim = make_moderator()
    suggesting.refresh(case, NOW)
    proposals.accept(case.proposals.get(milestone_kind="amelioration"), karim)
    proposals.dismiss(case.proposals.get(kind="look_again"), karim, "Pas de CSE ici.")
    suggesting.refresh(case, NOW)
    assert pending(case) == {}
    made = case.milestones.get(kind="amelioration")
    assert (made.at, made.confidence) == (paris(2027, 5, 13, 23, 59), "estimated")
    assert made.note == "Date calculée : art. R642-1 C. com."
    made.delete()
    suggesting.refresh(case, NOW)
    assert pending(case) == {}


def test_working_days_are_those_of_the_place():
    hearings = {}
    for place in ("57", "54"):
        case = make_case(stage="redressement", days_left=None, commune=Commune.objects.filter(departement=place)[0])
        hearing_of(case, paris(2026, 4, 7, 9))
        suggesting.refresh(case, paris(2026, 3, 1))
        hearings[place] = pending(case)["cse_heard_until"].astimezone(PARIS).date()
    assert hearings == {"57": date(2026, 4, 2), "54": date(2026, 4, 3)}


def test_the_gazette_tells_when_the_procedure_opened(case):
    make_notice(OPENED, date(2027, 4, 30))
    suggesting.refresh(case, NOW)
    assert pending(case) == {
        "observation_first": paris(2027, 10, 30, 23, 59), "observation_longest": paris(2028, 10, 30, 23, 59),
    }  # fmt: skip
    first = case.proposals.get(key__contains="observation_first")
    assert "ouverte le 30 avril 2027 dure d’abord 6 mois (art. L631-7 C. com.)" in first.why


@pytest.mark.parametrize(
    "fields",
    [
        {"cancelled": True},
        {"superseded_by": "A2"},
        {"kind": "annulation"},
        {"siren": "900000027"},
        {"judgment_on": None},
        {"nature": "Dépôt de l'état des créances"},
        {"nature": LIQUIDATED},
    ],
)
def test_a_notice_that_does_not_hold_or_opens_nothing_here_gives_no_date(case, fields):
    make_notice(**{"nature": OPENED, "judged": date(2027, 4, 30)} | fields)
    suggesting.refresh(case, NOW)
    assert pending(case) == {}


def test_a_notice_whose_correction_was_cancelled_holds_again(case):
    make_notice(OPENED, date(2027, 4, 30), superseded_by="A2")
    make_notice(OPENED, date(2027, 4, 29), "A2", cancelled=True)
    suggesting.refresh(case, NOW)
    assert pending(case)["observation_first"] == paris(2027, 10, 30, 23, 59)


def test_a_case_without_a_siren_takes_nobodys_notice(case):
    Case.objects.filter(pk=case.pk).update(siren="")
    make_notice(OPENED, date(2027, 4, 30), siren="")
    suggesting.refresh(case, NOW)
    assert pending(case) == {}


def test_maintained_activity_is_reckoned_unless_the_judgment_says_its_end(case):
    Case.objects.filter(pk=case.pk).update(stage=Stage.LIQUIDATION_POURSUITE)
    notice = make_notice(LIQUIDATED, date(2027, 4, 30), details="Avec poursuite de l'activité.")
    suggesting.refresh(case, NOW)
    assert pending(case)["activity_first"] == paris(2027, 7, 30, 23, 59)
    Notice.objects.filter(pk=notice.pk).update(details="Avec poursuite de l'activité jusqu'au 30 Juin 2027.")
    suggesting.refresh(case, NOW)
    assert pending(case) == {}


def test_what_the_gazette_proposes_already_is_not_proposed_twice(case):
    make_notice(OPENED, date(2027, 4, 30))
    Proposal.objects.create(
        case=case, origin="gazette", kind="milestone", key="milestone:A1", milestone_kind="fin_observation",
        at=paris(2027, 10, 30, 23, 59), why="Bodacc",
    )  # fmt: skip
    suggesting.refresh(case, NOW)
    assert {one.key for one in case.proposals.pending()} == {"milestone:A1", "clock:observation_longest:2028-10-30"}


def test_the_proposals_of_the_gazette_are_left_alone(case):
    Proposal.objects.create(case=case, origin="gazette", kind="look_again", key="look_again:A1", why="Bodacc")
    suggesting.refresh(case, NOW)
    assert [one.key for one in case.proposals.pending()] == ["look_again:A1"]


def test_the_florange_law_is_cited_for_an_announced_closure(case):
    Case.objects.filter(pk=case.pk).update(stage=Stage.FERMETURE_ANNONCEE)
    suggesting.refresh(case, NOW)
    (cited,) = case.proposals.pending()
    assert (cited.kind, cited.at, cited.article) == ("look_again", None, "art. L1233-57-9 C. trav.")
    assert "1000 salariés" in cited.why


@pytest.mark.parametrize("status", [CaseStatus.DRAFT, CaseStatus.CLOSED, CaseStatus.REJECTED])
def test_a_case_that_nobody_works_on_is_left_alone(status):
    case = make_case(status, stage=Stage.REDRESSEMENT, days_left=None)
    hearing_of(case)
    suggesting.refresh(case, NOW)
    assert not Proposal.objects.exists()


def test_a_confidential_case_gets_no_suggestion():
    case = make_case(CaseStatus.SUBMITTED, stage=Stage.CONCILIATION, days_left=None)
    hearing_of(case)
    suggesting.refresh(case, NOW)
    assert not Proposal.objects.exists()


def test_a_date_that_passes_is_withdrawn(case):
    hearing_of(case)
    suggesting.refresh(case, NOW)
    suggesting.refresh(case, paris(2027, 5, 14, 8))
    assert pending(case).keys() == {"cse_heard_until"}


def test_every_rule_of_the_clock_has_its_sentence_which_fits_and_is_french_on_an_english_page():
    hearing = [clock.Dated("audience", paris(2028, 9, 26, 16, 30))]
    found = [
        *clock.suggestions("redressement", hearing, "67", date(2027, 9, 30), None, paris(2027, 10, 1)),
        *clock.suggestions("sauvegarde", [], "67", date(2027, 9, 30), None, paris(2027, 10, 1)),
        *clock.suggestions("liquidation_poursuite", [], "67", None, date(2027, 9, 30), paris(2027, 10, 1)),
        *clock.suggestions("fermeture_annoncee", [], "67", None, None, NOW),
    ]
    assert {one.rule for one in found} == set(suggesting.WHY)
    with translation.override("en"):
        for one in found:
            said = suggesting.explain(one)
            assert f"art. {one.article}" in said
            assert len(said) <= Proposal._meta.get_field("why").max_length
            assert not any(month in said for month in ("September", "December", "March"))
            assert len(f"clock:{one.key}") <= Proposal._meta.get_field("key").max_length


def test_the_clocks_own_task_refreshes_every_open_case(case):
    hearing_of(case, timezone.now().astimezone(UTC) + timedelta(days=60))
    tasks.suggest_dates()
    assert pending(case).keys() == {"offers_improved_until", "cse_heard_until"}
