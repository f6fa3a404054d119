"""The gate for what leaves: no mail names who files under seal, or to a stranger a company in a confidential procedure.

The templates come from the folders: one that nobody said here whom it is sent to fails these tests.
"""

import importlib
import logging
import re
from datetime import date
from pathlib import Path

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.core.management import get_commands
from django.template.loader import get_template
from django.test import Client
from django.test.signals import template_rendered
from django.urls import reverse

from campaigns.models import DEPARTEMENTS, Case, JobRequest, RegisterReading, User
from tests import open_data_server
from tests.campaigns import job_scene
from tests.campaigns.test_filing import FILER
from tests.campaigns.test_identity import MAILBOX, NAME, WORKER
from tests.cast import make_user
from tests.site import gate_relay
from tests.site import gate_scene as scenes
from tests.site.gate_scene import MAILS, Scene

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
FOUNDRY, OPEN_PLANT = "Fonderie Sous Silence", "Usine Ouverte Exemple"
ELECTED = FILER | {"filer_name": "Lucie Déclarante", "filer_email": "lucie@exemple.example"}

TO_FILER, TO_INSIDERS = "the case's filer alone", "the case's team, or moderators"
WHILE_PUBLIC, NO_CASE, BY_HAND = "anybody, while the case is public", "anybody, and no case is named", "nobody"

SENT_TO = {
    TO_FILER: {
        "campaigns/mail/resume.txt", "campaigns/mail/confirm.txt", "campaigns/mail/changes_asked.txt",
        "campaigns/mail/rejected.txt",
    },
    TO_INSIDERS: {
        "campaigns/mail/team.txt", "campaigns/mail/lead.txt", "campaigns/mail/clock_alert.txt",
        "campaigns/mail/follow_up.txt", "campaigns/mail/published.txt", "campaigns/mail/suspended.txt",
        "campaigns/mail/closed.txt", "influencers/mail/cap_reached.txt",
        "influencers/mail/drill.txt", "influencers/mail/reserve.txt",
    },
    WHILE_PUBLIC: {
        "campaigns/mail/lead_thanks.txt", "campaigns/mail/reply_received.txt", "campaigns/mail/reply_decided.txt",
        "campaigns/mail/held.txt", "influencers/mail/tap.txt", "influencers/mail/reconnect.txt",
        "influencers/mail/slot.txt",
        "influencers/mail/slot_gone.txt", "influencers/mail/check_profile.txt",
    },
    NO_CASE: {
        "campaigns/mail/town_hall_check.txt", "campaigns/mail/job_request_confirm.txt",
        "campaigns/mail/job_request_published.txt", "campaigns/mail/job_request_refused.txt",
        "campaigns/mail/job_request_help.txt", "campaigns/mail/job_request_reminder.txt",
        "account/email/base_message.txt", "account/email/unknown_account_subject.txt",
        "account/email/unknown_account_message.txt", "account/email/account_already_exists_subject.txt",
        "account/email/account_already_exists_message.txt", "account/email/email_confirmation_subject.txt",
        "account/email/email_confirmation_message.txt", "account/email/login_code_subject.txt",
        "account/email/login_code_message.txt", "influencers/mail/cap_of_all_reached.txt",
        "influencers/mail/network_stopped.txt",
    },
    BY_HAND: {"campaigns/mail/town_hall_letter.txt"},  # a moderator reads it on the desk, and sends it or not
}  # fmt: skip
ELSEWHERE = {  # exercised by another test
    "influencers/mail/reserve.txt": "tests.influencers.test_reserves.test_the_team_is_told_when_the_reserve_is_launched",
    "campaigns/mail/town_hall_letter.txt": "tests.campaigns.test_gazette_desk.test_the_radar_shows_a_letter_and_sends_nothing",
    "influencers/mail/cap_reached.txt": "tests.influencers.test_spending_pages.test_the_team_is_told_once_by_mail",
    "influencers/mail/cap_of_all_reached.txt": "tests.influencers.test_spending_pages.test_the_operators_are_told_once_of_the_platforms_cap",
    "influencers/mail/network_stopped.txt": "tests.influencers.test_stops_by_themselves.test_the_operators_are_told_once_what_to_do",
}


@pytest.fixture
def scene(settings, world):
    settings.EMAIL_BACKEND = "tests.site.gate_scene.RecordingBackend"
    world.town_halls = [open_data_server.town_hall()]
    for departement in DEPARTEMENTS.keys() - {"19"}:  # the radar need not read them all
        RegisterReading.objects.create(register=f"radar:{departement}", read_until=date(2099, 1, 1))
    recorder = scenes.recorded()
    yield Scene(recorder)
    template_rendered.disconnect(recorder.see)


# --- lives ------------------------------------------------------------------------------------------------------------


