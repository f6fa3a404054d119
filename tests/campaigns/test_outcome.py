"""The outcome says how many jobs were saved and lost and who says so; then, for three years, somebody comes back to count."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from campaigns import clock, following_up
from campaigns.models import Case, Fact, FollowUp, HeldText, User
from i4emploi_site.lib.times import PARIS
from tests.cast import make_member, make_moderator

pytestmark = pytest.mark.django_db(transaction=True)

JUDGED = {
    "outcome": "partly_saved", "jobs_saved": "24", "jobs_lost": "13", "judged_on": "2015-11-13",
    "source_label": "Jugement du tribunal de commerce de Brive", "source_url": "https://exemple.example/jugement",
}  # fmt: skip


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def close(client, case, **changes):
    return client.post(f"/admin/campaigns/case/{case.pk}/decider/close/", JUDGED | changes)


def public(client, case) -> str:
    return " ".join(client.get(case.get_absolute_url()).content.decode().split())


def test_the_public_reads_what_was_saved_what_was_lost_and_the_judgment(desk, case):
    assert close(desk, case).status_code == 302
    page = public(desk, case)
    assert "24 emplois repris" in page
    assert "13 perdus" in page
    assert 'href="https://exemple.example/jugement"' in page
    assert "13 novembre 2015" in page
    assert {(fact.kind, fact.value) for fact in Fact.objects.filter(is_headline=True)} >= {
        ("jobs_taken_over", 24),
        ("jobs_lost", 13),
    }


def test_unknown_figures_stay_unknown(desk, case):
    close(desk, case, jobs_saved="", jobs_lost="", source_label="", source_url="", judged_on="")
    assert Case.objects.get().outcome == "partly_saved"
    assert "repris" not in public(desk, case).split("L’issue")[1].split("</div>")[0]


def test_the_figure_that_nobody_knows_is_said_beside_the_other(desk, case):
    close(desk, case, jobs_lost="")
    block = public(desk, case).split("L’issue")[1].split("</div>")[0]
    assert "24 emplois repris" in block
    assert "emplois perdus : inconnu" in block


def test_figures_of_two_sources_name_both(desk, case):
    close(desk, case)
    Fact.objects.filter(kind="jobs_lost").update(source_label="Le CSE", source_url="")
    block = public(desk, case).split("L’issue")[1].split("</div>")[0]
    assert "Jugement du tribunal de commerce de Brive" in block
    assert "pour les emplois perdus : Le CSE" in block


def test_a_judgment_without_figures_is_kept_as_an_event(desk, case):
    close(desk, case, outcome="continued", jobs_saved="", jobs_lost="")
    fact = Fact.objects.get(kind="event")
    assert (fact.text, fact.value, f"{fact.on}") == ("Jugement", None, "2015-11-13")
    assert 'href="https://exemple.example/jugement"' in public(desk, case)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source_label": ""}, "source_label"),
        ({"source_label": "", "jobs_saved": "", "jobs_lost": "", "source_url": ""}, "source_label"),
        ({"source_label": "", "jobs_saved": "", "jobs_lost": "", "judged_on": ""}, "source_label"),
        ({"outcome": "saved"}, "outcome"),
        ({"outcome": "lost"}, "outcome"),
        ({"judged_on": "2999-01-01"}, "judged_on"),
        ({"jobs_lost": "-1"}, "jobs_lost"),
    ],
)
def test_an_outcome_that_contradicts_itself_is_refused_at_its_field(desk, case, changes, field):
    answer = close(desk, case, **changes)
    assert answer.status_code == 400
    assert f'id="close_{field}_error"' in answer.content.decode()
    assert Case.objects.get().status == "published"


def test_more_jobs_than_were_threatened_are_refused_until_a_note_explains_them(desk, case):
    answer = close(desk, case, jobs_saved="30", jobs_lost="13")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'id="close_jobs_lost_error"' in page
    assert "font 43" in page
    assert "emplois menacés du dossier est 37" in page
    assert Case.objects.get().status == "published"
    assert close(desk, case, jobs_saved="30", jobs_lost="13", note="Six intérimaires repris aussi.").status_code == 302
    assert Case.objects.get().status == "closed"


def test_the_jobs_are_compared_with_the_largest_figure_of_the_threat_and_only_a_known_one(desk, case):
    case.facts.all().delete()
    Fact.objects.create(case=case, kind="jobs_threatened", value=50, unit="jobs", source_label="Le CSE")
    Fact.objects.create(case=case, kind="jobs_threatened", text="des dizaines", unit="jobs", source_label="Presse")
    assert close(desk, case, jobs_saved="", jobs_lost="51", outcome="lost").status_code == 400
    Fact.objects.filter(value=50).delete()
    assert close(desk, case, jobs_saved="", jobs_lost="51", outcome="lost").status_code == 302


NAMED = [
    {"note": "Repris après une conciliation."},
    {"source_label": "Le conciliateur"},
    {"source_url": "https://exemple.example/conciliation/1"},
]


@pytest.mark.parametrize("figures", [{}, {"jobs_saved": "", "jobs_lost": ""}])
@pytest.mark.parametrize("named", NAMED, ids=lambda named: next(iter(named)))
def test_whoever_closes_says_that_they_read_the_words_of_a_confidential_procedure(desk, case, named, figures):
    answer = close(desk, case, **named, **figures)
    page = answer.content.decode()
    assert (answer.status_code, Case.objects.get().status, Fact.objects.count()) == (400, "published", 1)
    assert 'name="words_read"' in page
    for typed in (*named.values(), "2015-11-13"):
        assert f'value="{typed}"' in page or typed in page, "nothing typed is lost"
    assert not HeldText.objects.exists(), "nobody else has to read it"
    assert close(desk, case, **named, **figures, words_read="on").status_code == 302
    assert Case.objects.get().status == "closed"
    assert {(held.state, held.decided_by) for held in HeldText.objects.all()} == {("cleared", held_by(desk))}


def held_by(desk):
    return User.objects.get(pk=desk.session["_auth_user_id"])


def test_a_closing_without_such_words_is_not_asked_about_them(desk, case):
    assert 'name="words_read"' not in desk.get(f"/admin/campaigns/case/{case.pk}/change/").content.decode()
    assert close(desk, case).status_code == 302


def test_the_filer_and_the_whole_team_learn_the_outcome_and_what_comes_after(desk, case):
    member, other = make_member(case), make_member(case, "Bruno Autre")
    make_member(case, "Sam Ailleurs")
    case.members.filter(user__display_name="Sam Ailleurs").delete()
    close(desk, case, note="L’atelier rouvre lundi.")
    assert sorted(message.to for message in mail.outbox) == sorted([[case.filer_email], [member.email], [other.email]])
    for message in mail.outbox:
        assert "Partiellement sauvegardés" in message.subject
        for said in (
            "Emplois repris (jugement) : 24",
            "L’atelier rouvre lundi.",
            "6, 12, 24 et 36 mois",
            "reste en ligne",
        ):
            assert said in message.body
        assert case.get_absolute_url() in message.body


def test_a_filer_of_the_team_reads_the_closing_once(desk, case):
    member = make_member(case)
    Case.objects.update(filer_email=member.email.upper())
    close(desk, case)
    assert len(mail.outbox) == 1


def test_a_closing_that_nobody_will_follow_up_promises_no_question(desk, case):
    close(desk, case, outcome="lost", jobs_saved="", jobs_lost="37")
    assert "Emplois perdus" in mail.outbox[0].body
    assert "36 mois" not in mail.outbox[0].body


def closed_with_team(desk, case):
    member = make_member(case)
    close(desk, case)
    return member


def test_the_team_is_asked_on_the_day_and_once_more_and_never_twice(desk, case):
    member = closed_with_team(desk, case)
    now = timezone.now()
    today = now.astimezone(PARIS).date()
    assert {one.months: one.due_on for one in FollowUp.objects.all()} == {
        months: clock.months_after(today, months) for months in (6, 12, 24, 36)
    }
    mail.outbox.clear()
    day = now + timedelta(days=185)
    assert [following_up.ask_due(now), following_up.ask_due(day), following_up.ask_due(day)] == [0, 1, 0]
    assert following_up.ask_due(day + timedelta(days=31)) == 1
    assert following_up.ask_due(day + timedelta(days=62)) == 0
    assert [message.to for message in mail.outbox] == [[member.email]] * 2


def test_the_answer_is_a_fact_with_its_source_given_once(client, desk, case):
    closed_with_team(desk, case)
    following_up.ask_due(timezone.now() + timedelta(days=185))
    client.logout()
    door = re.search(r"/suivi/\S+", mail.outbox[-1].body).group()
    assert "6 mois après" in client.get(door).content.decode()
    assert not Fact.objects.filter(kind="jobs_confirmed").exists(), "opening it answers nothing"
    assert client.post(door, {"jobs": "22"}).status_code == 400
    assert client.post(door, {}).status_code == 400
    for jobs in ("22", "99"):
        assert client.post(door, {"jobs": jobs, "source_label": "Le CSE"}).status_code == 302
    fact = Fact.objects.get(kind="jobs_confirmed")
    assert (fact.value, fact.text, fact.source_label) == (22, "+ 6 mois", "Le CSE")
    assert "C’est noté : 22" in client.get(door).content.decode()
    assert "+ 6 mois" in public(client, case)
    assert following_up.ask_due(timezone.now() + timedelta(days=240)) == 0


def test_a_source_that_is_held_leaves_the_question_open(client, desk, case):
    closed_with_team(desk, case)
    door = f"/suivi/{following_up.token_of(FollowUp.objects.get(months=6))}/"
    answer = client.post(door, {"jobs": "22", "source_label": "Le conciliateur"})
    assert answer.status_code == 400
    assert "procédure confidentielle" in answer.content.decode()
    assert HeldText.objects.exists()
    assert FollowUp.objects.get(months=6).answered_at is None


def test_an_address_that_names_a_confidential_procedure_leaves_the_question_open_too(client, desk, case):
    closed_with_team(desk, case)
    door = f"/suivi/{following_up.token_of(FollowUp.objects.get(months=6))}/"
    said = {"jobs": "22", "source_label": "Le CSE", "source_url": "https://exemple.example/conciliation/1"}
    answer = client.post(door, said)
    assert answer.status_code == 400
    assert "procédure confidentielle" in answer.content.decode()
    desk.post(f"/admin/campaigns/heldtext/{HeldText.objects.get().pk}/decider/autoriser/")
    assert client.post(door, said).status_code == 302
    assert Fact.objects.get(kind="jobs_confirmed").value == 22


def test_where_nobody_of_the_team_is_left_the_moderators_are_asked(case):
    case.status, case.outcome, case.closed_at = "closed", "saved", timezone.now()
    case.save()
    following_up.plan(case, "saved", timezone.now())
    karim = make_moderator()
    following_up.ask_due(timezone.now() + timedelta(days=185))
    assert [message.to for message in mail.outbox] == [[karim.email]]


def test_nobody_knows_is_an_answer_and_not_a_zero(client, desk, case):
    closed_with_team(desk, case)
    door = f"/suivi/{following_up.token_of(FollowUp.objects.get(months=6))}/"
    assert client.post(door, {"unknown": "on"}).status_code == 302
    assert "le nombre est inconnu" in client.get(door).content.decode()
    assert not Fact.objects.filter(kind="jobs_confirmed").exists()


@pytest.mark.parametrize("outcome", ["lost", "withdrawn"])
def test_where_no_job_remains_nobody_is_asked_to_count_them(desk, case, outcome):
    close(desk, case, outcome=outcome, jobs_saved="", jobs_lost="37")
    assert not FollowUp.objects.exists()


def test_a_forged_link_says_that_it_no_longer_serves(client):
    assert client.get("/suivi/faux/").status_code == 410
