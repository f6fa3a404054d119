from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache

from campaigns import radar, tasks
from campaigns.models import DEPARTEMENTS, Commune, Notice, RadarOpening, RegisterReading
from i4emploi_site.celery import app as celery
from tests.cast import make_case, make_moderator
from tests.open_data_server import BODACC, COMPANIES, OTHER_SIREN, SIREN, company, correcting, notice

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 12, 5, 37, tzinfo=UTC)
OPENED = "Jugement d'ouverture d'une procédure de redressement judiciaire"
LIQUIDATED = "Jugement d'ouverture de liquidation judiciaire"


@pytest.fixture(autouse=True)
def _three_departements(world, db):
    for departement in DEPARTEMENTS.keys() - {"19", "2A", "23"}:
        RegisterReading.objects.create(register=f"radar:{departement}", read_until=date(2099, 1, 1))
    world.companies = [company()]


def sweep(days: int = 0) -> int:
    return radar.sweep(NOW + timedelta(days=days))


def found() -> list[str]:
    return sorted(RadarOpening.objects.values_list("notice__bodacc_id", flat=True))


def test_an_opening_comes_with_its_headcount_and_its_commune(world):
    world.notices = [notice(6051, "2026-10-06", OPENED, "2026-09-29")]
    assert sweep() == 3
    opening = RadarOpening.objects.get()
    assert (opening.headcount_code, opening.headcount_low, opening.headcount_high) == ("12", 20, 49)
    assert (opening.naf_code, opening.commune, opening.state) == ("21.20Z", Commune.objects.get(code="19136"), "new")
    assert (opening.notice.siren, opening.notice.company_name) == (SIREN, "ATELIERS IMAGINAIRES")


@pytest.mark.parametrize(
    ("nature", "kept"),
    [
        (OPENED, True),
        (LIQUIDATED, True),
        ("Jugement d'ouverture d'une procédure de sauvegarde", False),
        ("Jugement de conversion en liquidation judiciaire", False),
        ("Jugement de clôture pour insuffisance d'actif", False),
        ("Jugement d'interdiction de gérer", False),
    ],
)
def test_only_openings_of_redressement_or_liquidation_are_shown(world, nature, kept):
    world.notices = [notice(1, "2026-10-06", nature)]
    sweep()
    assert bool(found()) is kept
    assert Notice.objects.exists() is kept


@pytest.mark.parametrize(
    ("headcount", "kept"), [("11", False), ("00", False), ("NN", False), ("12", True), ("53", True), (None, True)]
)
def test_small_companies_are_left_out_and_unknown_ones_show_as_unknown(world, headcount, kept):
    world.companies = [company(headcount=headcount)]
    world.notices = [notice(1, "2026-10-06", OPENED)]
    sweep()
    assert bool(found()) is kept
    assert RadarOpening.objects.filter(headcount_low__isnull=True).exists() is (headcount is None)


def test_a_company_that_the_register_does_not_know_shows_as_unknown(world):
    world.companies = []
    world.notices = [notice(1, "2026-10-06", OPENED)]
    sweep()
    opening = RadarOpening.objects.get()
    assert (opening.headcount_low, opening.headcount_code, opening.naf_code) == (None, "", "")


def test_individuals_are_never_on_the_radar(world):
    world.companies = [company(nature_juridique="1000", headcount=None)]
    world.notices = [notice(1, "2026-10-06", OPENED)]
    sweep()
    assert found() == []
    assert not Notice.objects.exists()


def test_a_sweep_made_again_finds_the_same_once(world):
    world.notices = [notice(1, "2026-10-10", OPENED), notice(2, "2026-10-11", LIQUIDATED, siren=OTHER_SIREN)]
    assert [sweep(), sweep(), sweep(days=1)] == [3, 0, 3]
    assert found() == ["A202601911", "A202601912"]


def test_a_missed_day_is_read_the_next(world):
    sweep()
    world.notices = [notice(1, "2026-10-14", OPENED)]
    sweep(days=9)
    assert found() == ["A202601911"]


def test_a_notice_that_comes_late_is_found_all_the_same(world):
    sweep()
    world.notices = [notice(1, "2026-10-11", OPENED)]  # dated before the day that was read
    sweep(days=1)
    assert found() == ["A202601911"]


def test_while_nobody_tells_headcounts_the_gazette_is_not_read_for_nothing(world):
    world.notices = [notice(number, "2026-10-06", OPENED, numerodepartement=where) for number, where in
                     enumerate(("19", "2A", "23"), 1)]  # fmt: skip
    world.fail(COMPANIES, "503", Retry_After="600")
    assert sweep() == 0
    assert len(world.asked(BODACC)) == 1


def test_a_departement_that_fails_is_read_again_and_holds_no_other_back(world):
    world.notices = [notice(1, "2026-10-06", OPENED), notice(2, "2026-10-06", OPENED, numerodepartement="2A")]
    world.fail(BODACC, "500", when='numerodepartement="19"')
    assert sweep() == 2
    assert found() == ["A202601912"]
    world.heal()
    assert sweep() == 1
    assert found() == ["A202601911", "A202601912"]


