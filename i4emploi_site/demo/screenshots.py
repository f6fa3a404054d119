"""The README's pictures, taken from a running demo: each page on a phone and on a desk."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from i4emploi_site.demo import story
from i4emploi_site.demo.journey import MODERATOR, Journey

SIZES = {"390": (390, 844), "1280": (1280, 900)}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def chromium_path() -> str | None:
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def take(journey: Journey, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for size, (width, height) in SIZES.items():
            _public(browser, journey, folder, size, width, height)
            _admin(browser, journey, folder, size, width, height)
            _team(browser, journey, folder, size, width, height)
        browser.close()


def _page(browser: Browser, width: int, height: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
    return context.new_page()


def _shot(page: Page, folder: Path, name: str, size: str, full: bool = True) -> None:
    page.screenshot(path=folder / f"{name}-{size}.png", full_page=full)


def _public(browser: Browser, journey: Journey, folder: Path, size: str, width: int, height: int) -> None:
    page, site = _page(browser, width, height), journey.stage.site
    page.goto(f"{site}/")
    _shot(page, folder, "home", size)
    page.goto(f"{site}/dossiers/{journey.slug}/")
    _shot(page, folder, "case", size)
    page.goto(f"{site}/deposer/")
    page.click("main button")
    page.fill("[name=company_name]", story.MEYMAC["company_name"])
    page.fill("[name=commune]", "Meymac")
    _shot(page, folder, "filing", size)


def _admin(browser: Browser, journey: Journey, folder: Path, size: str, width: int, height: int) -> None:
    page, site = _page(browser, width, height), journey.stage.site
    page.goto(f"{site}/admin/login/?next=/admin/campaigns/case/")
    page.fill("[name=username]", MODERATOR[0])
    page.fill("[name=password]", MODERATOR[1])
    page.click("[type=submit]")
    page.wait_for_selector("#result_list")
    _shot(page, folder, "admin-queue", size, full=False)


def _team(browser: Browser, journey: Journey, folder: Path, size: str, width: int, height: int) -> None:
    """The filer's dashboard and an influencer's pledge, each signed in by a code from their mail."""
    page, site = _page(browser, width, height), journey.stage.site
    journey.sign_in(page, story.MEYMAC["filer_email"])
    page.goto(f"{site}/dossiers/{journey.slug}/equipe/")
    _shot(page, folder, "dashboard", size)
    page = _page(browser, width, height)
    journey.sign_in(page, "engage1@exemple.example")
    page.goto(f"{site}/dossiers/{journey.other_slug()}/engagement/")
    _shot(page, folder, "pledge", size)
