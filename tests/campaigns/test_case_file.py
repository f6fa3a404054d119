"""The team's case file: facts that may disagree, public support, who has been told, dates that move for a reason."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ActorContact, Fact, FactKind, HeldText, Milestone, Proposal, Stage
from i4emploi_site.lib.times import PARIS
from influencers.forms import wording
from tests.cast import make_case, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["case_facts", "case_contacts", "case_milestones"]
FACT = {
    "go": "fact", "fact-kind": "jobs_threatened", "fact-value": "35", "fact-source_label": "Les Echos, 28/09/2015",
    "fact-on": "2015-09-28",
}  # fmt: skip
SUPPORT = {
    "go": "support", "support-giver": "Région, département et commune", "support-value": "30 000",
    "support-condition": "garder le site ouvert le temps des visites", "support-source_label": "Les Echos, 28/09/2015",
}  # fmt: skip
TOLD = {"go": "told", "actor": "sub_prefect", "told_by": "le maire", "told_on": "2015-09-25"}


def door(case, name="case_facts"):
    return reverse(name, args=[case.slug])


def proposal_door(case, proposal) -> str:
    return reverse("case_proposal", args=[case.slug, proposal.pk])


def coming(days: int) -> str:
    return (timezone.now().astimezone(PARIS) + timedelta(days=days)).date().isoformat()


def public(client, case) -> str:
    return " ".join(client.get(case.get_absolute_url()).content.decode().split())


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_the_teams_and_the_moderators(client, case, name):
    assert client.get(door(case, name)).status_code == 302
    client.force_login(make_user())
    assert client.get(door(case, name)).status_code == 404
    assert client.post(door(case, name), FACT).status_code == 404
    client.force_login(make_moderator())
    assert client.get(door(case, name)).status_code == 200


def test_figures_that_disagree_stand_side_by_side_and_a_double_press_counts_once(team, case):
    for _press in range(2):
        assert team.post(door(case), FACT).status_code == 302
    assert case.facts.count() == 2
    page = public(team, case)
    assert "les sources divergent" in page
    assert "Les Echos, 28/09/2015" in page


def test_the_headline_is_the_same_figure_everywhere(team, case):
    team.post(door(case), FACT | {"fact-value": "41", "fact-headline": "on"})
    assert case.facts.filter(is_headline=True).get().value == 41
    assert "41 emplois à sauver" in public(team, case)
    assert ">41<" in team.get("/").content.decode()
    assert "41 emplois à sauver" in team.get(reverse("share", args=[case.slug])).content.decode()
    assert any("41" in draft for draft in wording._drafts(case))
    [row] = team.get("/api/cases/").json()["results"]
    assert [fact["value"] for fact in row["facts"] if fact["is_headline"]] == [41]
    first = case.facts.get(value=37)
    team.post(door(case), {"go": "ahead", "fact": first.pk})
    assert "37 emplois à sauver" in public(team, case)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fact-source_label": ""}, "source_label"),
        ({"fact-value": "-1"}, "value"),
        ({"fact-value": "35,5"}, "value"),
        ({"fact-value": "9999999"}, "value"),
        ({"fact-value": "", "fact-text": ""}, "value"),
        ({"fact-kind": "event", "fact-text": "Le tribunal a siégé"}, "value"),
        ({"fact-kind": "rien"}, "kind"),
        ({"fact-on": "2999-01-01"}, "on"),
        ({"fact-source_url": "javascript:alert(1)"}, "source_url"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_at_its_field_and_loses_nothing(team, case, changes, field):
    answer = team.post(door(case), FACT | changes)
    assert answer.status_code == 400
    assert f'id="id_fact-{field}_error"' in answer.content.decode()
    assert case.facts.count() == 1


def test_support_says_who_gives_how_much_and_on_what_condition(team, case):
    assert team.post(door(case), SUPPORT).status_code == 302
    page = public(team, case)
    assert "Région, département et commune" in page
    assert "30 000 €" in page.replace("\u202f", " ").replace("\xa0", " ")
    assert "garder le site ouvert" in page
    assert "Total des montants connus" not in page, "one amount is no total"
    team.post(door(case), SUPPORT | {"support-giver": "Intercommunalité", "support-value": "5000"})
    assert "Total des montants connus" in public(team, case)
    team.post(door(case), SUPPORT | {"support-giver": "État", "support-value": "", "support-condition": "un appui"})
    page = public(team, case)
    assert "montant inconnu" in page
    assert "Total des montants connus" not in page, "with an unknown amount a total would be a guess"


def test_the_board_shows_whom_the_team_told_and_what_they_answered(team, case):
    board = team.get(door(case, "case_contacts")).content.decode()
    assert board.count("Pas encore prévenu") >= 15
    for _press in range(2):
        assert team.post(door(case, "case_contacts"), TOLD).status_code == 302
    contact = ActorContact.objects.get()
    assert "Sous-préfecture" in public(team, case)
    assert "pas encore de réponse" in public(team, case)
    said = {"go": "answer", "contact": contact.pk, "answer": "Réunion le 2 octobre", "answered_on": "2015-09-24"}
    refused = team.post(door(case, "case_contacts"), said)
    assert refused.status_code == 400
    assert f'id="answer{contact.pk}_answered_on_error"' in refused.content.decode()
    assert team.post(door(case, "case_contacts"), said | {"answered_on": "2015-09-26"}).status_code == 302
    assert "Réunion le 2 octobre" in public(team, case)
    assert team.get("/api/cases/").json()["results"][0]["contacts"][0]["answer"] == "Réunion le 2 octobre"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"actor": ""}, "actor"),
        ({"told_by": ""}, "told_by"),
        ({"told_on": "2999-01-01"}, "told_on"),
        ({"answer": "Oui"}, "answered_on"),
        ({"answered_on": "2015-09-26"}, "answer"),
        ({"answer": "Oui", "answered_on": "2015-09-01"}, "answered_on"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_at_its_field(team, case, changes, field):
    answer = team.post(door(case, "case_contacts"), TOLD | changes)
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not ActorContact.objects.exists()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("case_facts", FACT | {"fact-text": "Fin de la conciliation"}),
        ("case_facts", SUPPORT | {"support-condition": "Après le mandat ad hoc"}),
        ("case_contacts", TOLD | {"told_by": "le conciliateur"}),
    ],
)
def test_words_of_confidential_procedures_are_held_and_kept_in_the_form(team, case, name, sent):
    answer = team.post(door(case, name), sent)
    assert answer.status_code == 400
    assert "procédure confidentielle" in answer.content.decode()
    assert HeldText.objects.get().case == case
    assert case.facts.count() == 1
    assert not case.contacts.exists()


def test_a_date_is_added_moved_and_cancelled_each_with_its_reason(team, case):
    here = door(case, "case_milestones")
    added = {
        "go": "add", "kind": "audience", "date": coming(20), "time": "09:30", "authority": "tribunal",
        "confidence": "confirmed", "source_label": "Jugement",
    }  # fmt: skip
    for _press in range(2):
        assert team.post(here, added).status_code == 302
    hearing = Milestone.objects.get(case=case, kind="audience")
    moved = {
        "go": "postpone", "milestone": hearing.pk, "date": coming(50), "time": "09:30", "source_label": "Les Echos",
        "reason": "Sursis de 30 jours", "authority": "tribunal", "confidence": "announced",
    }  # fmt: skip
    assert team.post(here, moved | {"reason": ""}).status_code == 400
    assert team.post(here, moved).status_code == 302
    hearing.refresh_from_db()
    assert (hearing.sequence, hearing.postponements.get().reason) == (1, "Sursis de 30 jours")
    assert "Sursis de 30 jours" in public(team, case)
    assert team.post(here, {"go": "cancel", "milestone": hearing.pk, "reason": "Désistement"}).status_code == 302
    hearing.refresh_from_db()
    assert (hearing.sequence, bool(hearing.cancelled_at)) == (2, True)
    assert "Annulée : Désistement" in public(team, case)
    assert "annulée : Désistement" in team.get(here).content.decode()
    assert team.post(here, moved).status_code == 404, "a cancelled date does not move"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"date": "2015-01-01"}, "date"), ({"date": "9999-01-01"}, "date"), ({"kind": ""}, "kind"), ({"source_label": ""}, "source_label")],
)  # fmt: skip
def test_a_date_that_cannot_be_is_refused_at_its_field(team, case, changes, field):
    added = {
        "go": "add",
        "kind": "audience",
        "date": coming(9),
        "authority": "tribunal",
        "confidence": "confirmed",
        "source_label": "J",
    }
    answer = team.post(door(case, "case_milestones"), added | changes)
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()


def test_the_team_confirms_a_date_and_leaves_a_stage_to_the_moderators(team, client, case):
    at = timezone.now() + timedelta(days=40)
    dated = Proposal.objects.create(
        case=case,
        origin="gazette",
        kind="milestone",
        key="a",
        milestone_kind="fin_maintien",
        at=at,
        article="L641-10",
        why="Trois mois",
    )
    staged = Proposal.objects.create(
        case=case, origin="gazette", kind="stage", key="b", stage=Stage.LIQUIDATION, why="Bodacc"
    )
    page = team.get(door(case, "case_milestones")).content.decode()
    assert "C’est exact : l’ajouter" in page
    assert "La modération en décide" in page
    assert team.get(proposal_door(case, dated)).status_code == 302
    assert case.proposals.pending().count() == 2, "opening its address decides nothing"
    team.post(proposal_door(case, dated), {"go": "accept"})
    assert case.milestones.filter(kind="fin_maintien", confidence="estimated").exists()
    assert team.post(proposal_door(case, staged), {"go": "accept"}).status_code == 403
    client.force_login(make_moderator())
    client.post(proposal_door(case, staged), {"go": "dismiss", "reason": "Erreur de registre"})
    staged.refresh_from_db()
    assert (staged.state, staged.reason) == ("dismissed", "Erreur de registre")


def test_another_teams_rows_are_out_of_reach(team, case):
    other = make_case()
    fact, milestone = other.facts.get(), other.milestones.get()
    assert team.post(door(case), {"go": "ahead", "fact": fact.pk}).status_code == 404
    assert team.post(door(case), {"go": "ahead", "fact": "9" * 40}).status_code == 404
    sent = {"go": "cancel", "milestone": milestone.pk, "reason": "Non"}
    assert team.post(door(case, "case_milestones"), sent).status_code == 404
    assert Fact.objects.filter(kind=FactKind.JOBS_THREATENED).count() == 2
