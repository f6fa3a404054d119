"""Each kind of user by the keyboard alone: nothing is clicked, filled or focused from outside."""

import pytest

from campaigns.models import CaseStatus, Lead
from influencers.models import Network, Pledge
from tests.cast import make_account, make_case, make_influencer, make_moderator
from tests.journeys.test_journeys import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_STOPS = 150


def tab_to(page, selector: str) -> None:
    """Press Tab until the focus is on an element of the selector, as one who sees the ring does."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{page.url}: {selector} is not reached by Tab")


def write(page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def press(page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")


def test_bruno_leaves_a_lead(page):
    case = make_case()
    page.goto(case.get_absolute_url())
    press(page, f"a[href='{case.get_absolute_url()}repreneur/']")
    page.wait_for_selector("[name=buyer_type]")
    tab_to(page, "[name=buyer_type]")
    page.keyboard.type("Industriel du")
    write(page, "[name=name]", "Bruno Repreneur")
    write(page, "[name=email]", "bruno")
    press(page, "main form button.main")
    page.wait_for_selector("[role=alert]:focus")
    press(page, "a[href='#id_email']")
    write(page, "[name=email]", "bruno@exemple.example")
    tab_to(page, "[name=declared]")
    page.keyboard.press("Space")
    press(page, "main form button.main")
    page.wait_for_url("**/merci/")
    assert Lead.objects.get().buyer_type == "same_sector"


def test_ines_pledges_and_withdraws(page, sandbox_x):
    case, influencer = make_case(), make_influencer("Ines Engagée")
    make_account(influencer, Network.X, base_url=sandbox_x.url)
    sign_in(page, influencer.user)
    page.goto(case.get_absolute_url())
    press(page, f"a[href='{case.get_absolute_url()}engagement/']")
    page.wait_for_selector("[name=text]")
    write(page, "[name=text]", "Je connais des industriels du médicament, écoutez Meymac. {lien}")
    press(page, "main form button.main")
    page.wait_for_url("**/moi/engagements/*/")
    assert Pledge.objects.get().consented_text.startswith("Je connais des industriels")
    page.goto("/moi/")
    press(page, "form[action$='/retirer/'] button, summary:has(.hidden-text)")
    press(page, "form[action$='/retirer/'] button")
    page.wait_for_url("**/moi/engagements/*/")
    assert Pledge.objects.get().withdrawn_at


def test_karim_finds_the_piles_and_publishes(page):
    case = make_case(CaseStatus.SUBMITTED)
    moderator = make_moderator()
    moderator.set_password("karim-modere-les-tests")
    moderator.save()
    page.goto("/admin/login/?next=/admin/campaigns/case/")
    page.wait_for_selector("[name=username]")
    page.evaluate("document.activeElement.blur()")
    write(page, "[name=username]", moderator.email)
    write(page, "[name=password]", "karim-modere-les-tests")
    page.keyboard.press("Enter")
    page.wait_for_selector(".piles")
    press(page, ".piles a[href='?pile=published']")
    page.wait_for_url("**/?pile=published")
    press(page, ".piles a[href='/admin/campaigns/case/']")
    page.wait_for_url("**/case/")
    press(page, "#result_list a[href*='/change/']")
    page.wait_for_selector("#decide-publish")
    press(page, "#decide-publish button")
    page.wait_for_selector("text=Le dossier est publié")
    case.refresh_from_db()
    assert case.status == CaseStatus.PUBLISHED
