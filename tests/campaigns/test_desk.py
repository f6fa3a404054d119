"""The moderators' screens: the queue by court clock, corrections that keep their trace, and nobody else's hands."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Case, CaseStatus, Fact, FactKind, Milestone, Postponement
from tests.cast import make_case, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/admin/campaigns/case/"


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def test_the_queue_shows_what_waits_the_most_urgent_first_and_no_draft(desk):
    make_case("submitted", days_left=20, company_name="Vingt Jours")
    make_case("submitted", days_left=2, company_name="Deux Jours")
    make_case("submitted", days_left=None, company_name="Sans Date")
    make_case("published", days_left=1, company_name="Déjà Publié")
    draft = make_case("draft", days_left=1, company_name="Brouillon Secret")
    page = desk.get(QUEUE).content.decode()
    assert page.index("Deux Jours") < page.index("Vingt Jours") < page.index("Sans Date")
    assert "Déjà Publié" not in page
    assert "Brouillon Secret" not in desk.get(f"{QUEUE}?pile=all").content.decode()
    assert desk.get(f"{QUEUE}{draft.pk}/change/").status_code == 302
    assert "Déjà Publié" in desk.get(f"{QUEUE}?pile=published").content.decode()
    assert desk.get(f"{QUEUE}?q=meymac&pile=all").status_code == 200


def test_the_queue_costs_the_same_for_one_case_and_for_many(desk, django_assert_max_num_queries):
    for _case in range(12):
        make_case("submitted")
    with django_assert_max_num_queries(14):
        desk.get(QUEUE)


def change_form(client, case) -> dict:
    """What the change page would send if nothing were touched."""
    context = client.get(f"{QUEUE}{case.pk}/change/").context
    forms = [context["adminform"].form]
    for formset in (inline.formset for inline in context["inline_admin_formsets"]):
        forms += [formset.management_form, *formset.initial_forms]
    sent = {}
    for field in (field for form in forms for field in form):
        value = field.value()
        if isinstance(value, bool):
            sent |= {field.html_name: "on"} if value else {}
        elif hasattr(field.field.widget, "widgets"):
            at = timezone.localtime(value)
            sent |= {f"{field.html_name}_0": f"{at:%d/%m/%Y}", f"{field.html_name}_1": f"{at:%H:%M:%S}"}
        else:
            sent[field.html_name] = "" if value is None else value
    return sent


def test_a_moderator_corrects_the_text_but_never_the_status(desk):
    case = make_case("submitted")
    sent = change_form(desk, case) | {"summary": "Une phrase corrigée par Karim.", "status": "published"}
    assert desk.post(f"{QUEUE}{case.pk}/change/", sent).status_code == 302
    corrected = Case.objects.get()
    assert (corrected.summary, corrected.status) == ("Une phrase corrigée par Karim.", "submitted")
    assert corrected.version == case.version + 1


@pytest.mark.parametrize("given", [{"stage": "conciliation"}, {"company_name": ""}, {"siren": "123456789"}])
def test_a_published_case_is_not_made_unfit_to_be_public(desk, given):
    case = make_case()
    assert desk.post(f"{QUEUE}{case.pk}/change/", change_form(desk, case) | given).status_code == 200
    assert Case.objects.public().get().stage == case.stage


def test_a_published_date_moves_with_a_reason_that_stays(desk):
    case = make_case()
    milestone = case.milestones.get()
    Milestone.objects.filter(pk=milestone.pk).update(at=milestone.at.replace(microsecond=0))
    before = case.milestones.get().at
    later = timezone.localtime(before + timedelta(days=30))
    moved = {"milestones-0-at_0": f"{later:%d/%m/%Y}", "milestones-0-at_1": f"{later:%H:%M:%S}"}
    sent = change_form(desk, case) | moved
    assert "dites pourquoi" in desk.post(f"{QUEUE}{case.pk}/change/", sent).content.decode()
    assert case.milestones.get().at == before
    assert (
        desk.post(f"{QUEUE}{case.pk}/change/", sent | {"milestones-0-reason": "Sursis de 30 jours"}).status_code == 302
    )
    kept = Postponement.objects.get()
    assert (kept.from_at, kept.to_at, kept.reason) == (before, case.milestones.get().at, "Sursis de 30 jours")
    assert kept.by.display_name == "Karim Modérateur"


def test_the_figure_put_ahead_can_change_in_one_save(desk):
    case = make_case()
    ahead = case.facts.get()
    other = Fact.objects.create(
        case=case, kind=FactKind.JOBS_THREATENED, value=35, unit="jobs", source_label="Les Echos"
    )
    sent = change_form(desk, case)
    both = sent | {"facts-1-is_headline": "on"}
    assert "Un seul chiffre" in desk.post(f"{QUEUE}{case.pk}/change/", both).content.decode()
    both.pop("facts-0-is_headline")
    assert desk.post(f"{QUEUE}{case.pk}/change/", both).status_code == 302
    assert case.facts.get(is_headline=True) == other != ahead


def test_the_desk_shows_the_evidence_and_says_each_consequence(desk):
    case = make_case("submitted", siren="900000019", evidence_url="https://exemple.example/preuve")
    page = desk.get(f"{QUEUE}{case.pk}/change/").content.decode()
    for said in ("Publier : visible tout de suite", "https://exemple.example/preuve", "900000019", case.filer_email):
        assert said in page


@pytest.mark.parametrize("path", ["campaigns/caseupdate/", "campaigns/shortlink/", "campaigns/commune/?q=meym", ""])
def test_the_other_pages_of_a_moderator_open(desk, path):
    assert desk.get(f"/admin/{path}").status_code == 200


@pytest.mark.parametrize("path", ["campaigns/lead/", "campaigns/user/", "campaigns/case/add/"])
def test_leads_and_people_are_not_a_moderators(desk, path):
    assert desk.get(f"/admin/{path}").status_code == 403


@pytest.mark.parametrize("path", ["case/", "lead/", "user/", "user/add/", "shortlink/", "commune/"])
def test_a_superuser_opens_everything(client, path):
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    assert client.get(f"/admin/campaigns/{path}").status_code == 200


def test_a_moderator_deletes_nothing(desk):
    case = make_case()
    assert desk.post(f"{QUEUE}{case.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Case.objects.exists()


@pytest.mark.parametrize("who", ["a stranger", "a person without the desk", "staff without the group"])
def test_nobody_else_decides(client, who):
    case = make_case("submitted")
    if who != "a stranger":
        client.force_login(make_user("Sam Personne", is_staff=who.startswith("staff")))
    answer = client.post(f"{QUEUE}{case.pk}/decider/publish/")
    assert answer.status_code in (302, 403)
    assert client.get(QUEUE).status_code in (302, 403)
    assert Case.objects.get().status == "submitted"


def test_a_decision_is_never_taken_by_opening_a_link(desk):
    case = make_case("submitted")
    assert desk.get(f"{QUEUE}{case.pk}/decider/publish/")["Location"] == f"{QUEUE}{case.pk}/change/"
    assert Case.objects.get().status == "submitted"


def test_what_cannot_be_published_has_no_button_to_publish(desk):
    case = make_case("submitted", stage="conciliation")
    page = desk.get(f"{QUEUE}{case.pk}/change/").content.decode()
    assert "sont confidentiels" in page
    assert 'id="decide-publish"' not in page
    assert 'id="decide-reject"' in page


def test_the_piles_are_links(desk):
    page = desk.get(QUEUE).content.decode()
    assert 'href="?pile=held"' in page
    assert "Type to search" not in page


def test_a_decision_about_a_case_that_changed_meanwhile_is_not_taken(desk):
    case = make_case(CaseStatus.SUBMITTED)
    page = desk.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()
    read = re.search(r'name="read" value="([^"]+)"', page).group(1)
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1)
    answer = desk.post(f"/admin/campaigns/case/{case.pk}/decider/publish/", {"read": read}, follow=True)
    assert "a changé depuis que vous l’avez lu" in answer.content.decode()
    assert Case.objects.get().status == CaseStatus.SUBMITTED


@pytest.mark.parametrize(("status", "shown"), [(CaseStatus.SUBMITTED, False), (CaseStatus.PUBLISHED, True)])
def test_the_desk_leads_to_the_team_always_and_to_the_page_once_there_is_one(desk, status, shown):
    case = make_case(status)
    page = desk.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()
    assert reverse("team_members", args=[case.slug]) in page
    assert (f'href="{case.get_absolute_url()}"' in page) == shown
