"""The team's case file in a browser: axe finds nothing grave on any of its pages, and a town's first calls are noted by keyboard."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from campaigns import contacts, facts, following_up, milestones, moderation, updates
from campaigns.models import ActorContact, Case, FollowUp
from tests.campaigns.test_cleaning import pdf
from tests.cast import make_case, make_member
from tests.journeys.test_accessibility import check
from tests.journeys.test_journeys import sign_in
from tests.journeys.test_keyboard import press, tab_to, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill(case: Case, user) -> None:
    facts.record(case, user, "jobs_threatened", "Les Echos", value=35, on=date(2015, 9, 28))
    facts.record(case, user, "public_support", "Les Echos", value=30_000, giver="Région", condition="des visites")
    told = {"actor": "mayor", "precision": "", "told_by": "le maire", "told_on": date(2015, 9, 22)}
    contacts.record(case, user, **told, answer="Oui", answered_on=date(2015, 9, 23))
    hearing = milestones.add(
        case, user, kind="audience", at=timezone.now() + timedelta(days=20), authority="tribunal",
        confidence="confirmed", source_label="Jugement", source_url="", note="",
    )  # fmt: skip
    milestones.postpone(hearing, hearing.at + timedelta(days=30), user, "Sursis de 30 jours", source_label="Les Echos")
    case.proposals.create(
        origin="clock",
        kind="milestone",
        key="k",
        milestone_kind="delibere",
        at=hearing.at,
        why="Trois mois",
        article="L641-10",
    )
    news = updates.write(case, user, "Une visite", "Trois industriels sont venus.")
    updates.correct(
        news, user, "Le troisième s’est excusé", "Une visite", "Deux industriels sont venus.", read=updates.seen(news)
    )


def test_no_page_of_the_case_file_keeps_anybody_out(page):
    case = make_case()
    user = make_member(case)
    fill(case, user)
    sign_in(page, user)
    here = f"{case.get_absolute_url()}equipe/"
    news = case.updates.get()
    check(
        page,
        [f"{here}{name}/" for name in ("faits", "prevenus", "echeances", "nouvelle", "texte", "pieces", "membres")],
    )
    check(
        page,
        [
            f"{here}prevenus/?actor=region",
            f"{here}nouvelle/{news.pk}/",
            f"{here}faits/{case.facts.first().pk}/",
            f"{here}prevenus/{case.contacts.get().pk}/",
            case.get_absolute_url(),
            f"{case.get_absolute_url()}repondre/",
        ],
    )


def test_the_outcome_and_the_question_that_follows_are_open_to_all(page):
    case = make_case()
    moderation.close(case, None, "partly_saved", jobs_saved=24, jobs_lost=13, source_label="Jugement")
    asked = FollowUp.objects.filter(case=case).earliest("due_on")
    check(page, [case.get_absolute_url(), f"/suivi/{following_up.token_of(asked)}/", "/suivi/faux/", "/mairie/faux/"])


def test_the_first_call_is_noted_by_the_keyboard(page):
    case = make_case()
    sign_in(page, make_member(case))
    page.goto(f"{case.get_absolute_url()}equipe/prevenus/")
    press(page, "a[href='?actor=sub_prefect#note']")
    page.wait_for_url("**/?actor=sub_prefect#note")
    write(page, "[name=told_by]", "le maire")
    tab_to(page, "[name=told_on]")
    page.keyboard.type("09092015")  # the same day whichever comes first in this browser, the day or the month
    press(page, "button[value=told]")
    page.wait_for_selector(".told .wait")
    assert ActorContact.objects.get().actor == "sub_prefect"


def test_proof_is_joined_and_read_again(page, tmp_path):
    case = make_case()
    sign_in(page, make_member(case))
    page.goto(f"{case.get_absolute_url()}equipe/pieces/")
    page.select_option("[name=kind]", "judgment")
    page.fill("[name=title]", "Jugement du 22 septembre")
    file = tmp_path / "jugement.pdf"
    file.write_bytes(pdf())
    page.set_input_files("[name=file]", file)
    page.click("button[value=add]")
    page.wait_for_selector("text=Jugement du 22 septembre")
    with page.expect_download() as read:
        page.click("main a:has-text('Jugement du 22 septembre')")
    assert read.value.suggested_filename == "jugement-du-22-septembre.pdf"
