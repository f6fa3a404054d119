import json
from datetime import date

import pytest

from campaigns.opendata import bodacc
from campaigns.opendata.answers import BadAnswer
from campaigns.opendata.words import date_of
from tests.open_data_server import BODACC, OTHER_SIREN, SIREN, correcting, notice

OPENED = "Jugement d'ouverture d'une procédure de redressement judiciaire"
LIQUIDATED = "Jugement d'ouverture de liquidation judiciaire"
SINCE = date(2026, 1, 1)
PATIENCE = 5


def read(world, since=SINCE, siren=SIREN, timeout=PATIENCE):
    return bodacc.notices_of(world.url, siren, since, timeout)


def test_a_notice_says_what_was_judged_when_and_where(world):
    complement = (
        "Jugement prononçant l'ouverture, date de cessation des paiements le 29 Mars 2025, désignant mandataire "
        "judiciaire Étude Exemple. Les créances sont à adresser dans les deux mois."
    )
    world.notices = [notice(6050, "2026-10-06", OPENED, "2026-09-29", complement=complement)]
    [said] = read(world)
    assert said == bodacc.Notice(
        id="A202601916050",
        kind="annonce",
        published=date(2026, 10, 6),
        departement="19",
        court="Greffe du Tribunal de Commerce de Brive",
        sirens=(SIREN,),
        nature=OPENED,
        judgment_date=date(2026, 9, 29),
        complement=complement,
        company="ATELIERS IMAGINAIRES",
        city="Meymac",
        postcode="19250",
        url="https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:A202601916050",
        cessation_paiements=date(2025, 3, 29),
        previous="",
    )


def test_notices_come_oldest_first_and_only_since_the_day(world):
    world.notices = [
        notice(3, "2026-03-01", LIQUIDATED),
        notice(2, "2026-02-01", OPENED),
        notice(1, "2025-12-31", OPENED),
        notice(4, "2026-02-01", OPENED, siren=OTHER_SIREN),
    ]
    assert [said.id for said in read(world)] == ["A202601912", "A202601913"]


@pytest.mark.parametrize(
    "registre",
    [[SIREN, "900 000 019"], ["900 000 019", SIREN], ["12", "900 000 019", "123456789012", SIREN]],
)
def test_a_siren_is_read_however_the_register_writes_it(world, registre):
    world.notices = [notice(1, "2026-02-01", OPENED, registre=registre)]
    assert read(world)[0].sirens == (SIREN,)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-09-29", date(2026, 9, 29)),
        ("10 décembre 2009", date(2009, 12, 10)),
        ("1er mars 2010", date(2010, 3, 1)),
        ("1 er MARS 2010", date(2010, 3, 1)),
        ("29 Mars 2025", date(2025, 3, 29)),
        ("07/08/2012", date(2012, 8, 7)),
        ("31 février 2020", None),
        ("12 brumaire 2020", None),
        ("", None),
        (None, None),
        (20260101, None),
    ],
)
def test_dates_of_every_age_are_read_and_others_are_unknown(written, day):
    assert date_of(written) == day


@pytest.mark.parametrize(
    ("complement", "day"),
    [
        ("date de cessation des paiements le 29 Mars 2025, désignant", date(2025, 3, 29)),
        ("Date de cessation des paiements : 1er janvier 2026.", date(2026, 1, 1)),
        ("reportant la date de cessation des paiements du 1er mars 2025 au 1er janvier 2025", date(2025, 1, 1)),
        ("fixe la cessation des paiements au 31/12/2025", date(2025, 12, 31)),
        ("date de cessation des paiements le 29 Mars 2028", None),  # a slip of the pen: it is yet to come
        ("Ouvert le 2 janvier 2026, sans état de cessation des paiements", None),
    ],
)
def test_the_day_when_payments_stopped_is_read_in_the_text(world, complement, day):
    world.notices = [notice(1, "2026-02-01", OPENED, complement=complement)]
    assert read(world)[0].cessation_paiements == day


def test_fields_that_are_null_or_broken_leave_blanks(world):
    world.notices = [
        notice(1, "2026-02-01", OPENED, jugement=None, ville=None, cp=None, url_complete=None, tribunal=None),
        notice(2, "2026-02-02", OPENED, jugement="{broken", listepersonnes=None),
    ]
    first, second = read(world)
    assert (first.nature, first.judgment_date, first.city, first.court, first.url) == ("", None, "", "", "")
    assert (second.nature, second.company, second.cessation_paiements) == ("", "", None)


def test_conciliations_are_never_imported(world):
    world.notices = [notice(1, "2026-02-01", OPENED, familleavis="conciliation")]
    assert read(world) == []
    assert bodacc.notice_of(world.notices[0]) is None


@pytest.mark.parametrize(
    "nature", ["Jugement d'interdiction de gérer", "Jugement de faillite personnelle Loi de 1985", "Banqueroute"]
)
def test_sanctions_against_people_are_never_imported(world, nature):
    world.notices = [notice(1, "2026-02-01", nature)]
    assert read(world) == []


