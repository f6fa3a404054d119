"""The who-has-been-told board at its edges: what it asks, what it keeps, and who may take a name out of it."""

from datetime import date

import pytest
from django.urls import reverse

from campaigns import contacts, holding
from campaigns.models import ActorContact, HeldText, PublicActor
from tests.campaigns.test_desk import QUEUE, change_form
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = {"go": "told", "actor": "sub_prefect", "told_by": "le maire", "told_on": "2015-09-25"}
SAID = {"actor": "mayor", "precision": "", "told_by": "la secrétaire du CSE", "told_on": date(2015, 9, 22)}
NO_ANSWER = {"answer": "", "answered_on": None}


@pytest.fixture
def user(client, case):
    member = make_member(case)
    client.force_login(member)
    return member


def door(case) -> str:
    return reverse("case_contacts", args=[case.slug])


def board(client, case) -> str:
    return " ".join(client.get(door(case)).content.decode().split())


def test_a_stranger_and_another_team_note_nothing(client, case):
    for one in (make_user(), make_member(make_case(), "Autre Équipe")):
        client.force_login(one)
        assert client.post(door(case), TOLD).status_code == 404
    assert not ActorContact.objects.exists()


def test_the_board_calls_for_those_not_told_yet_and_the_public_page_does_not(client, case, user):
    contacts.record(case, user, **SAID, **NO_ANSWER)
    page = board(client, case)
    assert "1 prévenu." in page
    assert "Pas encore prévenus : Sous-préfecture, Préfecture (CODEFI" in page
    public = client.get(case.get_absolute_url()).content.decode()
    assert "le 22 septembre 2015, par" in public
    assert "Sous-préfecture" not in public


def test_each_actor_comes_in_the_order_in_which_a_town_calls_them_with_what_it_can_do(case):
    lines = contacts.board(case)
    assert [line.actor for line in lines] == [actor for actor in PublicActor.values if actor != "other"]
    assert all(line.hint for line in lines)


@pytest.mark.parametrize(
    ("headcount_code", "listed"),
    [
        ("12", False),
        ("32", True),
        ("42", True),
        ("NN", True),
        ("", True),
    ],  # 20 to 49, 250 to 499, 1,000 to 1,999, unknown
)
def test_the_ciri_is_not_to_be_told_of_a_company_that_the_register_says_is_too_small(client, headcount_code, listed):
    case = make_case(jobs=37, headcount_code=headcount_code)
    assert ("ciri" in {line.actor for line in contacts.board(case)}) is listed
    member = make_member(case)
    contacts.record(case, member, **SAID | {"actor": "ciri"}, **NO_ANSWER)
    assert "ciri" in {line.actor for line in contacts.board(case)}, "who was told stays"


def test_nobody_told_is_said_in_words(client, case, user):
    page = board(client, case)
    assert "Personne n’est encore noté comme prévenu. Pas encore prévenus" in page
    assert "0 prévenu" not in page


def test_the_button_of_an_actor_opens_the_form_on_it(client, case, user):
    page = client.get(f"{door(case)}?actor=region").content.decode()
    assert 'value="region" selected' in page
    assert 'id="note" open' in page


def test_another_actor_says_who_it_is_and_then_has_its_line(client, case, user):
    refused = client.post(door(case), TOLD | {"actor": "other"})
    assert refused.status_code == 400
    assert 'id="id_precision_error"' in refused.content.decode()
    assert client.post(door(case), TOLD | {"actor": "other", "precision": "Agence de l’eau"}).status_code == 302
    assert [line.actor for line in contacts.board(case)][-1] == "other"
    assert "Agence de l’eau" in client.get(case.get_absolute_url()).content.decode()


def test_the_same_actor_told_twice_on_two_days_has_both_on_its_line(client, case, user):
    for day in ("2015-09-25", "2015-09-25", "2015-10-02"):
        client.post(door(case), TOLD | {"told_on": day})
    [line] = [line for line in contacts.board(case) if line.actor == "sub_prefect"]
    assert [contact.told_on for contact in line.contacts] == [date(2015, 9, 25), date(2015, 10, 2)]


def test_changing_an_answer_begins_with_the_one_that_is_noted(client, case, user):
    contacts.record(case, user, **SAID, answer="Réunion le 2 octobre", answered_on=date(2015, 9, 24))
    page = client.get(door(case)).content.decode()
    assert 'value="Réunion le 2 octobre"' in page
    assert 'value="2015-09-24"' in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"answered_on": "2015-09-21"}, "answered_on"),
        ({"answered_on": "2999-01-01"}, "answered_on"),
        ({"answered_on": ""}, "answered_on"),
        ({"answer": ""}, "answer"),
        ({"answer": "o" * 401}, "answer"),
        ({"answer": "La conciliation est ouverte"}, "answer"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_at_its_field_and_kept(client, case, user, changes, field):
    contact = contacts.record(case, user, **SAID, **NO_ANSWER)
    said = {"go": "answer", "contact": contact.pk, "answer": "Oui", "answered_on": "2015-09-23"} | changes
    refused = client.post(door(case), said)
    assert refused.status_code == 400
    text = refused.content.decode()
    assert f'id="answer{contact.pk}_{field}_error"' in text
    assert said["answer"] in text
    contact.refresh_from_db()
    assert contact.answer == ""


@pytest.mark.parametrize("pk", ["0", "abc", "9" * 30, "²"])
def test_an_answer_to_nobody_is_not_found(client, case, user, pk):
    said = {"go": "answer", "contact": pk, "answer": "Oui", "answered_on": "2015-09-23"}
    assert client.post(door(case), said).status_code == 404


def test_an_answer_to_a_contact_of_another_case_is_not_found(client, case, user):
    other = contacts.record(make_case(), user, **SAID, **NO_ANSWER)
    said = {"go": "answer", "contact": other.pk, "answer": "Oui", "answered_on": "2015-09-23"}
    assert client.post(door(case), said).status_code == 404


def test_a_held_entry_is_entered_again_once_it_was_cleared(client, case, user):
    sent = TOLD | {"told_by": "le conciliateur de justice"}
    refused = client.post(door(case), sent)
    assert refused.status_code == 400
    assert "La modération va lire votre texte" in refused.content.decode()
    assert "le conciliateur de justice" in refused.content.decode()
    holding.clear(HeldText.objects.get(), make_moderator())
    assert client.post(door(case), sent).status_code == 302
    assert ActorContact.objects.get().told_by == "le conciliateur de justice"


def test_a_moderator_takes_a_name_out_of_the_board(client, case, user):
    contact = contacts.record(case, user, **SAID | {"told_by": "Prénom Nom"}, **NO_ANSWER)
    client.force_login(make_moderator())
    sent = change_form(client, case)
    place = next(name for name, value in sent.items() if value == "Prénom Nom")
    sent["contacts-0-told_on"] = "22/09/2015"
    assert client.post(f"{QUEUE}{case.pk}/change/", sent | {place: "le maire"}).status_code == 302
    contact.refresh_from_db()
    assert contact.told_by == "le maire"
    assert "Prénom Nom" not in client.get(case.get_absolute_url()).content.decode()


def test_the_api_tells_who_was_told_and_never_who_wrote_it_down(client, case, user):
    contacts.record(case, user, **SAID, answer="Réunion", answered_on=date(2015, 9, 24))
    [told] = client.get(f"/api/cases/{case.slug}/").json()["contacts"]
    assert (told["actor"], told["told_on"], told["answer"], told["answered_on"]) == (
        "mayor", "2015-09-22", "Réunion", "2015-09-24",
    )  # fmt: skip
    assert not [name for name in told if "recorded" in name]
