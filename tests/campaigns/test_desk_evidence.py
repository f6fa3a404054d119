"""What tells two cases apart in the queue, and what a moderator reads beside a case before deciding."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.html import strip_tags

from campaigns import officials
from campaigns.models import Case, TownHallCheck
from i4emploi_site.lib.times import long_date
from tests.campaigns.test_desk import QUEUE
from tests.cast import make_case, make_member, make_moderator, make_user
from tests.open_data_server import DIRECTORY, town_hall

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def words(markup: str) -> str:
    return " ".join(strip_tags(markup.replace("<", " <")).split())


def line(desk, case, label: str) -> str:
    """One line of the evidence, as it reads."""
    page = desk.get(f"{QUEUE}{case.pk}/change/").content.decode()
    return next(said for row in re.findall(r"<div><dt>.*?</dd></div>", page, re.S) if label in (said := words(row)))


def test_two_cases_of_one_company_are_told_apart_in_the_queue(desk):
    make_case("submitted", stage="conciliation", filer_role="worker")
    make_case("submitted", stage="redressement", filer_role="elected")
    page = desk.get(QUEUE).content.decode()
    one, other = sorted(
        (words(row) for row in re.findall(r"<tr.*?</tr>", page, re.S) if "Laboratoire" in row), key=len
    )[:2]
    rows = {"Redressement" in row: row for row in (one, other)}
    assert "Élu·e" in rows[True]
    assert "confidentiel" not in rows[True]
    for said in ("Conciliation confidentiel", "Salarié·e"):
        assert said in rows[False]


def test_a_verdict_and_its_detail_do_not_run_together(desk):
    said = line(desk, make_case("submitted"), "Mandat au répertoire")
    assert said.endswith(": non fourni : répertoire non importé")


def test_no_other_case_of_the_company_is_said_in_a_word(desk):
    assert line(desk, make_case("submitted"), "Dossiers semblables") == "Dossiers semblables : aucun"


def test_another_company_of_the_town_with_as_many_jobs_may_be_the_same_case(desk):
    make_case("submitted", company_name="Alcor")
    more = make_case("submitted", company_name="Salem", jobs=38)
    assert "Alcor" not in line(desk, more, "Dossiers semblables")
    assert "Alcor (" in line(desk, make_case("submitted", company_name="Salem"), "Dossiers semblables")


def test_the_other_cases_of_the_company_are_links(desk):
    case, twin = make_case("submitted"), make_case("published", filer_role="cse")
    make_case("draft")
    assert line(desk, case, "Dossiers semblables") == (
        "Dossiers semblables : 1 : Laboratoire Imaginaire (Publié, CSE ou syndicat)"
    )
    assert f'href="{QUEUE}{twin.pk}/change/"' in desk.get(f"{QUEUE}{case.pk}/change/").content.decode()


def asked(world, case) -> TownHallCheck:
    world.town_halls = [town_hall()]
    assert officials.ask_due(timezone.now()) == 1
    return TownHallCheck.objects.get(case=case)


def test_a_town_hall_that_was_asked_and_is_silent_reads_as_such(desk, world):
    case = make_case("submitted")
    check = asked(world, case)
    said = line(desk, case, "Confirmé par la mairie")
    assert said.endswith(
        f": en attente : question envoyée à mairie@meymac.example le {words(long_date(check.sent_at))}, pas encore de réponse"
    )


@pytest.mark.parametrize(
    ("is_ours", "verdict", "answer"),
    [(True, ": oui :", "elle reconnaît cette personne"), (False, ": non :", "elle ne reconnaît pas cette personne")],
)
def test_what_the_town_hall_answered_is_read_with_its_day(desk, world, is_ours, verdict, answer):
    case = make_case("submitted")
    officials.answer(officials.token_of(asked(world, case)), is_ours)
    said = line(desk, case, "Confirmé par la mairie")
    assert verdict in said
    assert said.endswith(f"réponse le {words(long_date(TownHallCheck.objects.get().answered_at))} : {answer}")


def test_a_town_hall_that_was_not_asked_says_why(desk, world):
    case = make_case("submitted", filer_email_confirmed_at=None)
    assert "pas demandé : la mairie est interrogée quand" in line(desk, case, "Confirmé par la mairie")
    Case.objects.update(filer_email_confirmed_at=timezone.now())
    assert "pas demandé : la question part" in line(desk, case, "Confirmé par la mairie")
    asked(world, case)
    Case.objects.update(filer_name="Une Autre")
    assert "portait sur un autre nom" in line(desk, case, "Confirmé par la mairie")


def put(desk, case, **more):
    return desk.post(f"{QUEUE}{case.pk}/mairie/", follow=True, **more).content.decode()


def button(desk, case) -> bool:
    return f'action="{QUEUE}{case.pk}/mairie/"' in desk.get(f"{QUEUE}{case.pk}/change/").content.decode()


def test_a_moderator_has_the_town_hall_asked_when_the_machine_no_longer_does(desk, world):
    world.town_halls = [town_hall()]
    case = make_case("submitted", filer_email_confirmed_at=timezone.now() - timedelta(days=30))
    assert officials.ask_due(timezone.now()) == 0
    assert "Interroger la mairie maintenant" in line(desk, case, "Confirmé par la mairie")
    assert "La question est partie" in put(desk, case)
    assert "en attente" in line(desk, case, "Confirmé par la mairie")
    assert not button(desk, case)
    assert "n’est pas partie" in put(desk, case), "a second press"
    assert [message.to for message in mail.outbox] == [["mairie@meymac.example"]]


def test_a_silent_town_hall_is_asked_again_the_same_question(desk, world, client):
    case = make_case("submitted")
    check = asked(world, case)
    TownHallCheck.objects.update(sent_at=timezone.now() - timedelta(days=3))
    assert button(desk, case)
    put(desk, case)
    again = TownHallCheck.objects.get()
    assert (again.pk, again.sent_at > check.sent_at) == (check.pk, True)
    assert len(mail.outbox) == 2
    assert officials.answer(officials.token_of(check), True), "the first mail's link serves too"
    TownHallCheck.objects.update(sent_at=timezone.now() - timedelta(days=3))
    assert not button(desk, case)
    assert "n’est pas partie" in put(desk, case), "it has answered"


@pytest.mark.parametrize(
    "unfit",
    [{"filer_role": "worker"}, {"filer_email_confirmed_at": None}, {"status": "changes_asked"}, {"commune": None}],
)
def test_the_town_hall_is_not_asked_about_whom_it_should_not_be(desk, world, unfit):
    world.town_halls = [town_hall()]
    case = make_case(**({"status": "submitted"} | unfit))
    assert not button(desk, case)
    assert "n’est pas partie" in put(desk, case)
    assert not TownHallCheck.objects.exists()


def test_a_silent_directory_is_said(desk, world):
    world.fail(DIRECTORY, "500")
    assert "l’annuaire ne donne pas" in put(desk, make_case("submitted"))


def test_nobody_else_has_a_town_hall_asked(client, world):
    world.town_halls = [town_hall()]
    case = make_case("submitted")
    for person in (make_user(), make_user(is_staff=True), make_member(case)):
        client.force_login(person)
        assert client.post(f"{QUEUE}{case.pk}/mairie/").status_code in (302, 403)
    client.force_login(make_moderator())
    client.get(f"{QUEUE}{case.pk}/mairie/")
    assert not TownHallCheck.objects.exists(), "opening the address asks nothing"


@pytest.mark.parametrize("model", ["reply", "heldtext", "notice", "proposal", "radaropening"])
def test_a_list_to_which_nothing_has_come_says_what_will(desk, model):
    address = f"/admin/campaigns/{model}/"
    assert "Ici viendront" in desk.get(address).content.decode()
    make_case().proposals.create(
        origin="clock", kind="milestone", key="k", milestone_kind="amelioration", at=timezone.now(), why="Deux jours"
    )
    filtered = desk.get("/admin/campaigns/proposal/?state__exact=refused").content.decode()
    assert "Ici viendront" not in filtered


def test_a_proposal_names_the_date_it_is_about(desk):
    one = make_case().proposals.create(
        origin="clock", kind="milestone", key="k", milestone_kind="amelioration", at=timezone.now(), why="Deux jours"
    )
    page = words(desk.get(f"/admin/campaigns/proposal/{one.pk}/change/").content.decode())
    assert "Fin d’amélioration des offres" in page
    assert "Échéance amelioration" not in page


def test_a_closed_case_reads_at_the_desk_as_it_does_in_public(desk):
    case = make_case("closed")
    for page in (f"{QUEUE}{case.pk}/change/", case.get_absolute_url()):
        assert "37 emplois étaient menacés" in words(desk.get(page).content.decode())
    assert "37 emplois à sauver" in desk.get(f"{QUEUE}{make_case().pk}/change/").content.decode()
