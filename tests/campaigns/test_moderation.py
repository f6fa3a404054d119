"""Every decision goes through one door, is recorded with who and why, and reaches the filer."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from campaigns import moderation
from campaigns.models import (
    TRANSITIONS,
    Case,
    CaseStatus,
    CaseTransition,
    Fact,
    FactKind,
    Milestone,
    Outcome,
    Postponement,
    Stage,
)
from tests.cast import make_case, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/admin/campaigns/case/"
DECISIONS = {  # decision: (where it leads, how it is taken)
    "publish": ("published", lambda case, by: moderation.publish(case, by)),
    "ask_changes": ("changes_asked", lambda case, by: moderation.ask_changes(case, by, "Quelle source ?")),
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
        assert Case.objects.get().status == status and not CaseTransition.objects.exists()


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
    assert not Case.objects.public().exists() and not mail.outbox


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
    decide(desk, case, "ask_changes", reason="Qui donne le chiffre de 37 ?")
    assert mail.outbox[0].to == ["lucie@exemple.example"]
    assert "Qui donne le chiffre de 37 ?" in mail.outbox[0].body
    new = re.search(r"http://testserver(/deposer/\S+/5/)", mail.outbox[0].body).group(1)
    assert "Qui donne le chiffre de 37 ?" in client.get(new).content.decode()
    assert client.get(filing).status_code == 404


def test_a_refusal_reaches_the_filer_with_its_reason(desk):
    decide(desk, make_case("submitted"), "reject", reason="Nous n’avons pas pu joindre la mairie.")
    assert "joindre la mairie" in mail.outbox[0].body
    assert CaseTransition.objects.get().reason == "Nous n’avons pas pu joindre la mairie."


@pytest.mark.parametrize("decision", ["ask_changes", "reject"])
def test_a_decision_without_its_reason_is_not_taken(desk, decision):
    case = make_case("submitted")
    answer = decide(desk, case, decision, reason="  ")
    assert answer.status_code == 400 and "Écrivez le motif" in answer.content.decode()
    assert Case.objects.get().status == "submitted" and not mail.outbox


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


def test_the_queue_shows_what_waits_the_most_urgent_first_and_no_draft(desk):
    make_case("submitted", days_left=20, company_name="Vingt Jours")
    make_case("submitted", days_left=2, company_name="Deux Jours")
    make_case("submitted", days_left=None, company_name="Sans Date")
    make_case("published", days_left=1, company_name="Déjà Publié")
    draft = make_case("draft", days_left=1, company_name="Brouillon Secret")
    page = desk.get(QUEUE).content.decode()
    assert page.index("Deux Jours") < page.index("Vingt Jours") < page.index("Sans Date")
    assert "Déjà Publié" not in page
    assert "Brouillon Secret" not in desk.get(f"{QUEUE}?pile=all").content.decode()
    assert desk.get(f"{QUEUE}{draft.pk}/change/").status_code == 302
    assert "Déjà Publié" in desk.get(f"{QUEUE}?pile=published").content.decode()
    assert desk.get(f"{QUEUE}?q=meymac&pile=all").status_code == 200


def test_the_queue_costs_the_same_for_one_case_and_for_many(desk, django_assert_max_num_queries):
    for _case in range(12):
        make_case("submitted")
    with django_assert_max_num_queries(14):
        desk.get(QUEUE)


def change_form(client, case) -> dict:
    """What the change page would send if nothing were touched."""
    context = client.get(f"{QUEUE}{case.pk}/change/").context
    forms = [context["adminform"].form]
    for formset in (inline.formset for inline in context["inline_admin_formsets"]):
        forms += [formset.management_form, *formset.initial_forms]
    sent = {}
    for field in (field for form in forms for field in form):
        value = field.value()
        if isinstance(value, bool):
            sent |= {field.html_name: "on"} if value else {}
        elif hasattr(field.field.widget, "widgets"):
            at = timezone.localtime(value)
            sent |= {f"{field.html_name}_0": f"{at:%d/%m/%Y}", f"{field.html_name}_1": f"{at:%H:%M:%S}"}
        else:
            sent[field.html_name] = "" if value is None else value
    return sent


def test_a_moderator_corrects_the_text_but_never_the_status(desk):
    case = make_case("submitted")
    sent = change_form(desk, case) | {"summary": "Une phrase corrigée par Karim.", "status": "published"}
    assert desk.post(f"{QUEUE}{case.pk}/change/", sent).status_code == 302
    corrected = Case.objects.get()
    assert (corrected.summary, corrected.status) == ("Une phrase corrigée par Karim.", "submitted")
    assert corrected.version == case.version + 1


@pytest.mark.parametrize("given", [{"stage": "conciliation"}, {"company_name": ""}, {"siren": "123456789"}])
def test_a_published_case_is_not_made_unfit_to_be_public(desk, given):
    case = make_case()
    assert desk.post(f"{QUEUE}{case.pk}/change/", change_form(desk, case) | given).status_code == 200
    assert Case.objects.public().get().stage == case.stage


def test_a_published_date_moves_with_a_reason_that_stays(desk):
    case = make_case()
    milestone = case.milestones.get()
    Milestone.objects.filter(pk=milestone.pk).update(at=milestone.at.replace(microsecond=0))
    before = case.milestones.get().at
    later = timezone.localtime(before + timedelta(days=30))
    moved = {"milestones-0-at_0": f"{later:%d/%m/%Y}", "milestones-0-at_1": f"{later:%H:%M:%S}"}
    sent = change_form(desk, case) | moved
    assert "dites pourquoi" in desk.post(f"{QUEUE}{case.pk}/change/", sent).content.decode()
    assert case.milestones.get().at == before
    assert (
        desk.post(f"{QUEUE}{case.pk}/change/", sent | {"milestones-0-reason": "Sursis de 30 jours"}).status_code == 302
    )
    kept = Postponement.objects.get()
    assert (kept.from_at, kept.to_at, kept.reason) == (before, case.milestones.get().at, "Sursis de 30 jours")
    assert kept.by.display_name == "Karim Modérateur"


def test_the_figure_put_ahead_can_change_in_one_save(desk):
    case = make_case()
    ahead = case.facts.get()
    other = Fact.objects.create(
        case=case, kind=FactKind.JOBS_THREATENED, value=35, unit="jobs", source_label="Les Echos"
    )
    sent = change_form(desk, case)
    both = sent | {"facts-1-is_headline": "on"}
    assert "Un seul chiffre" in desk.post(f"{QUEUE}{case.pk}/change/", both).content.decode()
    both.pop("facts-0-is_headline")
    assert desk.post(f"{QUEUE}{case.pk}/change/", both).status_code == 302
    assert case.facts.get(is_headline=True) == other != ahead


def test_the_desk_shows_the_evidence_and_says_each_consequence(desk):
    case = make_case("submitted", siren="900000019", evidence_url="https://exemple.example/preuve")
    page = desk.get(f"{QUEUE}{case.pk}/change/").content.decode()
    for said in ("Publier : visible tout de suite", "https://exemple.example/preuve", "900000019", case.filer_email):
        assert said in page


@pytest.mark.parametrize("path", ["campaigns/caseupdate/", "campaigns/shortlink/", "campaigns/commune/?q=meym", ""])
def test_the_other_pages_of_a_moderator_open(desk, path):
    assert desk.get(f"/admin/{path}").status_code == 200


@pytest.mark.parametrize("path", ["campaigns/lead/", "campaigns/user/", "campaigns/case/add/"])
def test_leads_and_people_are_not_a_moderators(desk, path):
    assert desk.get(f"/admin/{path}").status_code == 403


@pytest.mark.parametrize("path", ["case/", "lead/", "user/", "user/add/", "shortlink/", "commune/", "caseupdate/add/"])
def test_a_superuser_opens_everything(client, path):
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    assert client.get(f"/admin/campaigns/{path}").status_code == 200


def test_a_moderator_deletes_nothing(desk):
    case = make_case()
    assert desk.post(f"{QUEUE}{case.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Case.objects.exists()


@pytest.mark.parametrize("who", ["a stranger", "a person without the desk", "staff without the group"])
def test_nobody_else_decides(client, who):
    case = make_case("submitted")
    if who != "a stranger":
        client.force_login(make_user("Sam Personne", is_staff=who.startswith("staff")))
    answer = client.post(f"{QUEUE}{case.pk}/decider/publish/")
    assert answer.status_code in (302, 403)
    assert client.get(QUEUE).status_code in (302, 403)
    assert Case.objects.get().status == "submitted"


def test_a_decision_is_never_taken_by_opening_a_link(desk):
    case = make_case("submitted")
    assert desk.get(f"{QUEUE}{case.pk}/decider/publish/").status_code == 405
    assert Case.objects.get().status == "submitted"
