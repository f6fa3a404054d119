"""Every decision goes through one door, is recorded with who and why, and reaches the filer."""

import re

import pytest
from django.core import mail

from campaigns import identity, moderation
from campaigns.models import (
    TRANSITIONS,
    Case,
    CaseStatus,
    CaseTransition,
    Outcome,
    Stage,
    User,
)
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/admin/campaigns/case/"
DECISIONS = {  # decision: (where it leads, how it is taken)
    "publish": ("published", lambda case, by: moderation.publish(case, by)),
    "ask_changes": ("changes_asked", lambda case, by: moderation.ask_changes(case, by, "Quelle source ?")),
    "reject": ("rejected", lambda case, by: moderation.reject(case, by, "Hors sujet.")),
    "hold": ("held", lambda case, by: moderation.hold(case, by, "Vérification.")),
    "resume": ("published", lambda case, by: moderation.resume(case, by)),
    "close": ("closed", lambda case, by: moderation.close(case, by, Outcome.SAVED, "Repris.")),
}
ALLOWED = {
    "publish": {"submitted"},
    "ask_changes": {"submitted"},
    "reject": {"submitted", "changes_asked"},
    "hold": {"published"},
    "resume": {"held"},
    "close": {"published", "held"},
}


@pytest.fixture
def desk(client):
    client.force_login(make_moderator())
    return client


def decide(client, case, decision, **given):
    return client.post(f"{QUEUE}{case.pk}/decider/{decision}/", given, follow=True)


@pytest.mark.parametrize("status", CaseStatus.values)
@pytest.mark.parametrize("decision", DECISIONS)
def test_each_decision_is_taken_from_its_statuses_and_refused_from_all_others(decision, status):
    case, karim = make_case(status), make_moderator()
    to, take = DECISIONS[decision]
    if status in ALLOWED[decision]:
        take(case, karim)
        step = case.transitions.get()
        assert (case.status, step.from_status, step.to_status, step.by) == (to, status, to, karim)
        assert to in TRANSITIONS[status]
    else:
        with pytest.raises(moderation.NotAllowed):
            take(case, karim)
        assert Case.objects.get().status == status
        assert not CaseTransition.objects.exists()


def test_a_published_case_has_its_address_its_figures_and_its_team():
    filer = make_user("Lucie Déclarante", email="lucie@exemple.example")
    other = make_case()
    Case.objects.filter(pk=other.pk).update(slug="laboratoire-imaginaire-meymac")
    case = make_case("submitted", slug="brouillon-abc", filer_email="Lucie@exemple.example")
    moderation.publish(case, make_moderator())
    assert case.slug == "laboratoire-imaginaire-meymac-2"
    assert case.figures.clicks == 0
    assert case.members.get().user == filer
    assert f"http://testserver{case.get_absolute_url()}" in mail.outbox[0].body


def test_publishing_by_a_double_click_makes_one_transition_and_one_mail(desk):
    case = make_case("submitted")
    assert "Le dossier est publié." in decide(desk, case, "publish").content.decode()
    assert "n’est plus possible" in decide(desk, case, "publish").content.decode()
    assert case.transitions.count() == len(mail.outbox) == 1
    assert Case.objects.public().get() == case


@pytest.mark.parametrize(
    ("lack", "why"),
    [
        ({"stage": Stage.CONCILIATION}, "confidentiels"),
        ({"stage": Stage.MANDAT_AD_HOC}, "confidentiels"),
        ({"filer_email_confirmed_at": None}, "pas confirmée"),
        ({"summary": ""}, "résume"),
        ({"commune": None}, "commune"),
        ({"attested_at": None}, "attestation"),
    ],
)
def test_what_may_not_be_public_is_not_published(desk, lack, why):
    case = make_case("submitted", **lack)
    assert why in decide(desk, case, "publish").content.decode()
    assert not Case.objects.public().exists()
    assert not mail.outbox


def test_a_held_case_that_became_confidential_neither_returns_nor_closes():
    case, karim = make_case("held", stage=Stage.CONCILIATION), make_moderator()
    for take in (moderation.resume, lambda case, by: moderation.close(case, by, Outcome.LOST)):
        with pytest.raises(moderation.NotAllowed, match="confidentiels"):
            take(case, karim)
    assert not Case.objects.public().exists()


