"""A year of the gazette, with everything that makes it hard to read, through the watcher twice."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns import gazette
from campaigns.models import Case, CaseStatus, Milestone, Notice, NoticeKind, Proposal, ProposalState, Stage
from tests.cast import make_case
from tests.open_data_server import correcting, notice

pytestmark = pytest.mark.django_db

FIRST, DAYS = date(2026, 1, 1), 365
NOW = datetime(2027, 1, 2, 5, 17, tzinfo=UTC)
NATURES = [
    "Jugement d'ouverture d'une procédure de redressement judiciaire",
    "Jugement d'ouverture d'une procédure de sauvegarde",
    "Jugement d'ouverture de liquidation judiciaire",
    "Jugement de conversion en liquidation judiciaire",
    "Jugement arrêtant un plan de cession",
    "Jugement arrêtant le plan de redressement",
    "Jugement de clôture pour insuffisance d'actif",
    "Dépôt de l'état des créances",
    "Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire",
    "Arrêt de la cour d'appel infirmant une décision soumise à publicité",
]
SIRENS = [f"9000020{number:02d}" for number in range(12)]
PERSON = {"typePersonne": "pp", "nom": "NOMDEPERSONNE", "prenom": "Jean"}
FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def in_french(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {FRENCH_MONTHS[day.month - 1]} {day.year}"


def a_year() -> list[dict]:
    """Two notices a day; every tenth is corrected, every eleventh is about a person, every thirteenth confidential."""
    records: list[dict] = []
    for number in range(1, 2 * DAYS):
        day, siren = FIRST + timedelta(days=number // 2), SIRENS[number % len(SIRENS)]
        judged = day - timedelta(days=7)
        written = in_french(judged) if number % 3 else judged.isoformat()
        complement = "date de cessation des paiements le 29 Mars 2025" if number % 2 else "maintien de l'activité"
        record = notice(number, day.isoformat(), NATURES[number % len(NATURES)], written, siren, complement=complement)
        records.append(_with_a_trap(number, record, records))
    return records


def _with_a_trap(number: int, record: dict, before: list[dict]) -> dict:
    if number % 11 == 0:
        return record | {"listepersonnes": json.dumps({"personne": [PERSON]}), "commercant": "NOMDEPERSONNE Jean"}
    if number % 13 == 0:
        return record | {"familleavis": "conciliation"}
    if number % 17 == 0:
        sanction = {"nature": "Jugement d'interdiction de gérer", "complementJugement": "à l'encontre de NOMDEPERSONNE"}
        return record | {"jugement": json.dumps(sanction)}
    if number % 19 == 0:
        return record | {"jugement": None}
    if number % 10 == 0 and number > 12:
        kind = "annulation" if number % 20 == 0 else "rectificatif"
        return correcting(record, kind, before[number - 13], says=number % 30 != 0)
    return record


@pytest.fixture(autouse=True)
def _a_year(world):
    world.notices = a_year()


@pytest.fixture
def cases():
    return [
        make_case(
            CaseStatus.SUBMITTED if number % 3 else CaseStatus.PUBLISHED, siren=siren, stage=stage, days_left=None
        )
        for number, (siren, stage) in enumerate(zip(SIRENS, [*Stage.values, Stage.ALERTE], strict=True))
        if number % 3 or stage not in ("mandat_ad_hoc", "conciliation")
    ]


def rows(model, *left_out) -> list[dict]:
    names = [field.attname for field in model._meta.concrete_fields if field.name not in left_out]
    return list(model.objects.order_by("pk").values(*names))


def test_a_year_read_twice_leaves_the_same_rows(world, cases):
    cases_before, milestones_before = rows(Case, "gazette_watched_on"), rows(Milestone)
    assert gazette.watch(NOW) == len(cases)
    once = rows(Notice), rows(Proposal)
    assert len(once[0]) > 400
    assert len(once[1]) > len(cases)
    assert gazette.watch(NOW + timedelta(days=1)) == len(cases)
    assert (rows(Notice), rows(Proposal)) == once
    # proposals wait: no case, no date changed by itself
    assert (rows(Case, "gazette_watched_on"), rows(Milestone)) == (cases_before, milestones_before)
    assert set(Proposal.objects.values_list("state", flat=True)) == {ProposalState.PENDING}


def test_a_year_brings_in_no_person_and_no_confidential_procedure(world, cases):
    gazette.watch(NOW)
    numbers = {int(said[9:]) for said in Notice.objects.values_list("bodacc_id", flat=True)}
    assert numbers
    assert not {number for number in numbers if number % 11 == 0 or number % 13 == 0 or number % 17 == 0}
    assert "NOMDEPERSONNE" not in repr(rows(Notice) + rows(Proposal))
    assert not Proposal.objects.filter(stage__in=["mandat_ad_hoc", "conciliation"]).exists()


def test_a_year_honours_its_corrections(world, cases):
    gazette.watch(NOW)
    corrections = Notice.objects.exclude(kind=NoticeKind.ANNONCE).exclude(corrects="")
    met = {NoticeKind.ANNULATION: 0, NoticeKind.RECTIFICATIF: 0}
    for correction in corrections:
        corrected = Notice.objects.filter(bodacc_id=correction.corrects).first()
        if corrected:
            met[correction.kind] += 1
            assert corrected.cancelled or corrected.superseded_by
    assert min(met.values()) > 0
    stale = Proposal.objects.exclude(kind="look_again").filter(notice__cancelled=True)
    assert not stale.exists()


def test_the_same_year_seen_day_by_day_ends_like_the_year_seen_at_once(world, cases):
    everything = world.notices
    for days in range(60, DAYS, 100):
        world.notices = [one for one in everything if one["dateparution"] <= str(FIRST + timedelta(days=days))]
        gazette.watch(datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=days))
    world.notices = everything
    gazette.watch(NOW)
    by_steps = pending()
    Proposal.objects.all().delete()
    Notice.objects.all().delete()
    Case.objects.update(gazette_watched_on=None)
    gazette.watch(NOW)
    assert by_steps == pending()


def pending() -> set[tuple]:
    return set(Proposal.objects.pending().values_list("case_id", "key", "why", "at"))
