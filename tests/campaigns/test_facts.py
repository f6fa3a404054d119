"""Facts at their edges: what may be put ahead, when sources disagree, what support adds up to, how a wrong one leaves."""

import pytest
from django.urls import reverse

from campaigns import documents, facts, holding, moderation
from campaigns.models import Fact, HeldText
from tests.campaigns.test_cleaning import pdf
from tests.campaigns.test_desk import QUEUE, change_form
from tests.cast import make_case, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)

FACT = {"go": "fact", "fact-kind": "jobs_threatened", "fact-value": "35", "fact-source_label": "Les Echos, 28/09/2015"}
SUPPORT = {"go": "support", "support-giver": "Région, département et commune", "support-source_label": "Les Echos"}
DIFFER = "les sources divergent"


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def door(case) -> str:
    return reverse("case_facts", args=[case.slug])


def public(client, case) -> str:
    return " ".join(client.get(case.get_absolute_url()).content.decode().split())


def test_two_sources_that_agree_are_not_said_to_differ(team, case):
    team.post(door(case), FACT | {"fact-value": "37"})
    for page in (public(team, case), team.get(door(case)).content.decode()):
        assert "Les Echos, 28/09/2015" in page
        assert DIFFER not in page
    team.post(door(case), FACT)
    for page in (public(team, case), team.get(door(case)).content.decode()):
        assert page.count(DIFFER) == 1


def test_jobs_counted_on_different_days_do_not_contradict_each_other(team, case):
    counted = FACT | {"fact-kind": "jobs_confirmed", "fact-on": "2016-05-13"}
    team.post(door(case), counted)
    team.post(door(case), counted | {"fact-on": "2016-11-13", "fact-value": "41"})
    assert DIFFER not in public(team, case)
    team.post(door(case), counted | {"fact-value": "36", "fact-source_label": "Le CSE"})
    assert DIFFER in public(team, case)


def test_a_fact_without_a_figure_never_takes_the_title_from_one_that_has_it(team, case):
    wordy = FACT | {"fact-value": "", "fact-text": "Tous les emplois"}
    refused = team.post(door(case), wordy | {"fact-headline": "on"})
    assert refused.status_code == 400
    assert 'id="id_fact-headline_error"' in refused.content.decode()
    assert team.post(door(case), wordy).status_code == 302
    spoken = case.facts.get(text="Tous les emplois")
    with pytest.raises(facts.NotPossible):
        facts.put_ahead(spoken)
    assert team.post(door(case), {"go": "ahead", "fact": spoken.pk}).status_code == 404
    assert "37 emplois à sauver" in public(team, case)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"fact-on": "25/09/0015"}, "on"), ({"fact-value": "0"}, "value"), ({"fact-value": "trente"}, "value")],
)
def test_a_slip_of_the_keyboard_is_said_at_its_field(team, case, changes, field):
    refused = team.post(door(case), FACT | changes)
    assert refused.status_code == 400
    assert f'id="id_fact-{field}_error"' in refused.content.decode()
    assert case.facts.count() == 1


def test_support_of_an_unknown_amount_is_kept_and_said_to_be_unknown(team, case):
    for _press in range(2):
        assert team.post(door(case), SUPPORT, headers={"accept-language": "en"}).status_code == 302
    support = case.facts.get(kind="public_support")
    assert (support.value, support.text) == (None, "montant inconnu")
    assert public(team, case).count("montant inconnu") == 1


@pytest.mark.parametrize(
    ("second", "total"),
    [("Intercommunalité", "35"), ("La Région", "35"), ("Région", None), ("Commune et CCI", None), ("", None)],
)
def test_money_of_a_giver_that_comes_twice_is_never_added_up(case, second, total):
    givers = ["Région, département et commune", second]
    supports = [
        Fact(case=case, kind="public_support", giver=giver, value=value)
        for giver, value in zip(givers, [30, 5], strict=True)
    ]
    assert facts.known_total(supports) == (None if total is None else int(total))


def test_a_link_that_names_a_confidential_procedure_waits_for_a_moderator_and_passes_once_cleared(team, case):
    sent = FACT | {"fact-source_url": "https://exemple.example/la-conciliation-du-laboratoire"}
    refused = team.post(door(case), sent)
    assert refused.status_code == 400
    assert sent["fact-source_url"] in refused.content.decode()
    holding.clear(HeldText.objects.get(), make_moderator())
    assert team.post(door(case), sent).status_code == 302
    assert sent["fact-source_url"] in public(team, case)


