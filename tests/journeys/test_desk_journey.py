"""A moderator's unsaved edits are not lost by a decision, in a real browser."""

import pytest

from campaigns.models import Case
from tests.cast import make_case, make_moderator
from tests.journeys.test_journeys import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_decision_waits_until_what_was_typed_is_saved(page):
    case = make_case("submitted")
    sign_in(page, make_moderator())
    page.goto(f"/admin/campaigns/case/{case.pk}/change/")
    page.fill("[name=sector]", "Fonderie d’art")
    page.click("#decide-publish button")
    page.wait_for_selector("text=Enregistrez d’abord vos modifications")
    assert Case.objects.get().status == "submitted"
    page.fill("[name=sector]", case.sector)
    page.click("#decide-publish button")
    page.wait_for_selector("text=Le dossier est publié")
    assert Case.objects.get().status == "published"


def test_words_that_a_refused_form_holds_are_not_lost_by_a_decision(page):
    case = make_case("submitted")
    sign_in(page, make_moderator())
    page.goto(f"/admin/campaigns/case/{case.pk}/change/")
    page.fill("[name=sector]", "Fonderie d’art")
    page.fill("[name=siren]", "123456789")
    page.click("[name=_save]")
    page.wait_for_selector(".errorlist, .errornote, [id*=error]")
    assert page.input_value("[name=sector]") == "Fonderie d’art"
    page.click("#decide-publish button")
    page.wait_for_selector("text=Enregistrez d’abord vos modifications")
    assert Case.objects.get().status == "submitted"


def test_a_question_to_the_town_hall_waits_for_it_too(page):
    case = make_case("submitted")
    sign_in(page, make_moderator())
    page.goto(f"/admin/campaigns/case/{case.pk}/change/")
    page.fill("[name=sector]", "Fonderie d’art")
    page.click("text=Interroger la mairie maintenant")
    page.wait_for_selector("text=Enregistrez d’abord vos modifications")
    assert page.input_value("[name=sector]") == "Fonderie d’art"
    page.fill("[name=sector]", case.sector)
    page.click("text=Interroger la mairie maintenant")
    page.wait_for_selector("text=La question n’est pas partie")
