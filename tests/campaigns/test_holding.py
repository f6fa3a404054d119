"""A text that names a confidential procedure waits for a person, at every door where a text becomes public."""

import pytest
from django.core import mail
from django.urls import reverse

from campaigns import holding
from campaigns.models import CaseUpdate, HeldText
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "La conciliation a échoué, le tribunal le dit dans son jugement public."


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def decide(client, held, decision):
    return client.post(f"/admin/campaigns/heldtext/{held.pk}/decider/{decision}/", follow=True)


def test_a_held_text_is_kept_once_and_shown_to_a_moderator(desk, case):
    first, again = (holding.hold(case, TEXT, "une nouvelle", None) for _press in range(2))
    assert first == again
    page = desk.get(f"/admin/campaigns/heldtext/{first.pk}/change/").content.decode()
    assert TEXT in page
    assert "Autoriser : ce texte exact" in page


def test_a_cleared_text_passes_for_its_case_alone_and_unchanged(desk, case):
    held = holding.hold(case, TEXT, "une nouvelle", make_user())
    assert "Le texte est autorisé" in decide(desk, held, "autoriser").content.decode()
    assert holding.hold(case, TEXT, "une nouvelle", None) is None
    assert holding.hold(case, f"  {TEXT}\r\n", "une diffusion", None) is None
    assert holding.hold(case, TEXT + " Un mandat ad hoc aussi.", "une nouvelle", None)
    assert holding.hold(make_case(), TEXT, "une nouvelle", None)
    assert "autorise" in mail.outbox[0].body
    assert mail.outbox[0].to == [held.by.email]


def test_a_refused_text_stays_refused_and_says_so(desk, case):
    held = holding.hold(case, TEXT, "une nouvelle", None)
    decide(desk, held, "refuser")
    assert "ne l’autorise pas" in holding.explain(holding.hold(case, TEXT, "une nouvelle", None))
    assert "déjà décidé" in decide(desk, held, "autoriser").content.decode()
    assert HeldText.objects.get().state == "refused"
    assert mail.outbox == []


def test_the_same_text_for_several_cases_is_kept_once():
    assert holding.hold(None, TEXT, "un engagement", None) == holding.hold(None, TEXT, "un engagement", None)


@pytest.mark.parametrize("who", [make_user, lambda: make_member(make_case())])
def test_nobody_but_a_moderator_decides_on_a_text(client, case, who):
    held = holding.hold(case, TEXT, "une nouvelle", None)
    client.force_login(who())
    assert decide(client, held, "autoriser").redirect_chain
    assert HeldText.objects.get().state == "pending"


def test_a_decision_is_not_taken_by_opening_its_address(desk, case):
    held = holding.hold(case, TEXT, "une nouvelle", None)
    desk.get(f"/admin/campaigns/heldtext/{held.pk}/decider/autoriser/")
    assert HeldText.objects.get().state == "pending"


def test_no_text_is_published_before_it_was_read(client, case):
    client.force_login(make_member(case))
    client.post(f"/dossiers/{case.slug}/equipe/nouvelle/", {"title": "Des nouvelles du tribunal", "body": TEXT})
    assert HeldText.objects.get().words == "conciliation"
    assert TEXT not in client.get(case.get_absolute_url()).content.decode()
    assert CaseUpdate.objects.get().state == "held"


def written(client, author, case, **said) -> HeldText:
    """News that wait for a person."""
    client.force_login(author)
    client.post(f"/dossiers/{case.slug}/equipe/nouvelle/", {"title": "Des nouvelles du tribunal", "body": TEXT} | said)
    client.force_login(make_moderator())
    return HeldText.objects.get()


def test_whoever_wrote_news_that_appear_is_not_told_to_send_them_again(client, case):
    author = make_member(case)
    decide(client, written(client, author, case, body=f"Le maire : « {TEXT} »"), "autoriser")
    (message,) = mail.outbox
    assert message.to == [author.email]
    assert "il n’y a rien à renvoyer" in message.body
    assert "de nouveau" not in message.body
    assert f"http://testserver/dossiers/{case.slug}/equipe/" in message.body
    assert message.body.count("«") == 1, "the text's own"


@pytest.mark.parametrize(
    ("decision", "subject", "said"),
    [("autoriser", "est autorisé", "de nouveau, tel quel"), ("refuser", "n’est pas autorisé", "l’écrire autrement")],
)
def test_whoever_wrote_another_text_is_told_for_which_place_it_was(desk, case, decision, subject, said):
    decide(desk, holding.hold(case, TEXT, "une échéance", make_user()), decision)
    (message,) = mail.outbox
    assert subject in message.subject
    for words in (said, "(une échéance)", f"> {TEXT}", str(case), f"http://testserver{case.get_absolute_url()}"):
        assert words in message.body


def test_a_decision_about_a_hidden_case_reaches_its_team_without_naming_it(desk):
    case = make_case("held", stage="conciliation", company_name="Fonderie Exemple", slug="fonderie-exemple-meymac")
    decide(desk, holding.hold(case, TEXT, "une nouvelle", make_member(case)), "refuser")
    (message,) = mail.outbox
    assert "fonderie" not in (message.subject + message.body).lower()
    assert "http://testserver/moi/" in message.body


@pytest.mark.parametrize(("decision", "state"), [("autoriser", "published"), ("refuser", "refused")])
def test_news_that_wait_follow_what_is_decided_of_their_text(client, case, decision, state):
    author = make_member(case)
    client.force_login(author)
    door = f"/dossiers/{case.slug}/equipe/nouvelle/"
    for _press in range(2):
        client.post(door, {"title": "Des nouvelles du tribunal", "body": TEXT})
    client.force_login(make_moderator())
    decide(client, HeldText.objects.get(), decision)
    assert CaseUpdate.objects.get().state == state
    assert (TEXT in client.get(case.get_absolute_url()).content.decode()) is (state == "published")
    assert mail.outbox[0].to == [author.email]


def test_news_that_their_author_took_back_wait_for_nobody(client, case):
    author = make_member(case)
    held = written(client, author, case)
    client.force_login(author)
    said = {"title": "Des nouvelles du tribunal", "body": TEXT}
    door = f"/dossiers/{case.slug}/equipe/nouvelle/"
    edit = reverse("update_edit", args=[case.slug, CaseUpdate.objects.get().pk])
    assert client.post(edit, {"go": "withdraw", "reason": "À revoir."}).status_code == 302
    client.force_login(make_moderator())
    decide(client, held, "autoriser")
    held.refresh_from_db()
    assert (held.state, CaseUpdate.objects.get().state, mail.outbox) == ("back", "withdrawn", [])
    client.force_login(author)
    client.post(door, said)
    held.refresh_from_db()
    assert held.state == "pending", "sent again, it is to be read again"
