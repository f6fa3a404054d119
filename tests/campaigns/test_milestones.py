"""Dates of the court clock at their edges: said better, postponed, cancelled, proposed; held words; two hands at once."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import formats, timezone, translation

from campaigns import holding, milestones, moderation
from campaigns.models import Case, HeldText, Milestone, Proposal
from i4emploi_site.lib.times import PARIS
from tests.cast import make_member, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)

FIXED = {"authority": "tribunal", "confidence": "announced"}


def door(case) -> str:
    return reverse("case_milestones", args=[case.slug])


def day(days: int) -> str:
    return (timezone.now().astimezone(PARIS) + timedelta(days=days)).date().isoformat()


def hearing(days: int = 20, **changes) -> dict:
    return {
        "go": "add", "kind": "audience", "date": day(days), "time": "09:30", "authority": "presse",
        "confidence": "announced", "source_label": "Les Echos",
    } | changes  # fmt: skip


def specified(milestone: Milestone, **changes) -> dict:
    return {
        "go": "specify", "milestone": milestone.pk, "authority": "tribunal", "confidence": "confirmed",
        "source_label": "Convocation", "source_url": "", "note": "",
    } | changes  # fmt: skip


def test_a_date_is_said_better_without_moving_and_calendars_count_it_once(team, case):
    milestone = case.milestones.get()
    before, version = milestone.at, Case.objects.get().version
    for _press in range(2):
        assert team.post(door(case), specified(milestone)).status_code == 302
    milestone.refresh_from_db()
    assert (milestone.authority, milestone.confidence, milestone.source_label) == (
        "tribunal",
        "confirmed",
        "Convocation",
    )
    assert (milestone.at, milestone.sequence, Case.objects.get().version) == (before, 1, version + 1)
    public = team.get(case.get_absolute_url()).content.decode()
    assert "Convocation" in public
    assert "confirmée" in public


def test_what_was_said_of_a_date_before_is_kept_like_that_of_a_former_date(team, case):
    team.post(door(case), hearing(source_label="Selon Jeanne Nommée"))
    heard = case.milestones.get(kind="audience")
    for _press in range(2):
        team.post(door(case), specified(heard))
    kept = heard.postponements.get()
    assert kept.said_before["source_label"] == "Selon Jeanne Nommée"
    assert (kept.from_at, kept.to_at, kept.by.display_name) == (heard.at, heard.at, "Lucie Déclarante")
    assert (
        "elle était dite\u00a0: presse · annoncée, à confirmer · Selon Jeanne Nommée"
        in team.get(door(case)).content.decode()
    )
    public = team.get(case.get_absolute_url()).content.decode()
    assert "Elle était dite\u00a0: presse · annoncée, à confirmer." in public
    assert "Jeanne Nommée" not in public, "it may be why it was said better"
    assert "Reportée" not in public
    assert [one["postponements"] for one in team.get(f"/api/cases/{case.slug}/").json()["milestones"]] == [[], []]
    calendar = team.get(reverse("case_calendar", args=[case.slug])).content.decode()
    assert "Reportée" not in calendar.replace("\r\n ", "")
    desk = Client()
    desk.force_login(make_moderator())
    assert "Selon Jeanne Nommée" in desk.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()


def test_the_same_date_with_something_else_said_of_it_is_not_dropped_in_silence(team, case):
    for _press in range(2):
        assert team.post(door(case), hearing()).status_code == 302
    refused = team.post(door(case), hearing(authority="tribunal", confidence="confirmed"))
    assert refused.status_code == 400
    assert "déjà à l’horloge" in refused.content.decode()
    assert case.milestones.get(kind="audience").confidence == "announced"


def test_when_payments_ceased_lies_in_the_past_and_nowhere_else(team, case):
    ceased = hearing(-40, kind="cessation_paiements", time="")
    assert team.post(door(case), ceased).status_code == 302
    for changes in ({"date": day(3)}, {"date": "2001-01-01"}):
        refused = team.post(door(case), ceased | changes)
        assert refused.status_code == 400
        assert 'id="id_date_error"' in refused.content.decode()
    kept = case.milestones.get(kind="cessation_paiements")
    moved = {
        "go": "postpone",
        "milestone": kept.pk,
        "date": day(-60),
        "reason": "Reportée par le tribunal",
        "source_label": "Jugement",
    } | FIXED
    assert team.post(door(case), moved).status_code == 302
    assert kept.postponements.get().to_at < kept.at
    assert "<strong>la date limite de dépôt des offres" in team.get(case.get_absolute_url()).content.decode(), (
        "the clock counts to what comes"
    )


def clocks_change(month: int) -> str:
    """The last Sunday of the month, next year: at 2 the clocks of Paris jump (March) or go back (October at 3)."""
    last = date(timezone.now().year + 1, month, 31)
    return (last - timedelta(days=(last.weekday() + 1) % 7)).isoformat()


@pytest.mark.parametrize("month", [3, 10])
def test_an_hour_that_does_not_exist_or_exists_twice_is_refused_at_the_hour(team, case, month):
    sent = {"date": clocks_change(month), "time": "02:30"}
    refused = team.post(door(case), hearing(**sent))
    assert refused.status_code == 400
    assert 'id="id_time_error"' in refused.content.decode()
    moved = (
        {"go": "postpone", "milestone": case.milestones.get().pk, "reason": "Sursis", "source_label": "J"}
        | FIXED
        | sent
    )
    assert "_time_error" in team.post(door(case), moved).content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"go": "postpone", "reason": "Sursis", "source_label": "Le conciliateur"},
        {
            "go": "postpone",
            "reason": "Sursis",
            "source_label": "J",
            "source_url": "https://exemple.example/mandat-ad-hoc",
        },
        {"go": "postpone", "reason": "Fin de la conciliation", "source_label": "J"},
        {"go": "cancel", "reason": "Un mandat ad hoc a été ouvert"},
        {"go": "specify", "authority": "presse", "confidence": "announced", "source_label": "Le mandataire ad hoc"},
    ],
)
def test_no_word_of_a_confidential_procedure_enters_by_a_change(team, case, sent):
    milestone = case.milestones.get()
    sent = {"milestone": milestone.pk, "date": day(30)} | FIXED | sent
    refused = team.post(door(case), sent)
    assert refused.status_code == 400
    assert "procédure confidentielle" in refused.content.decode()
    milestone.refresh_from_db()
    assert (milestone.sequence, milestone.cancelled_at) == (0, None)
    holding.clear(HeldText.objects.get(), make_moderator())
    assert team.post(door(case), sent).status_code == 302


def test_of_two_changes_at_once_the_second_is_told_so(case):
    mine, theirs = case.milestones.get(), case.milestones.get()
    user = make_member(case)
    milestones.postpone(mine, mine.at + timedelta(days=30), user, "Sursis de 30 jours")
    with pytest.raises(milestones.NotPossible, match="a bougé entre-temps"):
        milestones.postpone(theirs, theirs.at + timedelta(days=8), user, "Autre sursis")
    with pytest.raises(milestones.NotPossible, match="a bougé entre-temps"):
        milestones.specify(
            theirs, user, authority="presse", confidence="announced", source_label="J", source_url="", note=""
        )
    milestones.cancel(mine, user, "Désistement")
    with pytest.raises(milestones.NotPossible, match="déjà annulée"):
        milestones.cancel(mine, user, "Désistement")
    assert (mine.sequence, mine.postponements.count()) == (2, 1)


def test_a_cancelled_date_leaves_the_clock_and_says_why(team, case):
    team.post(door(case), hearing())
    milestones.cancel(case.milestones.get(kind="audience"), make_moderator(), "Radiée du rôle")
    assert "Annulée : Radiée du rôle" in team.get(case.get_absolute_url()).content.decode()
    assert [one["kind"] for one in team.get(f"/api/cases/{case.slug}/").json()["milestones"]] == ["dldo"]
    assert "annulée : Radiée du rôle" in team.get(door(case)).content.decode()


def propose(case, kind: str = "milestone", **fields) -> Proposal:
    values = {"key": kind, "origin": "clock", "why": "Trois mois", "article": "L641-10 C. com."} | fields
    return Proposal.objects.create(case=case, kind=kind, **values)


@pytest.mark.parametrize("reason", ["", "  ", "r" * 241, "r\x00"])
def test_setting_a_proposal_aside_needs_a_reason_and_keeps_what_was_typed(team, case, reason):
    proposal = propose(case, milestone_kind="delibere", at=timezone.now() + timedelta(days=30))
    refused = team.post(reverse("case_proposal", args=[case.slug, proposal.pk]), {"go": "dismiss", "reason": reason})
    assert refused.status_code == 400
    text = refused.content.decode()
    assert f'id="dismiss{proposal.pk}_reason_error"' in text
    assert "\x00" in reason or reason.strip() in text
    assert case.proposals.pending().count() == 1


def test_a_proposal_says_what_when_and_by_which_article(team, case):
    propose(case, milestone_kind="fin_maintien", at=timezone.now() + timedelta(days=30))
    propose(case, "stage", stage="liquidation", why="Bodacc du 6 octobre", article="")
    page = team.get(door(case)).content.decode()
    for said in ("Fin du maintien d’activité", "L641-10 C. com.", "Liquidation judiciaire", "Bodacc du 6 octobre"):
        assert said in page


def test_a_press_that_says_neither_yes_nor_no_decides_nothing(team, case):
    proposal = propose(case, milestone_kind="delibere", at=timezone.now() + timedelta(days=30))
    assert team.post(reverse("case_proposal", args=[case.slug, proposal.pk]), {"go": "autre"}).status_code == 302
    assert case.proposals.pending().count() == 1


def judged(case, **changes) -> dict:
    """A hearing put off by a judgment that says so."""
    hearing = case.milestones.get(kind="audience")
    return {
        "go": "postpone", "milestone": hearing.pk, "date": day(50), "time": "14:00", "reason": "Renvoi",
        "authority": "tribunal", "confidence": "confirmed", "source_label": "Jugement du jour",
    } | changes  # fmt: skip


def test_a_new_date_has_its_own_author_and_the_former_keeps_what_was_said_of_it(team, case):
    team.post(door(case), hearing(time=""))
    assert team.post(door(case), judged(case)).status_code == 302
    moved = case.milestones.get(kind="audience")
    assert (moved.authority, moved.confidence, moved.source_label, moved.note) == (
        "tribunal", "confirmed", "Jugement du jour", "",
    )  # fmt: skip
    assert moved.postponements.get().said_before == {
        "authority": "presse", "confidence": "announced", "source_label": "Les Echos", "source_url": "",
        "note": "heure non précisée",
    }  # fmt: skip


def test_a_hour_that_nobody_gave_is_noted_in_french_whatever_the_page(team, case):
    team.cookies["django_language"] = "en"
    team.post(door(case), hearing(time=""))
    assert case.milestones.get(kind="audience").note == "heure non précisée"


def test_dates_in_another_order_than_a_sale_are_pointed_out(team, case):
    assert "Vérifiez ces deux dates" not in team.get(door(case)).content.decode()
    team.post(door(case), hearing(2))  # the offers are awaited until later
    assert "Vérifiez ces deux dates" in team.get(door(case)).content.decode()


def test_a_text_that_still_says_the_former_day_is_pointed_out(team, case):
    milestone = case.milestones.get()
    with translation.override("fr"):
        former = formats.date_format(milestone.at.astimezone(PARIS), "j F")
    Case.objects.filter(pk=case.pk).update(summary=f"L’usine ferme si personne ne se déclare avant le {former}.")
    assert former not in [said for said, _text in milestones.outdated_words(case)]
    case = Case.objects.get()
    milestones.postpone(milestone, milestone.at + timedelta(days=3), make_moderator(), "Sursis")
    page = team.get(door(case)).content.decode()
    assert f"« {former} » n’est plus une date de l’horloge" in page
    Case.objects.filter(pk=case.pk).update(summary="L’usine ferme si personne ne se déclare.")
    assert "n’est plus une date de l’horloge" not in team.get(door(case)).content.decode()


def test_a_closed_case_waits_for_nothing_and_its_dates_do_not_change(team, case):
    team.post(door(case), hearing())
    moderation.close(case, make_moderator(), "lost")
    waited = case.milestones.get(kind="audience")
    assert waited.cancelled_at
    assert "Le dossier est clos : Emplois perdus." in waited.cancelled_reason
    assert "Ajouter à mon agenda" not in team.get(case.get_absolute_url()).content.decode()
    refused = team.post(door(case), hearing(25))
    assert refused.status_code == 400
    assert "ses dates ne changent plus" in refused.content.decode()
    assert not case.milestones.standing().filter(at__gt=timezone.now()).exists()