def a_pseudonymous_case_from_its_filing_to_three_years_later(scene: Scene) -> None:
    scene.secrets += [*NAME.split(), MAILBOX]
    case = scenes.file_case(scene, OPEN_PLANT, WORKER)
    scenes.ask_changes(scene, case)
    team = scenes.add_member(scene, case, "maire@exemple.example")
    scenes.publish(scene, case)
    gate_relay.relay(case, team)
    gate_relay.drill(case, team)
    gate_relay.fall_through(case, team)
    scenes.visit(case)
    scenes.wake_everything()
    scenes.decide_texts(scene, "autoriser")
    scenes.refuse_replies(scene)
    scenes.decide(scene, "case", case.pk, "close", outcome="partly_saved", jobs_saved="24", source_label="Jugement")
    scenes.follow_up(days=200)
    scenes.wake_everything()


def a_confidential_case_from_its_filing_to_its_refusal(scene: Scene) -> None:
    scene.confidential.append(FOUNDRY)
    case = scenes.file_case(scene, FOUNDRY, ELECTED, stage="conciliation")
    scenes.wake_everything()
    scenes.ask_changes(scene, case)
    scenes.add_member(scene, case, "maire@exemple.example")
    scenes.visit(case)
    scenes.wake_everything()
    scenes.decide(scene, "case", case.pk, "reject", reason="Rien ne peut être public à ce stade.")
    scenes.wake_everything()


def a_pseudonymous_case_that_becomes_confidential(scene: Scene) -> None:
    scene.secrets += [*NAME.split(), MAILBOX]
    case = scenes.file_case(scene, FOUNDRY, WORKER)
    team = scenes.add_member(scene, case, "maire@exemple.example")
    scenes.publish(scene, case)
    gate_relay.relay(case, team)
    gate_relay.fall_through(case, team)
    scenes.visit(case)
    scenes.hide(scene, case)
    scenes.visit(case)
    scenes.add_member(scene, case, "adjointe@exemple.example")
    scenes.wake_everything()
    scenes.decide_texts(scene, "refuser")
    scenes.refuse_replies(scene)
    row = JobRequest.objects.get(case=case)
    Client().post(job_scene.manage(row), {"go": "confirm"})
    scenes.decide(scene, "jobrequest", row.pk, "publier")
    scenes.remind_seekers()


def a_held_text_that_is_cleared_after_its_case_became_confidential(scene: Scene) -> None:
    case = scenes.file_case(scene, FOUNDRY, ELECTED)
    scenes.publish(scene, case)
    gate_relay.relay(case, User.objects.get(email=ELECTED["filer_email"]))
    scenes.hide(scene, case)
    scenes.decide_texts(scene, "autoriser")
    scenes.add_member(scene, case, "maire@exemple.example")


def job_seekers_and_those_who_help(scene: Scene) -> None:
    shown = scenes.seek_a_job(scene, ("publier", {}))
    Client().post(job_scene.page(shown), job_scene.message())
    scenes.remind_seekers()
    scenes.seek_a_job(scene, ("refuser", {"reason": "Ceci est une publicité."}))


def people_who_sign_up_and_sign_in(scene: Scene) -> None:
    known = make_user()
    for door, address in [
        ("account_signup", "neuve@exemple.example"),
        ("account_signup", known.email),
        ("account_request_login_code", known.email),
        ("account_request_login_code", "inconnue@exemple.example"),
    ]:
        assert Client().post(reverse(door), {"email": address}).status_code == 302


LIVES = [
    a_pseudonymous_case_from_its_filing_to_three_years_later, a_confidential_case_from_its_filing_to_its_refusal,
    a_pseudonymous_case_that_becomes_confidential, a_held_text_that_is_cleared_after_its_case_became_confidential,
    job_seekers_and_those_who_help, people_who_sign_up_and_sign_in,
]  # fmt: skip


# --- the gate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)
def test_the_mails_of_a_life_reach_whom_they_are_for_and_tell_nothing_else(scene, live):
    live(scene)
    assert scene.mails, "a life that writes to nobody proves nothing"
    for mail in scene.recorder.mails:
        assert [secret for secret in scene.secrets if mail.tells(secret)] == [], mail
        assert len(mail.to) == 1, "readers do not learn of each other"
    insiders = scene.insiders()
    for mail in scene.mails:
        if not insiders.issuperset(mail.to):
            assert [name for name in scene.confidential if mail.tells(name)] == [], mail
    _check_readers(scene, insiders)


def _check_readers(scene: Scene, insiders: set[str]) -> None:
    companies = Case.objects.values_list("company_name", flat=True)
    for mail in scene.recorder.mails:
        assert mail.templates, f"written without a template of the lists: {mail}"
        assert not mail.templates & SENT_TO[BY_HAND], mail
        if mail.templates & SENT_TO[TO_FILER]:
            assert mail.to[0] in scene.filers.values(), mail
        if mail.templates & SENT_TO[TO_INSIDERS]:
            assert mail.to[0] in insiders, mail
        if mail.templates & SENT_TO[NO_CASE]:
            assert [name for name in companies if mail.tells(name)] == [], mail


