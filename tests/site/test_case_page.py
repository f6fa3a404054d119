"""The public page of a case, as somebody reads it without JavaScript, and the page that hands its link on."""

import gzip
import re
import uuid
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import figures
from campaigns.models import (
    CaseStatus,
    CaseUpdate,
    Fact,
    FactKind,
    FigurePoint,
    Lead,
    LeadStep,
    LinkKind,
    Milestone,
    MilestoneKind,
    Postponement,
    ShortLink,
    Stage,
)
from i4emploi_site.lib.times import long_date
from tests.cast import make_account, make_case, make_influencer, make_pledge

pytestmark = pytest.mark.django_db
HIDDEN = [CaseStatus.DRAFT, CaseStatus.SUBMITTED, CaseStatus.CHANGES_ASKED, CaseStatus.REJECTED, CaseStatus.HELD]
PUBLIC_DOORS = ["case", "case_live", "share"]
FIRST_VIEW = 60_000


def page(client, case, name="case", **query) -> str:
    response = client.get(reverse(name, args=[case.slug]), query)
    assert response.status_code == 200
    return response.content.decode()


def words(text: str) -> str:
    """What is read: the text without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_time_left_is_read_as_text_relative_and_absolute(client):
    case = make_case(days_left=9.6)
    text = page(client, case)
    assert "9 jours 14 h" in words(text)
    milestone = case.milestones.get()
    assert long_date(milestone.at) in text
    assert f'<time datetime="{timezone.localtime(milestone.at).isoformat()[:16]}' in text
    assert "avant la date limite de dépôt des offres" in words(text)


def test_a_milestone_that_passed_is_no_countdown(client):
    text = words(page(client, make_case(days_left=-1)))
    assert "Aucune échéance à venir n’est connue" in text
    assert "Il reste" not in text


def test_a_postponed_milestone_shows_its_old_date_struck_its_reason_and_who_says_it(client):
    case = make_case(days_left=None)
    now = timezone.now()
    moved = Milestone.objects.create(case=case, kind=MilestoneKind.DEMANTELEMENT, at=now + timedelta(days=30))
    Postponement.objects.create(
        milestone=moved, from_at=now, to_at=moved.at, reason="Sursis de trente jours", source_label="Le Journal Exemple"
    )
    text = page(client, case)
    struck = re.search(r"<s>(.*?)</s>", text, re.S)
    assert struck
    assert f"{timezone.localtime(now):%Y-%m-%d}" in struck[1]
    assert "Sursis de trente jours" in text
    assert "Le Journal Exemple" in text


def test_sources_that_disagree_stand_side_by_side(client):
    case = make_case(jobs=37)
    Fact.objects.create(case=case, kind=FactKind.JOBS_THREATENED, value=32, unit="jobs", source_label="Gazette Exemple")
    text = words(page(client, case))
    assert "37 emplois à sauver" in text.replace("\u00a0", " ")
    assert re.search(r"37\s+Mairie\s+32\s+Gazette Exemple", text)
    assert "les sources divergent" in text


def test_unknown_views_and_jobs_are_said_unknown(client):
    case = make_case(jobs=None)
    text = words(page(client, case))
    assert "inconnu vues mesurées" in text
    assert "Emplois menacés : inconnu" in text
    figures.add(case.pk, delivered=0)
    assert "0 vues mesurées" in words(page(client, case)), "a network that says 0 is believed"


@pytest.mark.parametrize("status", HIDDEN)
@pytest.mark.parametrize("door", PUBLIC_DOORS)
def test_what_is_not_public_is_not_found_and_not_named(client, door, status):
    case = make_case(status, company_name="Usine Secrète")
    response = client.get(reverse(door, args=[case.slug]))
    assert response.status_code == 404
    assert "Usine Secrète" not in response.content.decode()


@pytest.mark.parametrize("stage", [Stage.CONCILIATION, Stage.MANDAT_AD_HOC])
@pytest.mark.parametrize("door", PUBLIC_DOORS)
def test_a_confidential_procedure_has_no_page(client, door, stage):
    case = make_case(CaseStatus.HELD, stage=stage)
    assert client.get(reverse(door, args=[case.slug])).status_code == 404


def test_the_page_says_nothing_of_who_filed_nor_of_who_would_buy(client):
    case = make_case()
    now = timezone.now()
    buyer = {"name": "Bruno Discret", "organisation": "Acheteur Discret", "email": "discret@exemple.example"}
    lead = Lead.objects.create(
        case=case, buyer_type="fund", declaration="Je déclare.", declared_at=now, submission_key=uuid.uuid4(), **buyer
    )
    LeadStep.objects.create(lead=lead, stage=lead.stage)
    assert re.search(r"Manifestation d’intérêt\s+1", words(page(client, case))), "the count is public"
    for door in PUBLIC_DOORS:
        text = page(client, case, door)
        assert case.filer_email not in text
        assert case.filer_name not in text
        assert not [said for said in buyer.values() if said in text]


def test_the_click_that_brought_a_buyer_travels_to_the_lead_form(client):
    case = make_case()
    text = page(client, case, via="01HZYQ4ZJ8Q6ZJ8Q6ZJ8Q6ZJ8Q")
    assert f"{reverse('lead_new', args=[case.slug])}?via=01HZYQ4ZJ8Q6ZJ8Q6ZJ8Q6ZJ8Q" in text
    assert '"><b>' not in page(client, case, via='"><b>')


def test_a_closed_case_shows_its_outcome_and_offers_no_action(client):
    case = make_case(CaseStatus.CLOSED, outcome="lost", outcome_note="Aucune offre n’a été déposée.")
    text = page(client, case)
    assert "Emplois perdus" in text
    assert "Aucune offre n’a été déposée." in text
    assert "Il reste" not in text
    assert reverse("lead_new", args=[case.slug]) not in text
    assert client.get(reverse("share", args=[case.slug])).status_code == 404


def test_only_those_who_chose_to_be_listed_are_on_the_wall(client):
    case = make_case()
    for name, listed in [("Inès Visible", True), ("Hugo Discret", False)]:
        influencer = make_influencer(name, listed=listed)
        make_pledge(influencer, make_account(influencer, followers=None), case)
    text = page(client, case)
    assert "Inès Visible" in text
    assert "abonnés : inconnu" in text
    assert "Hugo Discret" not in text


def test_a_pledge_to_the_whole_region_is_said_apart_because_the_figures_do_not_count_it(client):
    case = make_case()
    influencer = make_influencer("Inès Visible", listed=True)
    make_pledge(influencer, make_account(influencer), None, scope="region", region=case.commune.region)
    text = page(client, case)
    assert "Inès Visible" not in text
    assert "1 engagement de plus couvre toute la région" in text


def test_the_chart_carries_its_figures_in_a_table(client):
    case = make_case()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for back, clicks, views in [(2, 10, None), (1, 250, None), (0, 1234, 40000)]:
        FigurePoint.objects.create(
            case=case, hour=hour - timedelta(hours=back), pledged_reach=5000, delivered=views, clicks=clicks
        )
    text = page(client, case, "case_live")
    assert "Clics humains cumulés, de 10 à 1\xa0234" in text
    table = words(text.split("<tbody>")[1].split("</tbody>")[0])
    assert "10 inconnu" in table
    assert re.search(r"1\s234", table)


def test_an_example_says_that_it_is_one(client):
    assert "Exemple." in page(client, make_case(is_example=True))
    assert "Exemple." not in page(client, make_case())


def test_links_elsewhere_show_what_the_page_is_about(client, settings):
    case = make_case()
    text = page(client, case)
    assert f'<link rel="canonical" href="{settings.SITE_URL}{case.get_absolute_url()}">' in text
    assert 'property="og:title" content="Laboratoire Imaginaire, Meymac, Corrèze' in text


def test_more_of_everything_costs_no_more_queries(client):
    case = make_case()

    def grow():
        influencer = make_influencer(listed=True)
        make_pledge(influencer, make_account(influencer), case)
        CaseUpdate.objects.create(case=case, title="Du nouveau", body="Une visite a eu lieu.")
        Milestone.objects.create(case=case, kind=MilestoneKind.AUDIENCE, at=timezone.now() + timedelta(days=40))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client, case)
        return len(captured)

    grow()
    few = queries()
    for _number in range(5):
        grow()
    assert queries() == few


def test_the_first_view_is_light(client):
    """The page, its styles, scripts and font as they travel, compressed."""
    case = make_case()
    text = page(client, case)
    weight = len(gzip.compress(text.encode()))
    own = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"', text)
    assert len(own) > 4
    for name in [*own, "fonts/i4emploi-serif-semibold.woff2"]:
        content = Path(finders.find(name)).read_bytes()
        weight += len(content if name.endswith("woff2") else gzip.compress(content))
    assert weight < FIRST_VIEW


def test_each_channel_has_a_short_link_of_its_own_that_later_visits_keep(client):
    case = make_case()
    text = page(client, case, "share")
    made = {link.label: link for link in ShortLink.objects.filter(case=case, kind=LinkKind.SHARE)}
    assert {"X", "Bluesky", "LinkedIn", "Facebook", "WhatsApp", "Telegram", "E-mail", "Texte copié"} <= set(made)
    x = unquote(re.search(r'href="(https://x\.com/intent/post[^"]+)"', text)[1])
    assert made["X"].url in x
    assert "37 emplois" in x
    assert case.hashtag in x
    assert made["E-mail"].url in unquote(re.search(r'href="(mailto:[^"]+)"', text)[1])
    assert page(client, case, "share").count(made["X"].code) == text.count(made["X"].code)
    assert ShortLink.objects.filter(case=case).count() == len(made)


def test_mastodon_opens_on_the_instance_that_was_typed(client):
    case = make_case()
    response = client.post(reverse("share", args=[case.slug]), {"instance": " https://piaille.fr/ "})
    assert response.status_code == 302
    assert response["Location"].startswith("https://piaille.fr/share?text=37%20emplois")
    assert ShortLink.objects.get(case=case, label="Mastodon").url in unquote(response["Location"])


@pytest.mark.parametrize("typed", ["", "piaille", "javascript:alert(1)", "piaille.fr/ailleurs?x=", "a b.fr", "\x00"])
def test_what_is_no_instance_is_said_so_and_kept(client, typed):
    case = make_case()
    response = client.post(reverse("share", args=[case.slug]), {"instance": typed})
    assert response.status_code == 400
    text = response.content.decode()
    assert "Écrivez le nom de l’instance" in text
    if typed.isascii() and typed.isprintable():
        assert f'value="{typed}"' in text
