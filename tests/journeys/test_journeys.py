"""One journey for each kind of user, in a real browser, on a phone and on a desk."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Case, CaseStatus, Lead
from i4emploi_site.lib.times import PARIS
from influencers.models import Network, Pledge, Post
from tests.cast import STORY, make_account, make_case, make_influencer, make_member, make_moderator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page, user):
    """With a code from the mail, as everybody does."""
    from allauth.account.models import EmailAddress

    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    page.goto("/compte/login/code/")
    page.fill("main [name=email]", user.email)
    page.click("main form button.main")
    page.wait_for_selector("main [name=code]")
    code = re.search(r"(?m)^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail.outbox[-1].body).group()
    page.fill("main [name=code]", code)
    page.click("main form button.main")
    page.wait_for_url(lambda url: "compte" not in url)


def test_lucie_files_a_case_with_the_keyboard(page):
    deadline = timezone.now().astimezone(PARIS) + timedelta(days=9)
    page.goto("/deposer/")
    page.focus("main form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=company_name]")
    page.fill("[name=company_name]", "Laboratoire Imaginaire")
    page.fill("[name=commune]", "Meymac")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=jobs]")
    page.fill("[name=jobs]", "37")
    page.fill("[name=jobs_source]", "Mairie")
    page.select_option("[name=milestone_kind]", "dldo")
    page.fill("[name=milestone_date]", deadline.date().isoformat())
    page.fill("[name=milestone_time]", "17:00")
    page.select_option("[name=milestone_authority]", "tribunal")
    page.fill("[name=milestone_source]", "Jugement")
    page.focus("[name=jobs]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=stage]")
    page.check("[name=stage][value=redressement]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=summary]")
    page.fill("[name=summary]", "L’usine sera démontée si aucun repreneur ne se déclare.")
    page.fill("[name=story]", STORY)
    page.fill("[name=needs]", "Un repreneur industriel, et du temps pour visiter.")
    page.click("main form button.main")
    page.wait_for_selector("[name=filer_email]")
    page.check("[name=filer_role][value=elected]")
    page.fill("[name=filer_name]", "Lucie Déclarante")
    page.fill("[name=filer_email]", "lucie@exemple.example")
    page.check("[name=attested]")
    page.click("main form button.main")
    page.wait_for_url("**/6/")
    page.click("main form button.main")
    page.wait_for_url("**/envoye/")
    assert Case.objects.get().status == CaseStatus.SUBMITTED
    link = next(m for m in (re.search(r"\S+/deposer/confirmer/\S+", m.body) for m in mail.outbox) if m).group()
    page.goto(link)
    assert Case.objects.get().filer_email_confirmed_at is None, "opening the link changes nothing"
    page.click("main form button")
    page.wait_for_selector("h1:has-text('Adresse confirmée')")
    assert Case.objects.get().filer_email_confirmed_at


def test_karim_publishes_from_the_queue(page):
    case = make_case(CaseStatus.SUBMITTED, evidence_url="https://exemple.example/article")
    moderator = make_moderator()
    moderator.set_password("karim-modere-les-tests")
    moderator.save()
    page.goto("/admin/login/?next=/admin/campaigns/case/")
    page.fill("[name=username]", moderator.email)
    page.fill("[name=password]", "karim-modere-les-tests")
    page.click("[type=submit]")
    page.click("text=Laboratoire Imaginaire")
    page.click("#decide-publish button")
    page.wait_for_selector("text=Le dossier est publié")
    case.refresh_from_db()
    assert case.status == CaseStatus.PUBLISHED
    page.goto(case.get_absolute_url())


def test_ines_pledges_the_words_that_she_read(page, sandbox_x):
    case, influencer = make_case(), make_influencer("Ines Engagée")
    make_account(influencer, Network.X, base_url=sandbox_x.url)
    sign_in(page, influencer.user)
    page.goto(case.get_absolute_url())
    page.click("a:has-text('Engager mon réseau')")
    page.fill("[name=text]", "Je connais des industriels du médicament, écoutez Meymac. {lien}")
    page.dblclick("main form button.main")
    page.wait_for_selector("text=Retirer mon accord")
    pledge = Pledge.objects.get()
    assert pledge.consented_text == "Je connais des industriels du médicament, écoutez Meymac. {lien}"
    page.click("text=Retirer mon accord")
    page.wait_for_selector("text=Votre accord est retiré")
    pledge.refresh_from_db()
    assert pledge.withdrawn_at


def test_bruno_leaves_one_lead_however_often_he_clicks(page):
    case = make_case()
    page.goto(case.get_absolute_url())
    page.click(".acts a:has-text('Je suis repreneur')")
    page.select_option("[name=buyer_type]", "same_sector")
    page.fill("[name=name]", "Bruno Repreneur")
    page.fill("[name=email]", "bruno@exemple.example")
    page.check("[name=declared]")
    page.dblclick("main form button.main")
    page.wait_for_url("**/merci/")
    assert Lead.objects.count() == 1


def test_the_team_schedules_a_broadcast_and_stops_it(page, sandbox_x):
    case = make_case()
    make_account(None, Network.X, base_url=sandbox_x.url)
    sign_in(page, make_member(case))
    page.goto(f"{case.get_absolute_url()}equipe/diffusion/")
    page.fill("[name=text]", "Meymac attend un repreneur. {lien}")
    page.fill("[name=at]", f"{timezone.now().astimezone(PARIS) + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    page.fill("[name=spread_minutes]", "30")
    page.click("main form button.main")
    page.click("main form button.main")
    page.wait_for_selector("[name=reason]")
    assert Post.objects.count() == 1
    page.fill("[name=reason]", "La date a changé")
    page.click("button.stop")
    page.wait_for_selector("text=La date a changé")
    assert set(Post.objects.values_list("state", flat=True)) == {"cancelled"}


def test_anybody_reads_the_clock_and_relays(page):
    case = make_case()
    page.goto("/")
    page.click("text=Laboratoire Imaginaire >> nth=0")
    assert "9" in page.inner_text(".clock .num")
    page.click(".acts a:has-text('Relayer')")
    expect(page.locator("a[href^='https://x.com/intent/post']")).to_have_count(1)
    assert case.company_name in page.inner_text("main")
