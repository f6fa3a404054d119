from datetime import UTC, date, datetime

import pytest

from campaigns.opendata import bodacc
from campaigns.opendata.answers import BadAnswer, Unavailable, get_json, seconds_to_wait
from tests.open_data_server import BODACC, SIREN, company

SINCE = date(2026, 1, 1)
PATIENCE = 5


def read(world, timeout=PATIENCE):
    return bodacc.notices_of(world.url, SIREN, SINCE, timeout)


@pytest.mark.parametrize("effect", ["garbage", "html", "404"])
def test_an_answer_that_is_not_documented_is_told_apart(world, effect):
    world.fail(BODACC, effect)
    with pytest.raises(BadAnswer):
        read(world)
    assert len(world.seen) == 1  # one attempt


@pytest.mark.parametrize("effect", ["500", "503", "down"])
def test_a_service_that_is_down_is_unavailable(world, effect):
    world.fail(BODACC, effect)
    with pytest.raises(Unavailable) as raised:
        read(world)
    assert raised.value.retry_after is None
    assert len(world.seen) == 1


def test_a_service_that_never_answers_is_unavailable(world):
    world.fail(BODACC, "slow")
    with pytest.raises(Unavailable):
        read(world, timeout=0.2)


def test_nobody_at_the_address_is_unavailable():
    with pytest.raises(Unavailable):
        bodacc.notices_of("http://127.0.0.1:1", SIREN, SINCE, PATIENCE)


def test_how_long_to_wait_is_passed_on(world):
    world.fail(BODACC, "429", Retry_After="30")
    with pytest.raises(Unavailable) as raised:
        read(world)
    assert raised.value.retry_after == 30


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 23 Nov 2026 10:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_a_wait_is_a_number_of_seconds_or_a_date(said, seconds):
    assert seconds_to_wait(said, datetime(2026, 11, 23, 10, tzinfo=UTC)) == seconds


def test_an_answer_without_end_is_cut(world):
    world.companies = [company(name="ateliers" * 1000)]
    with pytest.raises(BadAnswer, match="too long"):
        get_json(world.url, "/search", {"q": SIREN}, PATIENCE, most_bytes=5000)


def test_we_say_who_asks(world):
    read(world)
    assert world.agents == {"i4emploi/0.1 (plateforme de sauvegarde d'emplois; logiciel libre)"}
