"""Every kind of page, in light and dark: axe finds nothing grave; what refreshes itself leaves the keyboard alone."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import CaseStatus, CaseUpdate
from influencers import broadcasting
from influencers.models import Network
from tests.cast import make_account, make_case, make_influencer, make_member, make_pledge
from tests.journeys.test_journeys import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GRAVE = {"serious", "critical"}


def violations(page) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for rule in Axe().run(page).response["violations"]:
            if rule["impact"] in GRAVE:
                found += [f"{page.url} {scheme} {rule['id']}: {node['html'][:160]}" for node in rule["nodes"]]
    return found


def check(page, addresses) -> None:
    found = []
    for address in addresses:
        page.goto(address)
        found += violations(page)
    assert found == []


def test_public_pages(page):
    case = make_case()
    make_case(CaseStatus.CLOSED, outcome="saved")
    CaseUpdate.objects.create(case=case, title="Une visite", body="Deux industriels sont venus.")
    influencer = make_influencer(listed=True)
    make_pledge(influencer, make_account(influencer, followers=27_000), case)
    here = case.get_absolute_url()
    check(page, ["/", "/?departement=19", here, f"{here}relayer/", f"{here}repreneur/", f"{here}repreneur/merci/",
                 "/engages/", "/s-engager/", "/compte/login/", "/compte/signup/", "/deposer/", "/r/inconnu1"])  # fmt: skip


def test_filing_and_its_refusals(page):
    page.goto("/deposer/")
    page.click("main form button")
    page.wait_for_url("**/1/")
    first = page.url
    found = violations(page)
    page.fill("[name=company_name]", "Laboratoire Imaginaire")
    page.fill("[name=commune]", "Saint-Aubin")
    page.click("main form button.main")
    page.wait_for_selector("[name=commune_code][type=radio]")
    page.wait_for_selector("[role=alert]:focus")  # the refusal is read first
    found += violations(page)
    for step in "23456":
        page.goto(first.replace("/1/", f"/{step}/"))
        page.click("main form button.main")
        page.wait_for_load_state()
        found += violations(page)
    assert found == []


def test_the_engaged_and_the_team(page, sandbox_x):
    case, influencer = make_case(), make_influencer("Ines Engagée")
    pledge = make_pledge(influencer, make_account(influencer, Network.X, base_url=sandbox_x.url), case)
    make_account(None, Network.X, base_url=sandbox_x.url, handle="@campagne")
    user = influencer.user
    case.members.create(user=user, role="elected")
    made = broadcasting.prepare(case, user, "Meymac attend. {lien}", timezone.now() + timedelta(hours=2), 10)
    draft = broadcasting.prepare(case, user, "Meymac attend encore. {lien}", timezone.now() + timedelta(hours=3), 10)
    broadcasting.schedule(made, timezone.now())
    sign_in(page, user)
    other, here = make_case().get_absolute_url(), f"{case.get_absolute_url()}equipe/"
    check(page, ["/moi/", "/moi/comptes/x/", "/moi/comptes/mastodon/", "/moi/comptes/bluesky/", "/moi/engagement/?region=75", f"{other}engagement/",
                 f"/moi/engagements/{pledge.pk}/", here, f"{here}nouvelle/", f"{here}diffusion/",
                 f"/diffusions/{made.pk}/", f"/diffusions/{draft.pk}/"])  # fmt: skip


@pytest.mark.parametrize("door", ["equipe/", ""])
def test_a_refresh_keeps_the_keyboard_and_what_was_open(page, door):
    case = make_case()
    sign_in(page, make_member(case))
    page.goto(case.get_absolute_url() + door)
    page.focus(".figs summary >> nth=1")
    page.keyboard.press("Enter")
    with page.expect_response(lambda response: response.request.headers.get("hx-request") == "true"):
        page.evaluate("""() => {
            window.swapped = new Promise(done => document.addEventListener("htmx:afterSettle", done, {once: true}));
            htmx.trigger(document.querySelector("[data-i4-watch]"), "watch");
        }""")
    page.evaluate("window.swapped")
    assert page.evaluate("document.activeElement.matches('.figs > div:nth-child(2) summary')")
    expect(page.locator(".figs details[open]")).to_have_count(1)
    expect(page.locator(".figs > div:nth-child(2) details[open]")).to_have_count(1)
