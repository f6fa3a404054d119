from datetime import datetime

import pytest

from campaigns import proposals
from campaigns.models import ProposalKind, ProposalState, Stage
from i4emploi_site.lib.times import PARIS
from tests.campaigns.gazette_scene import LIQUIDATED, OPENED, pending, watch
from tests.cast import make_case, make_moderator
from tests.open_data_server import SIREN, correcting, notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_case(siren=SIREN, stage=Stage.ALERTE, days_left=None)


@pytest.mark.parametrize("says", [True, False])
def test_a_rectificatif_replaces_what_its_notice_proposed(world, case, says):
    first = notice(1, "2026-10-06", OPENED, "2026-09-29")
    world.notices = [first]
    watch()
    world.notices.append(correcting(notice(2, "2026-10-13", OPENED, "2026-09-22"), "rectificatif", first, says))
    watch(days=1)
    assert pending(case) == [("stage", "redressement"), ("milestone", "fin_observation")]
    assert {one.notice.bodacc_id for one in case.proposals.pending()} == {"A202601912"}
    assert case.proposals.pending().get(kind="milestone").at == datetime(2027, 3, 22, 23, 59, tzinfo=PARIS)


def test_a_rectificatif_of_an_address_leaves_the_judgment_standing(world, case):
    first = notice(1, "2026-10-06", OPENED)
    world.notices = [first, correcting(notice(2, "2026-10-07", "", jugement=None), "rectificatif", first)]
    watch()
    assert {one.notice.bodacc_id for one in case.proposals.pending()} == {"A202601911"}


@pytest.mark.parametrize("says", [True, False])
def test_an_annulation_withdraws_what_its_notice_proposed(world, case, says):
    first = notice(1, "2026-10-06", OPENED)
    world.notices = [first]
    watch()
    world.notices.append(correcting(notice(2, "2026-10-13", OPENED, "2026-10-06"), "annulation", first, says))
    watch(days=1)
    assert pending(case) == []
    assert {one.state for one in case.proposals.all()} == {ProposalState.WITHDRAWN}


def test_what_was_accepted_before_an_annulation_is_looked_at_again(world, case):
    first = notice(1, "2026-10-06", OPENED)
    world.notices = [first]
    watch()
    proposals.accept(case.proposals.get(kind="stage"), make_moderator())
    world.notices.append(correcting(notice(2, "2026-10-13", "", jugement=None), "annulation", first))
    watch(days=1)
    case.refresh_from_db()
    assert case.stage == Stage.REDRESSEMENT  # only a person takes it back
    assert pending(case) == [("look_again", "")]
    assert "A202601911" in case.proposals.pending().get().why


def test_what_was_accepted_before_a_rectificatif_is_looked_at_again_if_it_says_something_else(world, case):
    first = notice(1, "2026-10-06", OPENED)
    world.notices = [first]
    watch()
    for proposal in case.proposals.order_by("pk"):
        proposals.accept(proposal, make_moderator())
    same = correcting(notice(2, "2026-10-13", OPENED, "2026-10-06"), "rectificatif", first)
    world.notices.append(same)
    watch(days=1)
    assert pending(case) == []
    world.notices.append(correcting(notice(3, "2026-10-14", OPENED, "2026-10-01"), "rectificatif", first))
    watch(days=2)
    assert pending(case) == [("look_again", "")]


def test_an_annulation_that_does_not_say_of_what_asks_a_person(world, case):
    first = notice(1, "2026-10-06", OPENED)
    world.notices = [first, correcting(notice(2, "2026-10-07", "", jugement=None), "annulation", first, says=False)]
    watch()
    assert (ProposalKind.LOOK_AGAIN, "") in pending(case)


def test_a_court_of_appeal_that_undoes_a_judgment_asks_a_person(world, case):
    undone = "Arrêt de la cour d'appel infirmant une décision soumise à publicité"
    world.notices = [notice(1, "2026-09-06", OPENED), notice(2, "2026-10-06", undone)]
    watch()
    assert (ProposalKind.LOOK_AGAIN, "") in pending(case)


def test_a_rectificatif_that_is_annulled_gives_its_notice_back(world, case):
    first = notice(1, "2026-10-06", OPENED, "2026-09-29")
    wrong = correcting(notice(2, "2026-10-07", LIQUIDATED, "2026-09-29"), "rectificatif", first)
    world.notices = [first, wrong]
    watch()
    assert pending(case) == [("stage", "liquidation")]
    world.notices.append(correcting(notice(3, "2026-10-13", "", jugement=None), "annulation", wrong))
    watch(days=1)
    assert pending(case) == [("stage", "redressement"), ("milestone", "fin_observation")]


def test_nobody_looks_again_because_of_a_rectificatif_that_is_annulled(world, case):
    first = notice(1, "2026-10-06", OPENED)
    wrong = correcting(notice(2, "2026-10-13", OPENED, "2026-10-01"), "rectificatif", first)
    world.notices = [first]
    watch()
    for proposal in case.proposals.order_by("pk"):
        proposals.accept(proposal, make_moderator())
    world.notices.append(wrong)
    watch(days=1)
    assert pending(case) == [("look_again", "")]
    world.notices.append(correcting(notice(3, "2026-10-14", "", jugement=None), "annulation", wrong))
    watch(days=2)
    assert pending(case) == []


def test_what_a_later_judgment_settled_asks_nobody(world, case):
    first = notice(1, "2026-08-06", OPENED)
    world.notices = [
        first,
        correcting(notice(2, "2026-08-20", "", jugement=None), "annulation", first, says=False),
        notice(3, "2026-09-01", "Arrêt de la cour d'appel infirmant une décision soumise à publicité"),
        notice(4, "2026-10-06", LIQUIDATED),
    ]
    watch()
    assert pending(case) == [("stage", "liquidation")]
