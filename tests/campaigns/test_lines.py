"""A line of a case that turned out wrong: the team corrects it or takes it back, for a reason that the public reads."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import correcting, holding, moderation
from campaigns.models import ActorContact, Fact, HeldText, TextVersion
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

SAID = {"kind": "jobs_threatened", "value": "73", "text": "", "on": "", "source_label": "Mairie", "source_url": ""}
HELP = {
    "giver": "Région",
    "value": "1 200 000,50",
    "condition": "",
    "on": "",
    "source_label": "Courrier",
    "source_url": "",
}
TOLD = {
    "actor": "mayor",
    "precision": "",
    "told_by": "Jeanne Nommée",
    "told_on": "2015-09-25",
    "answer": "",
    "answered_on": "",
}


@pytest.fixture
def support(team, case) -> Fact:
    sent = {f"support-{name}": value for name, value in HELP.items()}
    team.post(reverse("case_facts", args=[case.slug]), sent | {"go": "support"})
    return case.facts.get(kind="public_support")


@pytest.fixture
def contact(team, case) -> ActorContact:
    team.post(reverse("case_contacts", args=[case.slug]), TOLD | {"go": "told"})
    return case.contacts.get()


def door(line) -> str:
    return reverse("contact_edit" if isinstance(line, ActorContact) else "fact_edit", args=[line.case.slug, line.pk])


def corrected(line, said: dict, **changes) -> dict:
    return said | {"go": "correct", "reason": "Faute de frappe", "read": correcting.seen(line)} | changes


def public(case) -> str:
    return " ".join(Client().get(case.get_absolute_url()).content.decode().split())


def api(case) -> str:
    return Client().get(f"/api/cases/{case.slug}/").content.decode()


def test_a_corrected_figure_is_the_figure_everywhere_and_the_former_one_stays_readable(team, case):
    fact = case.facts.get()
    for _press in range(2):
        assert team.post(door(fact), corrected(fact, SAID)).status_code == 302
    version = TextVersion.objects.get()
    assert (version.said, version.reason, version.fact) == ({"value": "37"}, "Faute de frappe", fact)
    page = public(case)
    assert "Faute de frappe" in page
    assert "Avant, on lisait" in page
    assert case.headline("jobs_threatened").value == 73
    assert [one["value"] for one in Client().get(f"/api/cases/{case.slug}/").json()["facts"]] == [73]


def test_a_support_is_corrected_with_its_amount_as_people_write_it(team, case, support):
    assert team.post(door(support), corrected(support, HELP | {"value": "120 000,50"})).status_code == 302
    page = public(case).replace("\xa0", " ").replace("\u202f", " ")
    assert "120 000,50 €" in page
    assert TextVersion.objects.get().line == "support"
    support.refresh_from_db()
    team.post(door(support), corrected(support, HELP | {"value": ""}))
    assert "montant inconnu" in public(case)
    support.refresh_from_db()
    team.post(door(support), corrected(support, HELP | {"value": "30000"}))
    assert "30 000 €<br>" in public(case).replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("which", ["fact", "support", "contact"])
def test_what_is_taken_back_is_read_nowhere_but_at_the_desk(team, case, support, contact, which):
    case.facts.filter(kind="jobs_threatened").update(source_label="Jean Nommé")
    line = {"fact": case.facts.get(kind="jobs_threatened"), "support": support, "contact": contact}[which]
    secret = {"fact": "Jean Nommé", "support": "1\u202f200\u202f000", "contact": "Jeanne Nommée"}[which]
    if which == "contact":  # under an earlier version, too
        team.post(door(line), corrected(line, TOLD | {"told_by": "le maire"}))
        assert secret in public(case)
    for _press in range(2):
        assert team.post(door(line), {"go": "take_back", "reason": "Publié par erreur"}).status_code == 302
    for read in (public(case), api(case), team.get(reverse("case_facts", args=[case.slug])).content.decode()):
        assert secret.replace("\u202f", "\xa0") not in read.replace("\u202f", "\xa0")
    assert "Publié par erreur" in public(case)
    kept = TextVersion.objects.get(withdrawn=True)
    assert kept.line == which
    desk = Client()
    desk.force_login(make_moderator())
    told = TextVersion.objects.order_by("pk").first()
    words = desk.get(f"/admin/campaigns/textversion/{told.pk}/change/").content.decode()
    assert secret.replace("\u202f", "\xa0") in words.replace("\u202f", "\xa0")


def test_a_figure_put_ahead_that_is_taken_back_leaves_the_title(team, case):
    assert "37 emplois" in public(case).replace("\xa0", " ")
    team.post(door(case.facts.get()), {"go": "take_back", "reason": "Faux"})
    assert "37 emplois" not in public(case).replace("\xa0", " ")
    assert case.headline("jobs_threatened") is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"value": "-3"}, "value"),
        ({"value": "", "text": ""}, "value"),
        ({"kind": ""}, "kind"),
    ],
)
def test_a_bad_correction_is_told_at_its_field_and_keeps_what_was_typed(team, case, changes, field):
    fact = case.facts.get()
    refused = team.post(door(fact), corrected(fact, SAID | {"source_label": "Le CSE"}, **changes))
    assert refused.status_code == 400
    assert f'id="id_{field}_error"' in refused.content.decode()
    assert "Le CSE" in refused.content.decode()
    assert not TextVersion.objects.exists()


def test_taking_back_needs_a_reason(team, case):
    refused = team.post(door(case.facts.get()), {"go": "take_back", "reason": " "})
    assert refused.status_code == 400
    assert 'id="take_back_reason_error"' in refused.content.decode()
    assert case.facts.exists()


def test_the_words_of_a_confidential_procedure_are_held_in_a_correction_and_in_a_reason(team, case, contact):
    for sent in (
        corrected(contact, TOLD | {"told_by": "le conciliateur"}),
        {"go": "take_back", "reason": "Une conciliation est ouverte"},
    ):
        assert "procédure confidentielle" in team.post(door(contact), sent).content.decode()
    assert case.contacts.get().told_by == "Jeanne Nommée"
    for held in HeldText.objects.all():
        holding.clear(held, make_moderator())
    assert team.post(door(contact), corrected(contact, TOLD | {"told_by": "le conciliateur"})).status_code == 302


def test_two_corrections_at_once_do_not_undo_each_other(team, case):
    fact = case.facts.get()
    mine = corrected(fact, SAID)
    team.post(door(fact), corrected(fact, SAID, value="38"))
    refused = team.post(door(fact), mine)
    assert refused.status_code == 400
    text = refused.content.decode()
    assert "pendant que vous écriviez" in text
    assert 'value="73"' in text
    fact.refresh_from_db()
    assert fact.value == 38
    assert team.post(door(fact), mine | {"read": correcting.seen(fact)}).status_code == 302


def test_a_figure_put_ahead_keeps_one(team, case):
    fact = case.facts.get()
    refused = team.post(door(fact), corrected(fact, SAID, value="", text="Tous"))
    assert refused.status_code == 400
    assert team.post(door(fact), corrected(fact, SAID, kind="jobs_promised")).status_code == 302
    fact.refresh_from_db()
    assert (fact.kind, fact.is_headline) == ("jobs_promised", False)


def test_the_outcome_of_a_closed_case_is_moderations(team, case):
    moderation.close(case, make_moderator(), "partly_saved", jobs_saved=24, source_label="Jugement")
    outcome = case.facts.get(kind="jobs_taken_over")
    for sent in (corrected(outcome, SAID, kind="jobs_taken_over"), {"go": "take_back", "reason": "Faux"}):
        assert "écrivez-lui" in team.post(door(outcome), sent).content.decode()
    outcome.refresh_from_db()
    assert outcome.value == 24


def test_a_stranger_and_another_team_change_nothing(client, case):
    fact = case.facts.get()
    for one in (make_user(), make_member(make_case(), "Autre Équipe")):
        client.force_login(one)
        assert client.get(door(fact)).status_code == 404
        assert client.post(door(fact), {"go": "take_back", "reason": "Faux"}).status_code == 404
    other = make_case()
    client.force_login(make_member(case))
    assert client.get(reverse("fact_edit", args=[case.slug, other.facts.get().pk])).status_code == 404
    assert Fact.objects.count() == 3


def test_what_nobody_could_read_leaves_nothing_behind(client):
    draft = make_case("submitted")
    client.force_login(make_member(draft))
    client.post(door(draft.facts.get()), corrected(draft.facts.get(), SAID))
    client.post(door(draft.facts.get()), {"go": "take_back", "reason": "Faux"})
    assert not TextVersion.objects.exists()
    assert not draft.facts.exists()
