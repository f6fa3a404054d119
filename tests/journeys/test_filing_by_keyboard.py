"""Meymac is filed in French on a phone by the keyboard alone, with the registers up, down and slow, and nothing is lost."""

import pytest
from django.core import mail

from campaigns.models import Case, CaseStatus
from tests import open_data_server
from tests.journeys.test_keyboard import press, tab_to, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_REQUIRED_FIELDS = 12
GO = "main form button.main"
SUMMARY = "L’usine de médicaments de Meymac sera démantelée si aucun repreneur ne se déclare."
STORY = "La ligne est en état de marche et les équipes sont là, prêtes à continuer."


@pytest.fixture
def registers(world, settings):
    settings.OPEN_DATA_TIMEOUT_SECONDS = 1
    world.companies = [open_data_server.company(name="LABORATOIRE SALEM FRANCE")]
    return world


def choose(page, selector: str) -> None:
    """A radio or a box: reached by Tab (by arrows within a group), then Space."""
    name = selector.split("[value")[0]
    tab_to(page, name)
    for _option in range(15):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.is_checked(selector)


def required_fields(page) -> set[str]:
    """The names of the questions of this page that cannot be left empty; a group of radios is one."""
    return set(page.eval_on_selector_all("main form [required]", "fields => fields.map(field => field.name)"))


def test_meymac_is_filed_by_the_keyboard_with_the_register_up(page, registers):
    file_meymac(page, confirms_company=True)


@pytest.mark.parametrize("fault", ["down", "slow"])
def test_meymac_is_filed_by_the_keyboard_while_the_register_is_out_of_order(page, registers, fault):
    registers.fail(open_data_server.COMPANIES, fault)
    file_meymac(page, confirms_company=False)


def file_meymac(page, *, confirms_company: bool) -> None:
    asked = set()
    page.goto("/deposer/")
    press(page, "main form button")
    page.wait_for_url("**/1/")
    asked |= required_fields(page)
    write(page, "[name=company_name]", "Laboratoire Salem France")
    write(page, "[name=commune]", "Meymac")
    page.keyboard.press("Enter")
    if confirms_company:
        page.wait_for_selector("[name=company][type=radio]")
        choose(page, f"[name=company][value='{open_data_server.SIREN}']")
        press(page, GO)
    page.wait_for_url("**/2/")
    asked |= required_fields(page)
    write(page, "[name=jobs]", "37")
    write(page, "[name=jobs_source]", "France 3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/3/")
    asked |= required_fields(page)
    choose(page, "[name=stage][value=liquidation_poursuite]")
    press(page, GO)
    page.wait_for_url("**/4/")
    asked |= required_fields(page)
    write(page, "[name=summary]", SUMMARY)
    write(page, "[name=story]", STORY)
    press(page, GO)
    page.wait_for_url("**/5/")
    asked |= required_fields(page)
    choose(page, "[name=filer_role][value=elected]")
    write(page, "[name=filer_name]", "Lucie Déclarante")
    write(page, "[name=filer_email]", "lucie@exemple.example")
    tab_to(page, "[name=attested]")
    page.keyboard.press("Space")
    press(page, GO)
    page.wait_for_url("**/6/")
    press(page, GO)
    page.wait_for_url("**/envoye/")
    case = Case.objects.get()
    assert (case.status, case.commune_id, case.facts.get().value) == (CaseStatus.SUBMITTED, "19136", 37)
    assert bool(case.registered_name) is confirms_company
    assert {"company_name", "commune", "stage", "summary", "story", "filer_role", "filer_email", "attested"} <= asked
    assert len(asked) <= MOST_REQUIRED_FIELDS, sorted(asked)
    assert mail.outbox


def test_nothing_is_lost_on_back_reload_expired_session_or_double_submit(page):
    page.goto("/deposer/")
    page.click("main form button")
    page.fill("[name=company_name]", "Laboratoire Salem France")
    page.fill("[name=commune]", "Meymac")
    page.dblclick(GO)
    page.wait_for_url("**/2/")
    page.go_back()
    page.wait_for_url("**/1/")
    page.reload()
    assert page.input_value("[name=company_name]") == "Laboratoire Salem France"
    page.click(GO)
    page.wait_for_url("**/2/")
    page.fill("[name=jobs]", "37")
    page.fill("[name=jobs_source]", "France 3")
    page.context.clear_cookies()  # the session and its token are gone
    page.click(GO)
    page.wait_for_url("**/3/")
    assert Case.objects.get().facts.get().value == 37
    page.goto(page.url.replace("/3/", "/4/"))
    page.fill("[name=summary]", "Trop")
    page.fill("[name=story]", STORY)
    page.click(GO)
    page.wait_for_selector("[role=alert]")
    assert page.input_value("[name=story]") == STORY
    page.click("button[value=back]")
    page.wait_for_url("**/3/")
    page.goto(page.url.replace("/3/", "/4/"))
    assert page.input_value("[name=summary]") == "Trop"
    assert page.input_value("[name=story]") == STORY
    assert Case.objects.count() == 1


def test_the_pseudonym_is_in_sight_of_workers_and_of_whoever_ticked_it(page):
    page.goto("/deposer/")
    page.click("main form button")
    page.goto(page.url.replace("/1/", "/5/"))
    protect = page.locator(".protect")
    assert protect.is_visible()
    page.check("[name=filer_role][value=elected]")
    assert not protect.is_visible()
    page.check("[name=filer_role][value=worker]")
    protect.locator("summary").click()
    page.check("[name=pseudonymous]")
    page.check("[name=filer_role][value=elected]")
    assert protect.is_visible(), "it has to be unticked"
