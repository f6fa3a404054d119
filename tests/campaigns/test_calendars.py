"""The feeds, read back by another library than the one that writes them."""

from datetime import UTC, datetime, timedelta

import pytest
import vobject
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import milestones, moderation, suggesting
from campaigns.models import Authority, Case, CaseStatus, Commune, Confidence, Milestone, MilestoneKind, Stage
from i4emploi_site.lib.times import PARIS
from tests.cast import make_case, make_moderator

pytestmark = pytest.mark.django_db


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)


def add(case, at=None, **fields) -> Milestone:
    values = {"kind": MilestoneKind.AUDIENCE, "authority": Authority.TRIBUNAL, "confidence": Confidence.CONFIRMED}
    return Milestone.objects.create(case=case, at=at or timezone.now() + timedelta(days=9), **values | fields)


def read(client, url: str):
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return vobject.readOne(answer.content.decode())


def of_case(client, case):
    return read(client, reverse("case_calendar", args=[case.slug]))


def of_departement(client, code="19"):
    return read(client, reverse("departement_calendar", args=[code]))


def events(calendar) -> list:
    return calendar.contents.get("vevent", [])


@pytest.fixture
def case():
    return make_case(days_left=None)


def test_an_event_says_what_when_where_on_whose_word_and_how_sure(client, case):
    milestone = add(
        case, paris(2027, 5, 18, 14), source_label="Ordonnance", source_url="https://tribunal.example/o", note="Salle 2"
    )
    calendar = of_case(client, case)
    (event,) = events(calendar)
    assert event.uid.value == f"milestone-{milestone.pk}@testserver"
    assert event.dtstart.value == datetime(2027, 5, 18, 12, tzinfo=UTC)
    assert event.summary.value == "Audience d’examen des offres : Laboratoire Imaginaire"
    assert event.location.value == "Meymac, Corrèze"
    assert event.url.value == f"http://testserver/dossiers/{case.slug}/"
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "0")
    assert event.description.value.split("\n") == [
        "Date donnée par : tribunal (confirmée)",
        "Source : Ordonnance https://tribunal.example/o",
        "Salle 2",
        f"Le dossier : http://testserver/dossiers/{case.slug}/",
    ]
    assert calendar.contents["x-wr-calname"][0].value == "Laboratoire Imaginaire : échéances"
    assert calendar.contents["refresh-interval"][0].value == "PT1H"
    assert event.dtstamp.value == event.last_modified.value == milestone.updated_at.replace(microsecond=0)