def test_a_sanction_hidden_in_the_text_of_a_vague_judgment_is_never_imported(world):
    said = "prononce une interdiction de gérer à l'encontre de M. Jean Exemple pour cinq ans"
    world.notices = [
        notice(1, "2026-02-01", "Autre jugement prononçant", complement=said),
        notice(2, "2026-02-02", LIQUIDATED, complement=said),
    ]
    [kept] = read(world)
    assert (kept.nature, kept.complement) == (LIQUIDATED, "")


PERSON = {"typePersonne": "pp", "nom": "EXEMPLE", "prenom": "Jean"}
COMPANY = {"typePersonne": "pm", "denomination": "ATELIERS IMAGINAIRES"}


@pytest.mark.parametrize("people", [PERSON, [PERSON], [PERSON, PERSON], {"nom": "EXEMPLE"}, {"typePersonne": "PP"}])
def test_people_are_never_returned(world, people):
    listed = json.dumps({"personne": people})
    world.notices = [notice(1, "2026-02-01", OPENED, listepersonnes=listed, commercant="EXEMPLE Jean")]
    assert read(world) == []
    assert bodacc.openings(world.url, None, SINCE, PATIENCE) == []


def test_a_company_beside_a_person_is_returned_alone(world):
    mine = COMPANY | {"numeroImmatriculation": {"numeroIdentification": "900 000 019"}}
    listed = json.dumps({"personne": [PERSON, mine]})
    world.notices = [
        notice(
            1,
            "2026-02-01",
            OPENED,
            listepersonnes=listed,
            registre=["900000027", SIREN],
            commercant="EXEMPLE, ATELIERS",
        )
    ]
    [said] = read(world)
    assert (said.company, said.sirens) == ("ATELIERS IMAGINAIRES", (SIREN,))


def test_an_opening_that_does_not_say_that_it_is_a_companys_is_not_on_the_radar(world):
    world.notices = [notice(1, "2026-02-01", OPENED, listepersonnes=None, commercant="EXEMPLE Jean")]
    assert bodacc.openings(world.url, None, SINCE, PATIENCE) == []
    assert read(world)[0].company == ""


@pytest.mark.parametrize("kind", ["rectificatif", "annulation"])
def test_a_correction_says_which_notice_it_is_about(world, kind):
    first = notice(6050, "2026-02-01", OPENED)
    world.notices = [first, correcting(notice(7, "2026-02-08", OPENED), kind, first)]
    said = read(world)[1]
    assert (said.kind, said.previous) == (kind, "A202601916050")


@pytest.mark.parametrize("previous", [None, "", "{broken", "[]", '{"nomPublication": "BODACC A"}'])
def test_a_correction_that_does_not_say_which_is_still_read(world, previous):
    world.notices = [
        notice(1, "2026-02-01", OPENED, typeavis="rectificatif", parutionavisprecedent=previous, jugement=None)
    ]
    assert read(world)[0].previous == ""


def test_openings_are_read_by_departement(world):
    world.notices = [
        notice(1, "2026-02-01", OPENED),
        notice(2, "2026-02-01", LIQUIDATED, numerodepartement="2A"),
        notice(3, "2026-02-02", "Jugement de conversion en liquidation judiciaire"),
        notice(4, "2026-02-03", "Jugement de clôture pour insuffisance d'actif"),
        notice(5, "2025-02-03", OPENED),
    ]
    assert [said.id for said in bodacc.openings(world.url, "2A", SINCE, PATIENCE)] == ["A202601912"]
    assert [said.id for said in bodacc.openings(world.url, None, SINCE, PATIENCE)] == ["A202601911", "A202601912"]


def test_a_long_list_is_read_to_its_end_a_hundred_at_a_time(world):
    world.notices = [notice(number, "2026-02-01", OPENED) for number in range(1, 251)]
    assert len(read(world)) == 250
    assert [asked["offset"] for asked in world.asked(BODACC)] == ["0", "100", "200"]


def test_beyond_ten_thousand_records_the_export_is_read(world):
    world.notices = [notice(number, "2026-02-01", OPENED) for number in range(1, 10_102)]
    assert len(bodacc.openings(world.url, "19", SINCE, PATIENCE)) == 10_101
    assert [asked["path"].rsplit("/", 1)[1] for asked in world.asked(BODACC)] == ["records", "json"]


def test_one_record_without_a_date_does_not_hide_the_others(world, caplog):
    world.notices = [notice(1, "2026-02-01", OPENED), notice(2, "2026-02-02", OPENED, id=None)]
    assert [said.id for said in read(world)] == ["A202601911"]
    assert "1 records without an id or a date" in caplog.text


def test_records_that_all_lack_what_is_documented_are_a_bad_answer(world):
    world.notices = [notice(1, "2026-02-01", OPENED, id=None)]
    with pytest.raises(BadAnswer):
        read(world)


@pytest.mark.parametrize("siren", ["", "90000001", '900000019" OR 1=1', "９00000019"])
def test_what_is_no_siren_is_never_asked(world, siren):
    with pytest.raises(ValueError, match="not a SIREN"):
        read(world, siren=siren)
    assert world.seen == []
