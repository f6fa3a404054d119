from datetime import date

import pytest
import redis
from django.core.cache import cache

from campaigns import registers
from campaigns.models import Notice
from campaigns.opendata.bodacc import notice_of
from tests.open_data_server import (
    BODACC,
    COMPANIES,
    DIRECTORY,
    OTHER_SIREN,
    SIREN,
    company,
    correcting,
    notice,
    town_hall,
)

OPENED = "Jugement d'ouverture d'une procédure de redressement judiciaire"
SINCE = date(2026, 1, 1)
TODAY = date(2026, 11, 2)


def seconds_of_silence(settings) -> int:
    return redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]).ttl(cache.make_key("registers:silent:BODACC"))


def test_a_company_is_found_by_its_name_in_its_commune(world):
    world.companies = [company()]
    [found] = registers.find_companies("Ateliers", "19136")
    assert (found.siren, found.places[0].siret) == (SIREN, SIREN + "00019")
    assert registers.find_companies("Ateliers", "23096") == []


def test_the_same_question_is_asked_once(world):
    world.companies = [company()]
    first = registers.find_companies("Ateliers", "19136")
    assert registers.find_companies("  ATELIERS ", "19136") == first
    assert len(world.asked(COMPANIES)) == 1


def test_that_nothing_was_found_is_kept_too(world):
    assert registers.find_companies("Inconnue") == []
    assert registers.find_companies("Inconnue") == []
    assert len(world.asked(COMPANIES)) == 1


def test_a_short_question_is_answered_without_asking(world):
    assert registers.find_companies("ab") == []
    assert world.seen == []


def test_a_company_is_found_by_its_number_even_when_it_has_closed(world):
    world.companies = [company(etat_administratif="C"), company(OTHER_SIREN)]
    assert [found.siren for found in registers.find_company(SIREN)] == [SIREN]
    assert registers.find_company("356000000") == []


def test_a_town_hall_gives_its_addresses(world):
    world.town_halls = [town_hall()]
    assert registers.town_hall_addresses("19136") == ("mairie@meymac.example",)
    assert registers.town_hall_addresses("19011") == ()
    registers.town_hall_addresses("19136")
    assert len(world.asked(DIRECTORY)) == 2


@pytest.mark.parametrize("effect", ["down", "500", "429", "garbage", "html", "404"])
def test_a_register_that_fails_is_unavailable_and_nothing_is_raised_or_kept(world, effect):
    for service in (BODACC, COMPANIES, DIRECTORY):
        world.fail(service, effect)
    assert registers.find_companies("Ateliers") is None
    assert registers.town_hall_addresses("19136") is None
    assert registers.notices_of(SIREN, SINCE, TODAY) is None
    assert registers.notices_in("19", SINCE, TODAY) is None
    world.heal()
    cache.clear()  # the pause after a failure
    assert registers.find_companies("Ateliers") == []
    assert registers.town_hall_addresses("19136") == ()


def test_a_register_that_never_answers_is_unavailable(world, settings):
    settings.OPEN_DATA_TIMEOUT_SECONDS = 0.2
    world.fail(COMPANIES, "slow")
    assert registers.find_companies("Ateliers") is None
    assert registers.find_companies("Fonderie") is None
    assert len(world.asked(COMPANIES)) == 1  # the next page does not wait for it


def test_a_register_that_says_when_to_come_back_is_left_alone_until_then(world, settings):
    world.fail(BODACC, "429", Retry_After="600")
    assert registers.notices_of(SIREN, SINCE, TODAY) is None
    world.heal()
    assert registers.notices_of(SIREN, SINCE, TODAY) is None
    assert len(world.asked(BODACC)) == 1
    assert registers.is_silent("BODACC")
    assert 500 < seconds_of_silence(settings) <= 600


def test_the_silence_of_one_register_is_not_the_others(world):
    world.fail(BODACC, "503", Retry_After="600")
    world.companies = [company()]
    registers.notices_of(SIREN, SINCE, TODAY)
    assert len(registers.find_companies("Ateliers")) == 1


def test_a_wait_of_years_ends_within_a_day(world, settings):
    world.fail(BODACC, "429", Retry_After="999999999")
    registers.notices_of(SIREN, SINCE, TODAY)
    assert 0 < seconds_of_silence(settings) <= 86_400


def test_no_second_holds_more_than_seven_requests():
    taken = [at / 20 for at in range(100) if registers.has_turn("COMPANIES", at / 20)]
    assert len(taken) > 15  # it does let requests through
    assert max(sum(start <= at < start + 1 for at in taken) for start in taken) <= 7


def test_numbers_that_are_none_are_not_asked(world):
    assert registers.notices_of("90000001", SINCE, TODAY) is None
    assert registers.town_hall_addresses("Meymac") is None
    assert world.seen == []


@pytest.fixture
def kept(db):
    return lambda record: registers.keep(notice_of(record), SIREN)


def test_a_notice_is_stored_once_with_what_it_says(kept):
    record = notice(6050, "2026-10-06", OPENED, "2026-09-29", complement="cessation des paiements le 29 Mars 2025")
    kept(record)
    said = kept(record)
    assert Notice.objects.get() == said
    assert (said.bodacc_id, said.siren, said.kind) == ("A202601916050", SIREN, "annonce")
    assert (said.judgment_on, said.payments_ceased_on) == (date(2026, 9, 29), date(2025, 3, 29))
    assert said.url.endswith("id:A202601916050")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://bodacc.example/", None])
def test_an_address_that_is_not_secure_is_not_kept(kept, url):
    assert kept(notice(1, "2026-02-01", OPENED, url_complete=url)).url == ""


def test_texts_longer_than_their_columns_are_cut(kept):
    said = kept(notice(1, "2026-02-01", "Jugement " * 80, tribunal="T" * 900, ville="V" * 900, company="C" * 900))
    assert (len(said.nature), len(said.court), len(said.city), len(said.company_name)) == (300, 200, 120, 200)


@pytest.mark.parametrize("says", [True, False])
def test_a_correction_marks_the_notice_that_it_is_about(kept, says):
    first = notice(1, "2026-02-01", OPENED)
    earlier = kept(notice(5, "2025-02-01", OPENED))
    stored = kept(first)
    corrected = kept(correcting(notice(2, "2026-02-08", OPENED, "2026-02-01"), "rectificatif", first, says))
    stored.refresh_from_db()
    assert (stored.superseded_by, stored.cancelled) == (corrected.bodacc_id, False)
    kept(correcting(notice(3, "2026-02-15", OPENED, "2026-02-01"), "annulation", notice(2, "2026-02-08", OPENED), says))
    corrected.refresh_from_db()
    earlier.refresh_from_db()
    assert corrected.cancelled
    assert (earlier.superseded_by, earlier.cancelled) == ("", False)


def test_an_annulation_that_could_be_about_anything_marks_nothing(kept):
    first = notice(1, "2026-02-01", OPENED)
    stored = kept(first)
    unclear = kept(correcting(notice(2, "2026-02-08", "", jugement=None), "annulation", first, says=False))
    stored.refresh_from_db()
    assert (unclear.corrects, stored.cancelled) == ("", False)
