"""The filer's link follows the filer's mailbox: an address typed by mistake keeps nothing."""

import html
import re
from threading import Thread

import pytest
from allauth.account.models import EmailAddress
from cryptography.fernet import Fernet
from django.core import mail
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from campaigns import milestones, moderation
from campaigns.models import Case, CaseStatus, SealedIdentity
from tests.campaigns.test_filing import FILER, STORY, begin, confirmation_link, deadline, fill
from tests.campaigns.test_identity import MAILBOX, NAME, WORKER, rows_holding
from tests.cast import make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

TYPO = FILER | {"filer_email": "tipo@exemple.example"}


def link_in(message) -> str:
    """The filer's own link, without its step."""
    return re.search(r"http://testserver(/deposer/(?!confirmer)[\w-]+/)", message.body).group(1)


@pytest.fixture
def filing(client):
    filing = begin(client)
    fill(client, filing, upto=4)
    return filing


@pytest.mark.parametrize("given", [TYPO, WORKER | {"filer_email": "tipo@exemple.example"}], ids=["clear", "sealed"])
def test_a_mailbox_typed_by_mistake_keeps_nothing_once_step_5_corrects_it(client, filing, given):
    client.post(f"{filing}5/", given)
    assert link_in(mail.outbox[0]) == filing
    answer = client.post(f"{filing}5/", given | {"filer_email": "lucie@exemple.example"})
    fresh = answer.url.removesuffix("6/")
    assert fresh != filing
    assert Client().get(f"{filing}5/").status_code == 404
    assert [message.to for message in mail.outbox] == [["tipo@exemple.example"], ["lucie@exemple.example"]]
    assert link_in(mail.outbox[1]) == fresh
    assert STORY["summary"] in client.get(answer.url).content.decode()
    client.post(answer.url)
    assert Case.objects.get().status == CaseStatus.SUBMITTED


@pytest.mark.parametrize("given", [TYPO, WORKER | {"filer_email": "tipo@exemple.example"}], ids=["clear", "sealed"])
def test_a_mailbox_corrected_after_sending_takes_the_link_along(client, filing, given):
    client.post(f"{filing}5/", given)
    client.post(f"{filing}6/")
    stolen = confirmation_link()
    answer = client.post(f"{filing}envoye/", {"go": "correct", "filer_email": "lucie@exemple.example"})
    assert client.get(answer.url).status_code == 200
    stranger = Client()
    assert stranger.get(f"{filing}envoye/").status_code == 404
    taken = stranger.post(f"{filing}envoye/", {"go": "correct", "filer_email": "tipo@exemple.example"})
    assert taken.status_code == 404
    assert stranger.post(stolen).status_code == 410
    assert mail.outbox[-1].to == ["lucie@exemple.example"]
    assert link_in(mail.outbox[-1]) == answer.url.removesuffix("envoye/")
    client.post(confirmation_link())
    assert Case.objects.get().filer_email_confirmed_at


def test_a_second_press_and_another_tab_of_the_same_browser_lose_nothing(client, filing):
    client.post(f"{filing}5/", TYPO)
    fresh = client.post(f"{filing}5/", FILER).url.removesuffix("6/")
    other_tab = client.post(f"{filing}4/", STORY | {"summary": "Un autre résumé, écrit ailleurs."})
    assert (other_tab.status_code, other_tab.url) == (307, f"{fresh}4/"), "posted again, as it was"
    assert client.get(f"{filing}envoye/").url == f"{fresh}envoye/"
    newest = client.post(f"{fresh}5/", FILER | {"filer_email": "lucie.bis@exemple.example"}).url.removesuffix("6/")
    assert client.get(f"{filing}4/").url == f"{newest}4/", "the first tab is two links behind"
    cookie = client.cookies["i4-dossier"]
    assert (cookie["path"], cookie["httponly"]) == ("/deposer/", True), "no other page has it"
    stranger = Client()
    stranger.get(f"{newest}5/")
    assert stranger.cookies["i4-dossier"].value != cookie.value
    assert stranger.get(f"{filing}4/").status_code == 404