def test_the_feed_is_well_formed_ring_nothing_and_takes_nobodys_time(client, case):
    add(case)
    calendar = of_case(client, case)
    calendar.validate(raiseException=True)
    (event,) = events(calendar)
    assert "valarm" not in event.contents
    assert event.transp.value == "TRANSPARENT"
    lines = client.get(reverse("case_calendar", args=[case.slug])).content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        (paris(2027, 3, 27, 14), datetime(2027, 3, 27, 13, tzinfo=UTC)),  # the eve of summer time
        (paris(2027, 3, 28, 14), datetime(2027, 3, 28, 12, tzinfo=UTC)),
        (paris(2027, 10, 30, 14), datetime(2027, 10, 30, 12, tzinfo=UTC)),
        (paris(2027, 10, 31, 14), datetime(2027, 10, 31, 13, tzinfo=UTC)),
        (paris(2027, 10, 31, 2, 30).replace(fold=1), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_the_same_on_both_sides_of_a_clock_change(client, case, at, utc):
    add(case, at)
    (event,) = events(of_case(client, case))
    assert event.dtstart.value == utc


def test_a_postponed_date_is_the_same_event_with_a_higher_sequence_and_its_reason(client, case):
    milestone = add(case, paris(2027, 5, 18, 14))
    (before,) = events(of_case(client, case))
    milestones.postpone(
        milestone, paris(2027, 6, 1, 9), make_moderator(), "Sursis de 14 jours", source_label="Le Populaire"
    )
    (after,) = events(of_case(client, case))
    assert after.uid.value == before.uid.value
    assert (before.sequence.value, after.sequence.value) == ("0", "1")
    assert after.dtstart.value == datetime(2027, 6, 1, 7, tzinfo=UTC)
    said = (
        "Reportée : elle était fixée au mardi 18 mai 2027 à 14\u202fh. Motif : Sursis de 14 jours Source : Le Populaire"
    )
    assert said in after.description.value


def test_a_cancelled_date_stays_as_cancelled_in_calendars_and_leaves_every_page(client, case):
    milestone = add(case, paris(2027, 5, 18, 14), note="À huis clos")
    changes = {"cancelled_at": timezone.now(), "cancelled_reason": "Désistement", "sequence": 1}
    Milestone.objects.filter(pk=milestone.pk).update(**changes)
    (event,) = events(of_case(client, case))
    assert (event.status.value, event.sequence.value) == ("CANCELLED", "1")
    assert "Annulée : Désistement" in event.description.value
    for page in (case.get_absolute_url(), "/", reverse("api_case-detail", args=[case.slug])):
        assert "À huis clos" not in client.get(page).content.decode()
    assert client.get("/").context["cases"][0].next_milestone is None
    assert client.get(case.get_absolute_url()).context["next"] is None
    assert client.get(reverse("api_case-detail", args=[case.slug])).json()["milestones"] == []


@pytest.mark.parametrize(
    ("confidence", "status", "words"),
    [("announced", "TENTATIVE", "Audience"), ("estimated", "TENTATIVE", "(date estimée)")],
)
def test_a_date_that_nobody_confirmed_is_tentative(client, case, confidence, status, words):
    add(case, confidence=confidence)
    (event,) = events(of_case(client, case))
    assert event.status.value == status
    assert words in event.summary.value


def test_a_suggested_date_is_in_no_feed_until_a_person_accepts_it(client, case):
    Case.objects.filter(pk=case.pk).update(stage=Stage.REDRESSEMENT)
    hearing = add(case, timezone.now() + timedelta(days=60))
    suggesting.refresh(case, timezone.now())
    assert case.proposals.pending().count() == 2
    assert [event.uid.value for event in events(of_case(client, case))] == [f"milestone-{hearing.pk}@testserver"]


def test_a_text_that_names_a_confidential_procedure_never_slips_in(client, case):
    milestone = add(
        case, note="Après la conciliation", source_label="Mandataire ad hoc", source_url="https://a.example"
    )
    milestone.postponements.create(
        from_at=milestone.at - timedelta(days=1), to_at=milestone.at, reason="Le conciliateur l’a demandé",
        source_label="Conciliation",
    )  # fmt: skip
    (event,) = events(of_case(client, case))
    words = event.description.value
    assert "concilia" not in words.lower()
    assert "ad hoc" not in words
    assert "Source : https://a.example" in words
    assert "Reportée" in words


def test_commas_line_ends_backslashes_and_emoji_come_back_as_they_were_written(client):
    case = make_case(days_left=None, company_name="Fonte, Acier; & Fils \\ 🏭👩🏽‍🏭")
    add(case, note="Salle 2, étage 1 ; « \\n »\r\nentrée B\x07 🏛️")
    calendar = of_case(client, case)
    (event,) = events(calendar)
    assert calendar.contents["x-wr-calname"][0].value == "Fonte, Acier; & Fils \\ 🏭👩🏽‍🏭\u00a0: échéances"
    assert event.summary.value.endswith("\u00a0: Fonte, Acier; & Fils \\ 🏭👩🏽‍🏭")
    assert "Salle 2, étage 1 ; « \\n »\nentrée B 🏛️\n" in event.description.value


def test_an_example_says_so(client):
    case = make_case(is_example=True)
    assert events(of_case(client, case))[0].summary.value.startswith("Exemple : ")


HIDDEN = [
    {"status": CaseStatus.DRAFT},
    {"status": CaseStatus.SUBMITTED},
    {"status": CaseStatus.HELD},
    {"status": CaseStatus.REJECTED},
    {"status": CaseStatus.SUBMITTED, "stage": Stage.CONCILIATION},
    {"status": CaseStatus.HELD, "stage": Stage.MANDAT_AD_HOC},
]


@pytest.mark.parametrize("fields", HIDDEN)
def test_what_is_not_public_is_in_no_feed(client, fields):
    hidden, shown = make_case(**fields), make_case()
    assert client.get(reverse("case_calendar", args=[hidden.slug])).status_code == 404
    uids = [event.uid.value for event in events(of_departement(client))]
    assert uids == [f"milestone-{shown.milestones.get().pk}@testserver"]


def test_a_closed_case_keeps_its_past_dates(client):
    case = make_case(CaseStatus.CLOSED, days_left=-20)
    assert len(events(of_case(client, case))) == len(events(of_departement(client))) == 1


def test_a_departement_has_its_own_cases_and_no_others(client):
    here = make_case()
    elsewhere = make_case(commune=Commune.objects.filter(departement="67").first())
    calendar = of_departement(client, "67")
    assert calendar.contents["x-wr-calname"][0].value == "#i4emploi : échéances, Bas-Rhin"
    assert [event.url.value for event in events(calendar)] == [f"http://testserver/dossiers/{elsewhere.slug}/"]
    assert [event.url.value for event in events(of_departement(client))] == [f"http://testserver/dossiers/{here.slug}/"]


def test_a_departement_without_a_case_is_an_empty_calendar_and_an_unknown_one_is_none(client):
    calendar = of_departement(client, "2A")
    assert events(calendar) == []
    assert calendar.contents["vtimezone"]
    assert client.get(reverse("departement_calendar", args=["20"])).status_code == 404


def test_a_calendar_that_asks_again_is_told_that_nothing_changed_until_something_does(client, case):
    milestone = add(case, paris(2027, 5, 18, 14))
    url = reverse("case_calendar", args=[case.slug])
    first = client.get(url)
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert client.get(url, headers={"if-modified-since": first["Last-Modified"]}).status_code == 304
    milestones.postpone(milestone, paris(2027, 6, 1, 9), None, "Sursis")
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_departements_feed_changes_when_a_case_leaves_it(client):
    case, _other = make_case(), make_case()
    url = reverse("departement_calendar", args=["19"])
    first = client.get(url)
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    moderation.hold(case, make_moderator(), "À vérifier")
    later = timezone.now() + timedelta(hours=1)
    stale = {"if-modified-since": f"{later.astimezone(UTC):%a, %d %b %Y %H:%M:%S} GMT"}
    assert client.get(url, headers=stale).status_code == 200
    again = client.get(url, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200
    assert case.slug not in again.content.decode()


def test_feeds_are_read_only_in_french_and_nobodys_cookie(client, case):
    add(case)
    url = reverse("case_calendar", args=[case.slug])
    assert client.post(url).status_code == 405
    answer = client.get(url, headers={"accept-language": "en"})
    assert answer["Content-Language"] == "fr"
    assert "Audience d’examen" in vobject.readOne(answer.content.decode()).vevent.summary.value
    assert not answer.cookies
    assert "no-cache" in answer["Cache-Control"]


def test_the_number_of_queries_does_not_grow_with_the_feed(client):
    counts = []
    for _round in range(2):
        for _each in range(3):
            add(make_case())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            of_departement(client)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 4


def test_the_public_page_links_to_the_feed_where_there_is_a_date(client, case):
    link = f'href="{reverse("case_calendar", args=[case.slug])}"'
    assert link not in client.get(case.get_absolute_url()).content.decode()
    add(case)
    assert link in client.get(case.get_absolute_url()).content.decode()
