"""A worker files under a pseudonym: their name and mailbox are in no page, no admin list, no mail to others, no log."""

import logging
import re

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from psycopg2 import sql

from campaigns import identity
from campaigns.models import Case, IdentityOpening, SealedIdentity, User
from tests.campaigns.test_filing import FILER, begin, deadline, fill
from tests.cast import make_case, make_member, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)

NAME, MAILBOX = "Odile Ouvrière", "odile.ouvriere@exemple.example"
WORKER = FILER | {
    "filer_role": "worker", "filer_name": NAME, "filer_email": MAILBOX, "pseudonymous": "on", "pseudonym": "La ligne 2",
}  # fmt: skip


@pytest.fixture
def filing(client):
    filing = begin(client)
    fill(client, filing, upto=4)
    assert client.post(f"{filing}5/", WORKER).status_code == 302
    return filing


@pytest.fixture
def opener():
    moderator = make_moderator()
    moderator.user_permissions.add(Permission.objects.get(codename="open_identity"))
    return moderator


def confirm(client) -> None:
    client.post(re.search(r"/deposer/confirmer/\S+", mail.outbox[-1].body).group())


def rows_holding(secret: str) -> list[str]:
    """The tables where any column says it in clear."""
    found, counting = [], sql.SQL("SELECT count(*) FROM {} AS one WHERE one::text ILIKE %s")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(counting.format(sql.Identifier(table)), [f"%{secret}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_the_identity_is_in_no_column_of_the_database(client, filing):
    client.post(f"{filing}6/")
    confirm(client)
    assert Case.objects.get().filer_email_confirmed_at
    assert rows_holding("odile") == rows_holding("ouvrière") == []
    assert rows_holding("La ligne 2") == ["campaigns_case"], "the pseudonym is what the moderators see"
    assert SealedIdentity.objects.count() == 1
    assert not User.objects.filter(email=MAILBOX).exists()


def test_mails_reach_the_worker_and_say_nothing_of_them(client, filing):
    client.post(f"{filing}6/")
    assert {recipient for message in mail.outbox for recipient in message.to} == {MAILBOX}
    for message in mail.outbox:
        assert "odile" not in (message.subject + message.body).lower()


def test_a_refused_form_leaves_no_trace_of_the_name_in_the_session(client, filing):
    answer = client.post(f"{filing}5/", WORKER | {"filer_email": "odile.ouvriere"})
    assert "Odile Ouvrière" in answer.content.decode(), "nothing typed is lost"
    assert "Odile" not in str(dict(client.session))
    assert rows_holding("odile") == []


def test_the_pseudonym_protects_workers_and_does_not_say_their_name(client, filing):
    elected = client.post(f"{filing}5/", WORKER | {"filer_role": "elected"})
    assert list(elected.context["form"].errors) == ["pseudonymous"]
    telling = client.post(f"{filing}5/", WORKER | {"pseudonym": "odile"})
    assert list(telling.context["form"].errors) == ["pseudonym"]


def test_what_is_sealed_is_kept_when_its_fields_are_left_empty_and_is_not_shown_again(client, filing):
    page = client.get(f"{filing}5/").content.decode()
    assert "odile" not in page.lower()
    client.post(f"{filing}5/", WORKER | {"filer_name": "", "filer_email": "", "pseudonym": "La ligne 3"})
    case = Case.objects.get()
    assert (case.filer_name, identity.mailbox(case)) == ("La ligne 3", MAILBOX)
    assert identity._read(case).name == NAME


def test_a_worker_may_give_up_the_pseudonym_before_sending(client, filing):
    client.post(f"{filing}5/", {**WORKER, "pseudonymous": ""})
    case = Case.objects.get()
    assert (case.pseudonymous, case.filer_name, case.filer_email) == (False, NAME, MAILBOX)
    assert not SealedIdentity.objects.exists()


def test_a_figure_that_only_the_worker_gives_is_rounded_and_a_sourced_one_is_exact(client, filing):
    fact = Case.objects.get().facts.get()
    assert (fact.value, fact.text) == (35, "environ, arrondi")
    client.post(f"{filing}2/", deadline(jobs="37", jobs_source_url="https://exemple.example/article"))
    assert Case.objects.get().facts.get().value == 37


def test_nobody_opens_the_seal_without_the_right_and_a_reason(client, filing, opener):
    client.post(f"{filing}6/")
    case = Case.objects.get()
    door = f"/admin/campaigns/case/{case.pk}/identite/"
    for person in (make_moderator(), make_member(make_case())):
        client.force_login(person)
        assert client.post(door, {"reason": "Pour voir"}).status_code in (302, 403)
    client.force_login(opener)
    assert MAILBOX not in client.get(door).content.decode()
    assert client.post(door, {"reason": " "}).status_code == 400
    assert not IdentityOpening.objects.exists()
    opened = client.post(door, {"reason": "Menace signalée par la gendarmerie"})
    assert MAILBOX in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    kept = IdentityOpening.objects.get()
    assert (kept.by, kept.reason) == (opener, "Menace signalée par la gendarmerie")
    desk = client.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()
    assert "Menace signalée" in desk
    assert "odile" not in desk.lower()


def test_a_pseudonymous_case_is_published_once_somebody_else_reads_its_leads(client, filing):
    client.post(f"{filing}6/")
    confirm(client)
    case = Case.objects.get()
    client.force_login(make_moderator())
    client.post(f"/admin/campaigns/case/{case.pk}/decider/publish/")
    assert not Case.objects.public().exists()
    client.post(f"/dossiers/{case.slug}/equipe/membres/", {"email": "cse@exemple.example", "role": "cse"})
    client.post(f"/admin/campaigns/case/{case.pk}/decider/publish/")
    assert Case.objects.public().get() == case
    published = next(message for message in reversed(mail.outbox) if message.to == [MAILBOX])
    assert "est publié" in published.subject
    assert "/equipe/" not in published.body, "they have no account to sign in with"


def test_logs_hold_neither_the_identity_nor_the_secret_of_the_link(client, filing, caplog):
    secret = filing.rstrip("/").rsplit("/", 1)[1]
    with caplog.at_level(logging.DEBUG):
        client.post(f"{filing}5/", WORKER | {"filer_email": "faux"})
        client.get(f"/deposer/{secret}/99/")
        client.post(f"{filing}6/")
        client.post(f"{filing}envoye/", {"go": "correct", "filer_email": "odile.neuve@exemple.example"})
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert ours
    assert not [line for line in ours if secret in line or "odile" in line.lower()]
