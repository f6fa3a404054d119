"""A correction or a right of reply: left by anybody, decided once by a person, answered by mail."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns import replies
from campaigns.models import Reply
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

ADMIN = "/admin/campaigns/reply/"


def filled(**changes) -> dict:
    return {
        "kind": "reply",
        "passage": "« sera démantelée si aucun repreneur »",
        "text": "La société conteste ce démantèlement et publie ses comptes.",
        "organisation": "Laboratoire Imaginaire SARL",
        "name": "Dora Dirigeante",
        "email": "dora@exemple.example",
        "submission_key": str(uuid.uuid4()),
    } | changes


def page(case) -> str:
    return f"/dossiers/{case.slug}/repondre/"


def leave(case, **changes) -> Reply:
    return replies.leave(case, filled(**changes), uuid.uuid4())


def decide(client, reply, decision, **given):
    return client.post(f"{ADMIN}{reply.pk}/decider/{decision}/", given, follow=True)


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def test_the_case_page_leads_to_the_form_and_the_form_says_the_law(client, case):
    assert page(case) in client.get(case.get_absolute_url()).content.decode()
    text = client.get(page(case)).content.decode()
    for said in ("loi n° 2004-575", "article 1-1, III", "trois mois", "trois jours"):
        assert said in text


def test_a_reply_is_kept_thanked_and_acknowledged_by_mail(client, case):
    answer = client.post(page(case), filled())
    assert answer["Location"] == f"{page(case)}merci/"
    assert client.get(answer["Location"]).status_code == 200
    reply = case.replies.get()
    assert (reply.state, reply.organisation) == ("waiting", "Laboratoire Imaginaire SARL")
    assert mail.outbox[0].to == ["dora@exemple.example"]
    assert "trois jours" in mail.outbox[0].body


def test_nothing_is_public_before_a_person_decided(client, case):
    reply = leave(case)
    page = client.get(case.get_absolute_url()).content.decode()
    assert reply.text not in page
    assert "Droit de réponse" not in page


def test_one_form_makes_one_row_and_one_mail_however_often_it_is_pressed(client, case):
    form = filled()
    assert {client.post(page(case), form)["Location"] for _press in range(3)} == {f"{page(case)}merci/"}
    assert (Reply.objects.count(), len(mail.outbox)) == (1, 1)


def test_presses_at_the_same_instant_make_one_row(case):
    form, start, answers = filled(), threading.Barrier(4), []

    def press() -> None:
        try:
            start.wait(20)
            answers.append(Client().post(page(case), form).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 4
    assert (Reply.objects.count(), len(mail.outbox)) == (1, 1)


def test_a_form_that_served_for_another_case_is_said_and_kept_nowhere(client, case):
    form, other = filled(), make_case()
    client.post(page(case), form)
    answer = client.post(page(other), form)
    assert answer.status_code == 409
    assert "déjà servi" in answer.content.decode()
    assert not other.replies.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", ""), ("kind", "poème"), ("passage", ""), ("passage", "x" * 401), ("text", ""), ("text", "🏭"),
        ("text", "mot " * 1000), ("name", ""), ("email", "dora"), ("submission_key", "clé"), ("text", "a\x00b"),
    ],
)  # fmt: skip
def test_bad_input_is_said_at_its_field_and_nothing_is_lost(client, case, field, value):
    answer = client.post(page(case), filled(**{field: value}))
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert "Laboratoire Imaginaire SARL" in answer.content.decode()
    assert not Reply.objects.exists()


def test_the_eleventh_of_an_hour_from_one_address_waits(client, case):
    answers = [client.post(page(case), filled(), REMOTE_ADDR="192.0.2.1").status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]
    assert client.post(page(case), filled(), REMOTE_ADDR="192.0.2.2").status_code == 302


@pytest.mark.parametrize("status", ["draft", "submitted", "held", "rejected"])
def test_a_case_that_is_not_public_takes_no_reply(client, status):
    case = make_case(status)
    assert client.get(page(case)).status_code == 404
    assert client.post(page(case), filled()).status_code == 404
    assert client.get(f"{page(case)}merci/").status_code == 404


def test_a_closed_case_still_takes_replies(client):
    assert client.post(page(make_case("closed")), filled()).status_code == 302


def test_a_published_reply_shows_its_organisation_and_date_never_its_mailbox(desk, case):
    reply = leave(case)
    assert "La réponse est publiée" in decide(desk, reply, "publier").content.decode()
    text = Client().get(case.get_absolute_url()).content.decode()
    for said in ("Droit de réponse", "Laboratoire Imaginaire SARL", "conteste ce démantèlement"):
        assert said in text
    assert "dora@" not in text
    assert "Dora" not in text
    assert mail.outbox[-1].to == ["dora@exemple.example"]
    assert "est publiée" in mail.outbox[-1].body


def test_without_an_organisation_the_name_signs(desk, case):
    decide(desk, leave(case, organisation=""), "publier")
    assert "Dora Dirigeante" in Client().get(case.get_absolute_url()).content.decode()


def test_whoever_only_points_out_an_error_is_never_published(desk, case):
    correction = leave(case, kind="correction")
    assert "decide-publier" not in desk.get(f"{ADMIN}{correction.pk}/change/").content.decode()
    assert "n’a pas demandé à être publié" in decide(desk, correction, "publier").content.decode()
    decide(desk, correction, "corriger")
    correction.refresh_from_db()
    assert correction.state == "accepted"
    assert "est corrigée" in mail.outbox[-1].body
    assert "conteste" not in Client().get(case.get_absolute_url()).content.decode()


def test_a_refusal_says_why_to_its_author(desk, case):
    reply = leave(case)
    assert decide(desk, reply, "refuser", reason=" ").status_code == 400
    assert decide(desk, reply, "refuser", reason="x" * 401).status_code == 400
    decide(desk, reply, "refuser", reason="Le passage ne vous désigne pas.")
    reply.refresh_from_db()
    assert (reply.state, reply.decided_by.display_name) == ("refused", "Karim Modérateur")
    assert "Le passage ne vous désigne pas." in mail.outbox[-1].body


def test_a_reply_is_decided_once(desk, case):
    reply = leave(case)
    decide(desk, reply, "publier")
    sent = len(mail.outbox)
    assert "déjà décidé" in decide(desk, reply, "refuser", reason="Trop tard.").content.decode()
    assert (Reply.objects.get().state, len(mail.outbox)) == ("published", sent)


def test_two_moderators_at_the_same_instant_decide_once(case):
    reply, start, taken = leave(case), threading.Barrier(2), []

    def take(decision) -> None:
        try:
            seen = Reply.objects.get(pk=reply.pk)
            start.wait(20)
            decision(seen)
            taken.append(decision)
        except replies.NotPossible:
            pass
        finally:
            connection.close()

    ways = [lambda seen: replies.publish(seen, None), lambda seen: replies.refuse(seen, None, "Non.")]
    threads = [threading.Thread(target=take, args=(way,)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    assert len(mail.outbox) == 2  # received, decided


def test_the_desk_warns_of_the_words_of_confidential_procedures(desk, case):
    reply = leave(case, text="La conciliation est en cours, rien n’est perdu.")
    assert "procédure confidentielle" in desk.get(f"{ADMIN}{reply.pk}/change/").content.decode()
    plain = leave(case)
    assert "procédure confidentielle" not in desk.get(f"{ADMIN}{plain.pk}/change/").content.decode()


def test_the_desk_says_until_when_a_right_of_reply_is_answered(desk, case):
    reply, correction = leave(case), leave(case, kind="correction")
    assert "À publier avant le" in desk.get(f"{ADMIN}{reply.pk}/change/").content.decode()
    assert "À publier avant le" not in desk.get(f"{ADMIN}{correction.pk}/change/").content.decode()


def test_a_reply_that_names_a_confidential_procedure_is_not_published_in_one_click(desk, case):
    reply = leave(case, text="La conciliation est en cours, rien n’est perdu.")
    page = desk.get(f"{ADMIN}{reply.pk}/change/").content.decode()
    assert 'id="decide-publier"' not in page
    assert "dites d’abord" in decide(desk, reply, "publier").content.decode()
    assert decide(desk, reply, "publier-relue").status_code == 400
    assert Reply.objects.get().state == "waiting"
    decide(desk, reply, "publier-relue", read="on")
    assert "rien n’est perdu" in Client().get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize("decision", [{"refuser": "Rien de faux."}, {"corriger": ""}])
def test_a_case_that_left_the_public_is_named_in_no_mail_and_takes_no_publication(desk, case, decision):
    reply = leave(case)
    mail.outbox.clear()
    case.status = "held"
    case.save()
    assert 'id="decide-publier"' not in desk.get(f"{ADMIN}{reply.pk}/change/").content.decode()
    assert "n’est pas public" in decide(desk, reply, "publier").content.decode()
    ((name, reason),) = decision.items()
    decide(desk, reply, name, reason=reason)
    (message,) = mail.outbox
    assert "Laboratoire Imaginaire" not in message.subject + message.body
    assert case.slug not in message.body
    assert reason in message.body


@pytest.mark.parametrize(("days", "late"), [(85, False), (95, True)])
def test_the_desk_says_when_the_three_months_to_ask_are_over(desk, days, late):
    reply = leave(make_case(published_at=timezone.now() - timedelta(days=days)))
    assert ("plus de trois mois" in desk.get(f"{ADMIN}{reply.pk}/change/").content.decode()) == late


@pytest.mark.parametrize("who", [make_user, lambda: make_member(make_case())])
def test_nobody_but_a_moderator_decides(client, case, who):
    reply = leave(case)
    client.force_login(who())
    decide(client, reply, "publier")
    assert client.get(f"{ADMIN}{reply.pk}/change/").status_code == 302
    assert Reply.objects.get().state == "waiting"


def test_opening_a_decisions_address_decides_nothing(desk, case):
    reply = leave(case)
    desk.get(f"{ADMIN}{reply.pk}/decider/publier/")
    assert Reply.objects.get().state == "waiting"


def test_no_page_or_mail_of_a_reply_reveals_who_filed(desk, client):
    case = make_case(filer_name="Zoé Lanceuse", filer_email="zoe@exemple.example")
    pages = [client.get(page(case)), client.post(page(case), filled(), follow=True)]
    decide(desk, Reply.objects.get(), "publier")
    pages.append(Client().get(case.get_absolute_url()))
    said = [answer.content.decode() for answer in pages] + [one.subject + one.body for one in mail.outbox]
    assert len(said) == 5
    assert not [text for text in said if "Zoé" in text or "zoe@" in text]