def test_two_presses_at_once_with_another_mailbox_both_lead_to_the_new_link(client, filing):
    def press(browser):
        answers.append(browser.post(f"{filing}5/", FILER))
        connections.close_all()

    client.get(f"{filing}5/")
    client.post(f"{filing}5/", TYPO)
    answers: list = []
    browsers = [Client(), Client()]  # each with the cookie that both presses send
    for browser in browsers:
        browser.cookies["i4-dossier"] = client.cookies["i4-dossier"].value
    presses = [Thread(target=press, args=[browser]) for browser in browsers]
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get()
        for number, one in enumerate(presses, start=1):
            one.start()
            while one.is_alive() and waiting_for_a_lock() < number:
                pass
    for one in presses:
        one.join()
    pages = [browsers[0].get(answer.url, follow=True) for answer in answers]
    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].request["PATH_INFO"] == pages[1].request["PATH_INFO"]
    assert "Relisez, puis envoyez" in pages[0].content.decode()


@pytest.mark.parametrize(
    ("given", "shown"), [(TYPO, "lucie@exemple.example"), (WORKER, "votre adresse")], ids=["clear", "sealed"]
)
def test_an_address_corrected_after_sending_is_said_with_what_became_of_the_message(client, filing, given, shown):
    def corrected(email: str) -> str:
        door = client.get(f"{filing}", follow=True).request["PATH_INFO"]
        answer = client.post(door, {"go": "correct", "filer_email": email}, follow=True)
        return html.unescape(answer.content.decode()).replace("\u00a0", " ")

    client.post(f"{filing}5/", given)
    client.post(f"{filing}6/")
    page = corrected("lucie@exemple.example")
    assert f"Adresse corrigée : le message part vers {shown}. L’ancien lien ne fonctionne plus." in page
    assert f"C’est déjà l’adresse du dossier : le message repart vers {shown}, s’il" in corrected(
        "Lucie@exemple.example"
    )
    for _try in range(4):
        page = corrected("lucie@exemple.example")
    assert f"le message repart vers {shown}" in page
    assert "Le message n’est pas reparti : réessayez dans une heure." in corrected("tipo@exemple.example")
    assert "lucie@exemple.example" not in page or given is TYPO
    assert {message.to[0] for message in mail.outbox[2:]} == {"lucie@exemple.example"}


def test_a_confirmation_whose_seal_opens_no_more_confirms_all_the_same(client, filing, settings):
    client.post(f"{filing}5/", FILER)
    client.post(f"{filing}6/")
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    page = client.post(confirmation_link())
    assert page.status_code == 200
    assert "Voir où en est mon dossier" not in page.content.decode()
    assert Case.objects.get().filer_email_confirmed_at


def test_the_same_mailbox_keeps_its_link(client, filing):
    client.post(f"{filing}5/", FILER)
    assert client.post(f"{filing}5/", FILER | {"filer_name": "Lucie D."}).url == f"{filing}6/"
    client.post(f"{filing}6/")
    same = {"go": "correct", "filer_email": "LUCIE@exemple.example"}
    assert client.post(f"{filing}envoye/", same).url == f"{filing}envoye/"


@pytest.mark.parametrize("wrong", [{"attested": ""}, {"filer_role": "zzz"}, {"evidence_url": "javascript:alert(1)"}])
def test_a_refused_step_5_breaks_no_seal(client, filing, wrong):
    client.post(f"{filing}5/", WORKER)
    assert client.post(f"{filing}5/", {**WORKER, "pseudonymous": "", **wrong}).status_code == 400
    client.post(f"{filing}5/", {**WORKER, "pseudonymous": "", **wrong, "go": "back"})
    case = Case.objects.get()
    assert (case.pseudonymous, case.filer_email) == (True, "")
    assert SealedIdentity.objects.count() == 1
    assert rows_holding(NAME) == rows_holding(MAILBOX) == []


def test_a_refused_step_5_writes_nothing_of_who_files(client, filing):
    client.post(f"{filing}5/", {**FILER, "attested": ""})
    case = Case.objects.get()
    assert (case.filer_name, case.filer_email, case.evidence_url) == ("", "", "")
    assert mail.outbox == []


def test_going_back_from_step_5_keeps_who_files_before_it_is_attested(client, filing):
    assert client.post(f"{filing}5/", {**FILER, "attested": "", "go": "back"}).url == f"{filing}4/"
    case = Case.objects.get()
    assert (case.filer_email, case.attested_at) == ("lucie@exemple.example", None)


def waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_the_public_words_are_not_attested_for_a_case_that_becomes_confidential_meanwhile(client, filing):
    def press():
        answers.append(client.post(f"{filing}5/", FILER))
        connections.close_all()

    answers: list = []
    other_tab = Thread(target=press)
    with transaction.atomic():
        case = Case.objects.select_for_update(of=["self"]).get()
        Case.objects.update(**case.with_stage("conciliation"))
        other_tab.start()
        while other_tab.is_alive() and not waiting_for_a_lock():
            pass
    other_tab.join()
    assert answers[0].status_code == 302
    assert (Case.objects.get().attested_at, Case.objects.get().attestation) == (None, "")
    assert "votre attestation" in client.get(answers[0].url).content.decode()


def test_words_that_were_not_on_the_page_are_not_attested(client, filing):
    client.post(f"{filing}3/", {"stage": "conciliation"})
    shown = dict(re.findall(r'name="(attesting)" value="(\w+)"', client.get(f"{filing}5/").content.decode()))
    client.post(f"{filing}3/", {"stage": "liquidation"})
    answer = client.post(f"{filing}5/", FILER | shown)
    assert list(answer.context["form"].errors) == ["attested"]
    again = dict(re.findall(r'name="(attesting)" value="(\w+)"', answer.content.decode()))
    assert client.post(f"{filing}5/", FILER | again).status_code == 302
    assert "confidentielle" not in Case.objects.get().attestation


def test_the_subjects_of_the_mails_say_nothing_that_the_sender_chose(client):
    filing = begin(client)
    fill(client, filing, upto=4)
    Case.objects.update(company_name="URGENT votre compte est bloqué, allez sur mechant.example")
    client.post(f"{filing}5/", TYPO)
    client.post(f"{filing}6/")
    client.post(f"{filing}envoye/", {"go": "correct", "filer_email": "lucie@exemple.example"}, follow=True)
    assert [message.subject for message in mail.outbox] == [
        "i4emploi : votre lien pour reprendre votre dossier",
        "i4emploi : confirmez votre adresse e-mail",
        "i4emploi : confirmez votre adresse e-mail",
    ]


def test_no_other_site_begins_drafts_from_its_visitors_address():
    visitor = Client(enforce_csrf_checks=True)
    assert visitor.post("/deposer/").status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', visitor.get("/deposer/").content.decode()).group(1)
    forged = {"origin": "https://mechant.example"}
    assert visitor.post("/deposer/", {"csrfmiddlewaretoken": token}, headers=forged).status_code == 403
    assert not Case.objects.exists()
    assert visitor.post("/deposer/", {"csrfmiddlewaretoken": token}).status_code == 302


def test_why_a_case_was_held_is_the_moderators_own(client, filing):
    """A reason written for the desk may name what the law keeps secret."""
    case = Case.objects.get()
    Case.objects.filter(pk=case.pk).update(
        status="held", published_at=timezone.now(), company_name="X", stage="redressement", commune="19136"
    )
    case.transitions.create(from_status="published", to_status="held", reason="Motif interne du bureau")
    page = client.get(f"{filing}envoye/").content.decode()
    assert "Votre dossier est suspendu" in page
    assert "Motif interne" not in page


def test_whoever_confirmed_in_clear_cannot_hide_behind_a_pseudonym_by_a_detour(client, filing):
    client.post(f"{filing}5/", FILER)
    client.post(f"{filing}6/")
    client.post(confirmation_link())
    Case.objects.update(status="changes_asked")
    here = client.post(f"{filing}5/", FILER | {"filer_email": "autre@exemple.example"}).url.removesuffix("6/")
    refused = client.post(f"{here}5/", WORKER)
    assert refused.status_code == 400
    assert "déjà confirmée en clair" in refused.content.decode()
    assert not Case.objects.get().pseudonymous


def test_a_mailbox_that_is_somebodys_second_address_is_theirs(client, filing):
    owner = make_user("Lucie Déclarante")
    EmailAddress.objects.create(user=owner, email=FILER["filer_email"].lower(), verified=True, primary=False)
    client.post(f"{filing}5/", FILER)
    client.post(f"{filing}6/")
    assert client.post(confirmation_link()).status_code == 200
    case = Case.objects.get()
    Case.objects.update(stage="redressement")
    moderation.publish(case, make_moderator())
    assert [member.user for member in case.members.all()] == [owner]


def test_a_filed_date_that_the_team_cancelled_is_not_written_over(client, filing):
    case = Case.objects.get()
    milestones.cancel(case.milestones.get(), make_moderator(), "Désistement")
    client.post(f"{filing}2/", deadline())
    assert case.milestones.standing().count() == 1
    assert case.milestones.count() == 2
