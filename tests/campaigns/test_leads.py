"""A buyer leaves a lead; its case's team, and nobody else, reads it and moves it on."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import figures
from campaigns.buyers import leads, pipeline
from campaigns.links.codes import make_link
from campaigns.models import CaseStatus, Click, ClickKind, Lead, LeadStage, LinkKind
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db


def filled(**changes) -> dict:
    return {
        "buyer_type": "same_sector",
        "name": "Bruno Repreneur",
        "organisation": "Pharmacie du Plateau",
        "email": "bruno@exemple.example",
        "phone": "05 55 00 00 00",
        "message": "Nous cherchons une ligne de comprimés.",
        "declared": "on",
        "submission_key": str(uuid.uuid4()),
        "via": "",
    } | changes


def page(case) -> str:
    return reverse("lead_new", args=[case.slug])


def make_lead(case, **changes) -> Lead:
    given = filled() | {"declared": True} | changes
    return leads.leave(case, given, None, uuid.uuid4())


def test_the_page_says_that_a_lead_is_no_offer_and_to_whom_offers_go(client):
    case = make_case()
    text = client.get(page(case)).content.decode()
    assert "Une piste n’est pas une offre" in text
    assert case.practitioner in text
    assert "L642-3" in text


def test_a_lead_is_stored_with_the_words_that_were_sworn(client):
    case = make_case()
    response = client.post(page(case), filled())
    assert response.status_code == 302
    assert response["Location"] == reverse("lead_thanks", args=[case.slug])
    assert client.get(response["Location"]).status_code == 200
    lead = Lead.objects.get(case=case)
    assert lead.declaration == str(leads.DECLARATION)
    assert lead.declared_at is not None
    assert [step.stage for step in lead.steps.all()] == [LeadStage.INTEREST]
    assert figures.of(case).leads == 1


def test_a_lead_is_attributed_to_the_link_that_brought_the_buyer(client):
    case = make_case()
    link = make_link(case, LinkKind.POST, "@ines")
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    via = client.get(f"/r/{link.code}", headers=browser)["Location"].split("via=")[1]
    assert via in client.get(f"{page(case)}?via={via}").content.decode()
    client.post(page(case), filled(via=via))
    assert (Lead.objects.get().click_id, Lead.objects.get().link) == (via, link)


@pytest.mark.parametrize("via", ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "n’importe quoi", "x" * 500])
def test_an_unknown_click_costs_nobody_their_lead(client, via):
    case = make_case()
    assert client.get(page(case), {"via": via}).status_code == 200
    client.post(page(case), filled(via=via))
    assert Lead.objects.get().click is None


def test_a_click_on_another_case_is_ignored(client):
    case, link = make_case(), make_link(make_case(), LinkKind.POST)
    click = Click.objects.create(id="01ARZ3NDEKTSV4RRFFQ69G5FAV", link=link, kind=ClickKind.HUMAN, at=timezone.now())
    client.post(page(case), filled(via=click.pk))
    assert (Lead.objects.get().click, Lead.objects.get().link) == (None, None)


def test_a_second_press_gives_the_same_thanks_and_no_second_lead(client):
    case, form = make_case(), filled()
    answers = [client.post(page(case), form)["Location"] for _ in range(2)]
    assert answers == [reverse("lead_thanks", args=[case.slug])] * 2
    assert (Lead.objects.count(), figures.of(case).leads) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_instant_make_one_lead_and_one_mail_each(mailoutbox):
    case, form = make_case(), filled()
    member = make_member(case)
    start = Barrier(6)

    def press(_) -> tuple[int, str]:
        try:
            start.wait(20)
            response = Client().post(page(case), form)
            return response.status_code, response["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(press, range(6)))
    assert answers == {(302, reverse("lead_thanks", args=[case.slug]))}
    assert (Lead.objects.count(), figures.of(case).leads) == (1, 1)
    assert sorted(mail.to for mail in mailoutbox) == sorted([[member.email], [form["email"]]])


@pytest.mark.django_db(transaction=True)
def test_the_mail_to_the_team_tells_the_type_and_nothing_else_of_the_buyer(client, mailoutbox):
    case = make_case()
    make_member(case)
    make_member(make_case(), "Autre Équipe")
    client.post(page(case), filled())
    mail, thanks = mailoutbox
    lead = Lead.objects.get()
    assert "Industriel du secteur" in mail.body
    assert reverse("lead_detail", args=[case.slug, lead.pk]) in mail.body
    for private in ("Bruno", "Pharmacie du Plateau", "bruno@exemple.example", "05 55", "comprimés"):
        assert private not in mail.subject + mail.body
    assert thanks.to == ["bruno@exemple.example"]
    assert "n’est pas une offre" in thanks.body
    assert case.practitioner in thanks.body


def test_a_mail_server_that_is_down_loses_no_lead(client, settings, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1  # nobody listens there
    case = make_case()
    make_member(case)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page(case), filled()).status_code == 302
    assert case.leads.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("declared", ""), ("name", ""), ("name", "🏭🏭"), ("email", "bruno"), ("buyer_type", "martien"),
        ("phone", "appelez-moi"), ("message", "a" * 1_000_000), ("submission_key", "clé"), ("name", "a\x00b"),
    ],
)  # fmt: skip
def test_bad_input_gets_a_message_and_keeps_what_was_typed(client, field, value):
    response = client.post(page(make_case()), filled(**{field: value}))
    assert response.status_code == 400
    assert response.context["form"].errors.keys() == {field}
    assert "Pharmacie du Plateau" in response.content.decode()
    assert not Lead.objects.exists()


def test_the_twenty_first_lead_of_an_hour_from_one_address_waits(client):
    case = make_case()
    answers = [client.post(page(case), filled(), REMOTE_ADDR="192.0.2.1").status_code for _ in range(21)]
    assert answers == [302] * 20 + [429]
    assert client.post(page(case), filled(), REMOTE_ADDR="192.0.2.2").status_code == 302


def test_a_closed_case_says_so_and_takes_no_lead(client):
    case = make_case(CaseStatus.CLOSED)
    for response in (client.get(page(case)), client.post(page(case), filled())):
        assert response.status_code == 410
        assert "clos" in response.content.decode()
    assert not Lead.objects.exists()


def test_a_case_that_is_not_public_has_no_lead_page(client):
    for status in (CaseStatus.DRAFT, CaseStatus.SUBMITTED, CaseStatus.HELD):
        case = make_case(status)
        assert client.get(page(case)).status_code == 404
        assert client.post(page(case), filled()).status_code == 404


def detail(lead) -> str:
    return reverse("lead_detail", args=[lead.case.slug, lead.pk])


def test_only_the_team_of_the_case_reads_a_lead(client):
    case = make_case()
    lead = make_lead(case)
    assert client.get(detail(lead)).status_code == 302  # to the sign-in page
    for user, status in [
        (make_user(), 404),
        (make_member(make_case(), "Autre Équipe"), 404),
        (make_member(case), 200),
        (make_moderator(), 404),
    ]:
        client.force_login(user)
        response = client.get(detail(lead))
        assert response.status_code == status
        assert ("bruno@exemple.example" in response.content.decode()) == (status == 200)


def test_a_lead_is_not_found_under_another_case(client):
    case, other = make_case(), make_case()
    lead = make_lead(case)
    client.force_login(make_member(other))
    assert client.get(reverse("lead_detail", args=[other.slug, lead.pk])).status_code == 404


def test_the_team_moves_a_lead_once_however_often_the_button_is_pressed(client):
    case = make_case()
    lead, member = make_lead(case), make_member(case)
    client.force_login(member)
    move = {"seen": "interest", "stage": "introduced", "note": "Appelé ce matin."}
    for _ in range(2):
        assert client.post(detail(lead), move).status_code == 302
    lead.refresh_from_db()
    assert lead.stage == LeadStage.INTRODUCED
    last = lead.steps.last()
    assert (lead.steps.count(), last.by, last.note) == (2, member, "Appelé ce matin.")


def test_a_stale_page_moves_nothing(client):
    case = make_case()
    lead = make_lead(case)
    client.force_login(make_member(case))
    client.post(detail(lead), {"seen": "interest", "stage": "introduced"})
    client.post(detail(lead), {"seen": "interest", "stage": "dropped"})
    lead.refresh_from_db()
    assert lead.stage == LeadStage.INTRODUCED


@pytest.mark.django_db(transaction=True)
def test_two_members_who_move_a_lead_at_the_same_instant_move_it_once():
    case = make_case()
    lead, start = make_lead(case), Barrier(2)

    def move(stage) -> bool:
        try:
            seen = Lead.objects.get(pk=lead.pk)
            start.wait(20)
            return pipeline.move(seen, stage, None)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, [LeadStage.INTRODUCED, LeadStage.DROPPED])) == [False, True]
    assert lead.steps.count() == 2


def test_a_filed_offer_is_never_dropped_and_a_letter_may_be_left_out(client):
    case = make_case()
    lead = make_lead(case)
    for stage in ("introduced", "nda", "data_room", "visit", "offer"):
        pipeline.move(lead, stage, None)
    with pytest.raises(pipeline.NotAllowed):
        pipeline.move(lead, "dropped", None)
    client.force_login(make_member(case))
    assert client.post(detail(lead), {"seen": "offer", "stage": "dropped"}).status_code == 400
    lead.refresh_from_db()
    assert lead.stage == LeadStage.OFFER


def test_a_lead_without_its_declaration_cannot_advance():
    case = make_case()
    lead = Lead.objects.create(
        case=case, stage="reported", buyer_type="fund", name="X", email="x@exemple.example", submission_key=uuid.uuid4()
    )
    with pytest.raises(pipeline.NotAllowed):
        pipeline.move(lead, "interest", None)
    assert pipeline.move(lead, "dropped", None)


def test_the_funnel_counts_how_far_leads_came():
    case = make_case()
    first, _second = make_lead(case), make_lead(case)
    pipeline.move(first, "introduced", None)
    counts = [count for _label, count in pipeline.funnel(case)]
    assert counts == [2, 1, 0, 0]