def test_without_the_headcounts_nothing_is_lost(world):
    world.notices = [notice(1, "2026-10-06", OPENED)]
    world.fail(COMPANIES, "429", Retry_After="1")
    sweep()
    assert found() == []
    assert not RegisterReading.objects.filter(register="radar:19").exists()
    world.heal()
    cache.clear()  # the second is over
    sweep()
    assert found() == ["A202601911"]


def test_a_company_that_cannot_be_read_hides_none_behind_it(world):
    world.notices = [notice(1, "2026-10-06", OPENED, siren=OTHER_SIREN), notice(2, "2026-10-07", OPENED)]
    world.fail(COMPANIES, "html", when=OTHER_SIREN)
    assert sweep() == 2
    assert found() == ["A202601912"]
    world.heal()
    assert sweep() == 1
    assert found() == ["A202601911", "A202601912"]


def test_a_gazette_that_asks_to_wait_is_asked_once(world):
    world.fail(BODACC, "429", Retry_After="600")
    assert [sweep(), sweep()] == [0, 0]
    assert len(world.asked(BODACC)) == 1


@pytest.mark.parametrize("says", [True, False])
def test_what_waits_follows_a_rectificatif(world, says):
    first = notice(1, "2026-10-10", OPENED)
    world.notices = [first]
    sweep()
    world.notices.append(correcting(notice(3, "2026-10-12", OPENED, "2026-10-10"), "rectificatif", first, says))
    sweep(days=1)
    sweep(days=2)
    assert found() == ["A202601913"]


@pytest.mark.parametrize("says", [True, False])
def test_no_letter_is_written_from_an_annulled_notice(world, says):
    first = notice(1, "2026-10-10", OPENED)
    world.notices = [first]
    sweep()
    world.notices.append(correcting(notice(3, "2026-10-12", OPENED, "2026-10-10"), "annulation", first, says))
    sweep(days=1)
    assert found() == ["A202601911"]
    with pytest.raises(radar.NotPossible):
        radar.letter(RadarOpening.objects.get())


def test_the_letter_says_what_the_notice_says_and_how_to_file(world):
    world.notices = [notice(6051, "2026-10-06", OPENED, "2026-09-29", complement="quarante salariés")]
    sweep()
    text = radar.letter(RadarOpening.objects.get())
    assert "À la mairie : Meymac" in text
    assert "du 6 octobre 2026 publie ceci au sujet de l’entreprise ATELIERS IMAGINAIRES" in text
    assert f"« {OPENED} »\nJugement du 29 septembre 2026\nGreffe du Tribunal de Commerce de Brive\nMeymac\n" in text
    assert "https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:A202601916051" in text
    assert "http://testserver/deposer" in text
    assert "gratuit" in text
    assert "votre usine peut avoir besoin de ceci" in text


def test_the_letter_claims_nothing_that_the_notice_does_not_say(world):
    world.notices = [notice(1, "2026-10-06", OPENED, jugement=f'{{"nature": "{OPENED}"}}', tribunal=None, ville=None)]
    sweep()
    text = radar.letter(RadarOpening.objects.get())
    for unsaid in ("salariés menacés", "20", "49", "21.20Z", "None", "Jugement du", "Greffe"):
        assert unsaid not in text.replace("2026", "").replace("2015", "")


def test_nothing_is_sent_to_anybody(world):
    world.notices = [notice(1, "2026-10-06", OPENED)]
    sweep()
    radar.letter(RadarOpening.objects.get())
    assert mail.outbox == []


def test_an_opening_is_decided_once(world):
    world.notices = [notice(1, "2026-10-06", OPENED)]
    sweep()
    opening, karim = RadarOpening.objects.get(), make_moderator()
    with pytest.raises(radar.NotPossible):
        radar.decide(opening, "new", karim)
    radar.decide(opening, "letter_sent", karim)
    assert (opening.state, opening.decided_by) == ("letter_sent", karim)
    with pytest.raises(radar.NotPossible):
        radar.decide(RadarOpening.objects.get(), "dismissed", karim)


def test_the_daily_doors_read_what_is_due(world):
    case = make_case(siren=SIREN, days_left=None)
    tasks.watch_gazette()
    tasks.sweep_radar()
    case.refresh_from_db()
    assert case.gazette_watched_on is not None
    assert RegisterReading.objects.get(register="radar:19").read_until == case.gazette_watched_on


@pytest.mark.parametrize("task", ["watch_gazette", "sweep_radar"])
def test_what_failed_is_tried_again_within_the_hour_from_early_morning_in_paris(settings, task):
    [entry] = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == f"campaigns.tasks.{task}"]
    hours = sorted(entry["schedule"].hour)
    assert hours == list(range(5, 21))  # UTC: 6 h or 7 h in Paris at first
    assert len(entry["schedule"].minute) == 1
    assert celery.amqp.router.route({}, entry["task"])["queue"].name == "default", "clicks do not wait for registers"
