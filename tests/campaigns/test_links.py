"""Short links: where they lead, which requests are people, and that each is counted once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from campaigns import figures, tasks
from campaigns.links.clicks import PEOPLE_AN_ADDRESS
from campaigns.links.codes import kept_link, make_link
from campaigns.models import CaseStatus, Click, ClickKind, LinkKind, Stage
from tests.cast import make_case

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"  # fmt: skip


def go(client, link, user_agent=FIREFOX, method="get", address="192.0.2.7", **headers):
    headers = {"User-Agent": user_agent, **headers}
    return getattr(client, method)(f"/r/{link.code}", headers=headers, REMOTE_ADDR=address)


def kinds(link) -> list[str]:
    return list(Click.objects.filter(link=link).order_by("at", "pk").values_list("kind", flat=True))


@pytest.fixture
def link():
    return make_link(make_case(), LinkKind.POST, "@ines")


def test_a_link_leads_to_its_case_and_names_its_click(client, link):
    response = go(client, link)
    click = Click.objects.get(link=link)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('case', args=[link.case.slug])}?via={click.pk}"
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", click.pk)
    assert (click.kind, click.counted) == (ClickKind.HUMAN, False)


def test_no_cache_no_index_and_no_code_in_the_referrer(client, link):
    for response in (go(client, link), client.get("/r/inconnu")):
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Referrer-Policy"] == "origin"


def test_the_same_visitor_within_half_an_hour_is_a_repeat(client, link):
    go(client, link)
    go(client, link)
    assert kinds(link) == [ClickKind.HUMAN, ClickKind.REPEAT]


def test_another_address_another_browser_or_another_link_is_no_repeat(client, link):
    other = make_link(link.case, LinkKind.POSTER)
    go(client, link)
    go(client, link, address="192.0.2.8")
    go(client, link, user_agent=IPHONE)
    go(client, other)
    assert kinds(link) == [ClickKind.HUMAN] * 3
    assert kinds(other) == [ClickKind.HUMAN]


@pytest.mark.parametrize(
    "user_agent",
    [
        "",
        "Twitterbot/1.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mastodon/4.4.1 (http.rb/5.3.1; +https://piaille.fr/) Bot",
        "WhatsApp/2.24.1 A",
    ],
)
def test_robots_and_previews_are_led_on_but_are_no_people(client, link, user_agent):
    assert go(client, link, user_agent=user_agent).status_code == 302
    assert kinds(link) == [ClickKind.ROBOT]


@pytest.mark.parametrize("header", ["Sec-Purpose", "X-Purpose", "Purpose"])
def test_a_browser_that_fetches_ahead_is_no_person_yet(client, link, header):
    go(client, link, **{header: "prefetch;prerender"})
    go(client, link)
    assert kinds(link) == [ClickKind.ROBOT, ClickKind.HUMAN]


def test_one_address_is_an_office_at_most_whatever_its_browsers_say(client, link):
    for browser in range(PEOPLE_AN_ADDRESS + 3):
        go(client, link, user_agent=f"{FIREFOX} variant/{browser}")
    assert kinds(link).count(ClickKind.HUMAN) == PEOPLE_AN_ADDRESS
    go(client, link, address="192.0.2.8")
    assert kinds(link).count(ClickKind.HUMAN) == PEOPLE_AN_ADDRESS + 1


def test_head_answers_and_counts_nobody(client, link):
    assert go(client, link, method="head").status_code == 302
    go(client, link)
    assert kinds(link) == [ClickKind.HEAD, ClickKind.HUMAN]


def test_a_link_takes_no_post(client, link):
    assert go(client, link, method="post").status_code == 405
    assert kinds(link) == []


def test_an_unknown_code_leads_calmly_home(client):
    response = client.get("/r/inconnu", headers={"User-Agent": FIREFOX})
    assert response.status_code == 404
    assert f'href="{reverse("home")}"' in response.content.decode()


@pytest.mark.parametrize("status", [CaseStatus.HELD, CaseStatus.DRAFT, CaseStatus.REJECTED])
def test_a_link_to_a_case_that_is_not_public_says_nothing_of_it(client, status):
    link = make_link(make_case(status), LinkKind.POST)
    response = go(client, link)
    assert response.status_code == 410
    assert link.case.company_name not in response.content.decode()
    assert kinds(link) == []


def test_a_link_to_a_confidential_stage_is_closed(client):
    link = make_link(make_case(CaseStatus.SUBMITTED, stage=Stage.CONCILIATION), LinkKind.POST)
    assert go(client, link).status_code == 410


def test_a_withdrawn_link_is_closed(client, link):
    link.withdrawn_at = timezone.now()
    link.save()
    assert go(client, link).status_code == 410


def test_the_forwarded_address_counts_only_behind_a_trusted_proxy(client, link, settings):
    settings.TRUSTED_PROXY = False
    for address in ("198.51.100.1", "198.51.100.2"):
        go(client, link, **{"X-Forwarded-For": address})
    assert kinds(link) == [ClickKind.HUMAN, ClickKind.REPEAT]
    settings.TRUSTED_PROXY = True
    for address in ("198.51.100.1", "203.0.113.9, 198.51.100.1", "198.51.100.2"):
        go(client, link, user_agent=IPHONE, **{"X-Forwarded-For": address})
    assert kinds(link)[2:] == [ClickKind.HUMAN, ClickKind.REPEAT, ClickKind.HUMAN]


def test_a_valkey_that_is_down_loses_no_click(client, link, settings, tmp_path):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nobody.sock"}}
    assert go(client, link).status_code == 302
    assert go(client, link).status_code == 302
    assert kinds(link) == [ClickKind.HUMAN, ClickKind.HUMAN]


def test_no_address_or_user_agent_is_stored(client, link):
    go(client, link, address="192.0.2.77")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM campaigns_click c")
        stored = cursor.fetchone()[0]
    assert "192.0.2.77" not in stored
    assert "Firefox" not in stored


def test_clicks_reach_the_figures_once_robots_apart(client, link):
    go(client, link)
    go(client, link)
    go(client, link, user_agent=IPHONE)
    go(client, link, user_agent="Twitterbot/1.0")
    go(client, link, method="head")
    assert figures.of(link.case).clicks == 0
    tasks.count_clicks.apply(throw=True)
    tasks.count_clicks.apply(throw=True)
    assert (figures.of(link.case).clicks, figures.of(link.case).clicks_excluded) == (2, 3)
    assert figures.recount(link.case) == {"clicks": 2, "clicks_excluded": 3, "clicks_waiting": 0, "leads": 0}


def store_clicks(link, number: int, kind: str) -> None:
    now = timezone.now()
    Click.objects.bulk_create(
        Click(id=f"{kind}{link.pk}-{n:08}", link=link, kind=kind, at=now + timedelta(seconds=n)) for n in range(number)
    )


@pytest.mark.django_db(transaction=True)
def test_counters_that_run_at_the_same_time_count_nothing_twice():
    links = [make_link(make_case(), LinkKind.POST) for _ in range(3)]
    for link in links:
        store_clicks(link, 200, ClickKind.HUMAN)
        store_clicks(link, 100, ClickKind.REPEAT)
    start = Barrier(6)

    def count(_) -> int:
        try:
            start.wait(20)
            return sum(iter(lambda: figures.count_clicks(batch=37), 0))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        counted = list(pool.map(count, range(6)))
    figures.count_clicks()
    assert sum(counted) == 900
    assert [(figures.of(x.case).clicks, figures.of(x.case).clicks_excluded) for x in links] == [(200, 100)] * 3


@pytest.mark.django_db(transaction=True)
def test_a_count_that_fails_halfway_leaves_the_clicks_for_the_next(link):
    store_clicks(link, 5, ClickKind.HUMAN)
    with transaction.atomic():
        assert figures.count_clicks() == 5
        transaction.set_rollback(True)
    assert figures.of(link.case).clicks == 0
    assert figures.count_clicks() == 5
    assert figures.of(link.case).clicks == 5


def test_a_kept_link_is_the_same_for_everybody_until_withdrawn():
    case = make_case()
    link = kept_link(case, LinkKind.SHARE, "page")
    assert kept_link(case, LinkKind.SHARE, "page") == link
    link.withdrawn_at = timezone.now()
    link.save()
    assert kept_link(case, LinkKind.SHARE, "page") != link