def test_a_fact_points_at_its_proof_which_only_the_team_reads(team, case):
    assert "fact-document" not in team.get(door(case)).content.decode(), "nothing to choose from"
    proof, foreign = (proof_of(one) for one in (case, make_case()))
    refused = team.post(door(case), FACT | {"fact-document": foreign.pk})
    assert 'id="id_fact-document_error"' in refused.content.decode()
    assert team.post(door(case), FACT | {"fact-document": proof.pk}).status_code == 302
    assert case.facts.get(value=35).document == proof
    team.logout()
    page = public(team, case)
    assert "pièce au dossier" in page
    assert proof.title not in page


def proof_of(case):
    return documents.add(case, None, "judgment", "Jugement du 22 septembre", pdf())


def test_a_moderator_deletes_what_should_never_have_been_written_and_nothing_remains_in_public(desk, case):
    wrong = facts.record(case, None, "event", "Une rumeur", text="Le gérant serait parti")
    assert "Le gérant serait parti" in public(desk, case)
    place = next(name for name, value in change_form(desk, case).items() if value == wrong.pk).removesuffix("-id")
    assert (
        desk.post(f"{QUEUE}{case.pk}/change/", change_form(desk, case) | {f"{place}-DELETE": "on"}).status_code == 302
    )
    assert not Fact.objects.filter(pk=wrong.pk).exists()
    assert "Le gérant serait parti" not in public(desk, case)
    assert "Le gérant serait parti" not in desk.get("/api/cases/").content.decode()


def test_the_place_of_a_deleted_headline_can_be_given_in_the_same_save(desk, case):
    other = facts.record(case, None, "jobs_threatened", "Les Echos", value=35)
    sent = change_form(desk, case) | {"facts-0-DELETE": "on", "facts-1-is_headline": "on"}
    assert desk.post(f"{QUEUE}{case.pk}/change/", sent).status_code == 302
    assert case.facts.get() == other
    assert "35 emplois à sauver" in public(desk, case)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"facts-1-kind": "event", "facts-1-value": "", "facts-1-text": "Dite"}, "Seule une aide publique"),
        ({"facts-1-kind": "event"}, "se dit en mots"),
        ({"facts-0-value": "35.5"}, "en entiers"),
        ({"facts-0-on": "01/01/2999"}, "pas encore venue"),
        ({"facts-0-value": "", "facts-0-text": "Tous"}, "rien à dire"),
        ({"facts-0-value": ""}, "dites le fait en mots"),
    ],
)
def test_the_desk_refuses_with_words_what_a_fact_cannot_be(desk, case, changes, said):
    facts.record(case, None, "public_support", "Les Echos", value=30_000, giver="Région")
    refused = desk.post(f"{QUEUE}{case.pk}/change/", change_form(desk, case) | changes)
    assert refused.status_code == 200
    assert said in refused.content.decode()


def test_the_unit_follows_the_kind_on_the_desk_too(desk, case):
    sent = change_form(desk, case) | {"facts-0-kind": "price", "facts-0-unit": "jobs"}
    assert desk.post(f"{QUEUE}{case.pk}/change/", sent).status_code == 302
    assert case.facts.get().unit == "euros"


def test_the_outcome_of_a_closed_case_is_not_the_teams_to_change(team, case):
    moderation.close(case, make_moderator(), "lost", jobs_lost=37, source_label="Jugement")
    sent = {
        "go": "fact", "fact-kind": "jobs_lost", "fact-value": "2", "fact-source_label": "moi", "fact-headline": "on",
    }  # fmt: skip
    refused = team.post(reverse("case_facts", args=[case.slug]), sent)
    assert refused.status_code == 400
    assert "ne change que par la modération" in refused.content.decode()
    beside = facts.record(case, make_moderator(), "jobs_lost", "moi", value=2)
    team.post(reverse("case_facts", args=[case.slug]), {"go": "ahead", "fact": beside.pk})
    assert case.facts.get(kind="jobs_lost", is_headline=True).value == 37


def test_a_figure_below_what_may_be_is_answered_in_plain_words(team, case):
    page = team.post(door(case), FACT | {"fact-kind": "jobs_lost", "fact-value": "-1"}).content.decode()
    assert "Écrivez au moins 0." in page
    assert "Assurez-vous" not in page