def test_a_question_reaches_the_filer_with_a_new_link_and_the_old_one_dies(desk, client):
    filing = client.post("/deposer/").url
    case = Case.objects.get()
    Case.objects.update(status="submitted", filer_email="lucie@exemple.example", company_name="Papeterie")
    decide(desk, case, "ask_changes", reason="Qui donne le chiffre de 37 ?")
    assert mail.outbox[0].to == ["lucie@exemple.example"]
    assert "Qui donne le chiffre de 37 ?" in mail.outbox[0].body
    new = re.search(r"http://testserver(/deposer/\S+/6/)", mail.outbox[0].body).group(1)
    assert "Qui donne le chiffre de 37 ?" in client.get(new).content.decode()
    assert client.get(filing).status_code == 404


def test_a_refusal_reaches_the_filer_with_its_reason(desk):
    decide(desk, make_case("submitted"), "reject", reason="Nous n’avons pas pu joindre la mairie.")
    assert "joindre la mairie" in mail.outbox[0].body
    assert CaseTransition.objects.get().reason == "Nous n’avons pas pu joindre la mairie."


@pytest.mark.parametrize("decision", ["ask_changes", "reject"])
def test_a_decision_without_its_reason_is_not_taken(desk, decision):
    case = make_case("submitted")
    answer = decide(desk, case, decision, reason="  ")
    assert answer.status_code == 400
    assert "Écrivez le motif" in answer.content.decode()
    assert Case.objects.get().status == "submitted"
    assert not mail.outbox


def test_closing_needs_an_outcome(desk):
    case = make_case()
    assert decide(desk, case, "close", note="Fini.").status_code == 400
    decide(desk, case, "close", outcome="partly_saved", note="24 emplois repris.")
    case.refresh_from_db()
    assert (case.status, case.outcome, case.outcome_note) == ("closed", "partly_saved", "24 emplois repris.")


def test_a_mail_that_does_not_leave_undoes_no_decision(desk, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    case = make_case("submitted")
    assert decide(desk, case, "publish").status_code == 200
    assert Case.objects.get().status == "published"


@pytest.mark.parametrize(
    "said",
    ["Un mandat ad-hoc est ouvert.", "Une CONCILIATION suit.", "Le conciliateur a écrit.", "Deux mandats ad hoc."],
)
def test_the_words_of_confidential_procedures_are_flagged(said):
    case = make_case("submitted", evidence_url="https://exemple.example", story=said)
    assert any("confidentielle" in warning for warning in moderation.warnings(case))


def test_ordinary_words_are_not_flagged():
    case = make_case("submitted", evidence_url="https://exemple.example", story="Le mandataire cherche à concilier.")
    assert moderation.warnings(case) == []


def test_a_case_that_nobody_would_read_the_leads_of_is_not_published_until_somebody_does(desk):
    case = make_case("submitted")
    User.objects.filter(email=case.filer_email).update(is_active=False)
    assert "fermé : ajoutez" in decide(desk, case, "publish").content.decode()
    assert Case.objects.get().status == "submitted"
    reader = make_member(case)
    decide(desk, case, "publish")
    assert Case.objects.get().status == "published"
    assert [member.user for member in case.members.all()] == [reader]


def test_everybody_who_works_on_a_case_learns_that_it_is_out_suspended_and_back(desk):
    case = make_case("submitted", company_name="Fonderie Exemple")
    reader = make_member(case)
    decide(desk, case, "publish")
    case.refresh_from_db()
    both = [case.filer_email, reader.email]
    assert [message.to[0] for message in mail.outbox] == both
    for message in mail.outbox:
        assert f"http://testserver/dossiers/{case.slug}/equipe/" in message.body
    mail.outbox.clear()
    decide(desk, case, "hold", reason="Une conciliation vient de s’ouvrir.")
    assert [message.to[0] for message in mail.outbox] == both
    for message in mail.outbox:
        assert "n’est plus visible" in message.body
        assert "fonderie" not in (message.subject + message.body).lower(), "it may have become confidential"
        assert "conciliation" not in message.body
    mail.outbox.clear()
    decide(desk, case, "resume")
    assert [message.to[0] for message in mail.outbox] == both


def test_a_sealed_filer_is_told_without_a_page_that_they_cannot_open(desk):
    case = make_case("submitted", pseudonymous=True, filer_name="La ligne 2", filer_email="", filer_role="worker")
    identity.keep(case, "Odile Ouvrière", "odile@exemple.example")
    reader = make_member(case)
    decide(desk, case, "publish")
    decide(desk, case, "hold", reason="À relire.")
    to_filer = [message.body for message in mail.outbox if message.to == ["odile@exemple.example"]]
    to_team = [message.body for message in mail.outbox if message.to == [reader.email]]
    assert (len(to_filer), len(to_team)) == (2, 2)
    assert not any("/equipe/" in body or "/moi/" in body for body in to_filer)
    assert ["/equipe/" in to_team[0], "/moi/" in to_team[1]] == [True, True]
