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