def test_the_sealed_mailbox_is_written_to_so_that_the_silence_above_is_real(scene):
    a_pseudonymous_case_from_its_filing_to_three_years_later(scene)
    to_filer = {name for mail in scene.recorder.mails if mail.to == [MAILBOX] for name in mail.templates}
    # a sealed filer is in no team, and reads who joins it, when the case is out, and how it ends
    told_of_the_team = {"campaigns/mail/team.txt", "campaigns/mail/published.txt", "campaigns/mail/closed.txt"}
    assert to_filer == SENT_TO[TO_FILER] - {"campaigns/mail/rejected.txt"} | told_of_the_team
    strangers = [mail for mail in scene.mails if not scene.insiders().issuperset(mail.to)]
    assert {name for mail in strangers if mail.tells(OPEN_PLANT) for name in mail.templates} == SENT_TO[WHILE_PUBLIC]


def test_every_template_of_a_mail_was_rendered_in_a_life_or_by_a_named_test(scene):
    for live in LIVES:
        live(scene)
        cache.clear()  # how often one mailbox is written to in an hour is another test's business
        User.objects.exclude(pk=scene.moderator.pk).delete()
        Case.objects.all().delete()
    assert on_disk() - scene.recorder.rendered == ELSEWHERE.keys()


def on_disk() -> set[str]:
    names = (str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.*"))
    return {name for name in names if MAILS.fullmatch(name)}


def test_every_template_of_a_mail_is_in_one_list():
    listed = [name for names in SENT_TO.values() for name in names]
    assert sorted(listed) == sorted(on_disk())
    assert all(get_template(name) for name in listed)


def test_what_is_exercised_elsewhere_is():
    for template, test in ELSEWHERE.items():
        module, _dot, name = test.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), template


@pytest.mark.parametrize("leaves", [True, False])
def test_no_log_tells_who_files_even_when_no_mail_leaves(scene, settings, caplog, leaves):
    if not leaves:
        settings.EMAIL_BACKEND = "tests.site.gate_scene.BrokenBackend"
    with caplog.at_level(logging.DEBUG):
        a_pseudonymous_case_from_its_filing_to_three_years_later(scene)
    assert ("did not leave" in caplog.text) is not leaves
    # what a query says is logged only by a developer's own settings
    said = scenes.squeezed("\n".join(scenes.logged(one) for one in caplog.records if one.name != "django.db.backends"))
    assert [secret for secret in scene.secrets if scenes.squeezed(secret) in said] == []


def test_no_command_and_no_list_of_the_desk_exports_rows(rf):
    """They import or rewrite, and print counts. One that writes rows out has to be walked through here."""
    ours = {name for name, app in get_commands().items() if app in ("campaigns", "influencers", "i4emploi_site")}
    assert ours == {"import_communes", "import_elected", "recount_spending", "rotate_vault_keys"}
    request = rf.get("/admin/")
    request.user = make_user(is_staff=True, is_superuser=True)
    offered = {name for desk in admin.site._registry.values() for name in desk.get_actions(request)}
    assert offered <= {"delete_selected", "lift", "make_verified"}  # the last is the sign-in library’s
    writes = re.compile(r"csv\.(?:Dict)?[wW]riter|StreamingHttpResponse|import_export|openpyxl")
    into_the_database = {"campaigns/imports.py"}
    assert {str(path.relative_to(ROOT)) for path in sources() if writes.search(path.read_text())} == into_the_database


def test_nothing_sends_a_mail_but_the_two_modules_that_are_for_it():
    sends = re.compile(
        r"\b(?:EmailMessage|EmailMultiAlternatives|send_mail|send_mass_mail|mail_admins|mail_managers)\("
    )
    senders = {str(path.relative_to(ROOT)) for path in sources() if sends.search(path.read_text())}
    assert senders == {"i4emploi_site/lib/mail.py", "i4emploi_site/lib/account_mail.py"}


def sources() -> list[Path]:
    return [path for app in ("campaigns", "influencers", "i4emploi_site") for path in (ROOT / app).rglob("*.py")]


@pytest.mark.parametrize(
    "leak",
    [
        {"subject": "Fonderie sous silence"},
        {"body": "www.exemple.example/dossiers/fonderie-sous-silence-meymac/"},
        {"headers": {"X-About": "FONDERIE SOUS SILENCE"}},
        {"reply_to": ["fonderie.sous.silence@exemple.example"]},
        {"html": "<p>Fonderie Sous\nSilence</p>"},
    ],
)
def test_a_leak_anywhere_in_a_mail_would_be_seen(leak):
    html, given = leak.pop("html", ""), {"subject": "Bonjour", "body": "Rien.", "to": ["sam@exemple.example"]} | leak
    message = EmailMultiAlternatives(**given)
    if html:
        message.attach_alternative(html, "text/html")
    assert scenes.read(message).tells(FOUNDRY)
    assert not scenes.read(EmailMultiAlternatives("Bonjour", "Rien.", to=["sam@exemple.example"])).tells(FOUNDRY)
