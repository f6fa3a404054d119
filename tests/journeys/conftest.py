"""A real Chromium on the live server. Without one these tests skip, loudly; continuous checks forbid the skip."""

import os

import pytest

from i4emploi_site.demo.screenshots import FLAGS, chromium_path

MUST_RUN = os.environ.get("I4_BROWSER_TESTS_MUST_RUN") == "1"


@pytest.fixture(scope="session")
def chromium():
    path = chromium_path()
    if path is None:
        message = "NO CHROMIUM: the browser journeys did not run. Install Debian's package chromium."
        if MUST_RUN:
            pytest.fail(message)
        pytest.skip(message)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop lives in this thread; the ORM is not called in it
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def is_problem(message) -> bool:
    return message.type == "error" and "Failed to load resource" not in message.text  # those are told by `is_missing`


def is_missing(answer) -> bool:
    """A page may refuse a form or not exist; what it is made of, and what it asks for itself, must be there."""
    return answer.status >= (500 if answer.request.is_navigation_request() else 400)


@pytest.fixture(params=[390, 1280], ids=["phone", "desk"])
def page(request, chromium, live_server, settings):
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    context = chromium.new_context(
        viewport={"width": request.param, "height": 844}, locale="fr-FR", base_url=live_server.url
    )
    page = context.new_page()
    problems = []
    page.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
    page.on("response", lambda answer: problems.append(f"{answer.status} {answer.url}") if is_missing(answer) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    context.close()
    assert not wide, "the page is wider than its screen"
    assert problems == []
