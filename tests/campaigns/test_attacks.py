"""What a hostile reader tried, and what now holds."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from campaigns import holding, moderation, officials, proposals, updates
from campaigns.models import Case, CaseUpdate, HeldText, Notice, Proposal, SealedIdentity, Stage, TownHallCheck
from tests.campaigns.test_filing import FILER, SITE, begin, deadline, fill
from tests.campaigns.test_identity import MAILBOX, NAME, WORKER, confirm, rows_holding
from tests.cast import STORY, make_case, make_member, make_moderator, make_user
from tests.open_data_server import town_hall

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filing(client):
    filing = begin(client)
    fill(client, filing, upto=4)
    return filing


def asked_again(client, case) -> str:
    """The moderators ask for changes: the address of the new link, without its step."""
    moderation.ask_changes(case, make_moderator(), "Précisez.")
    return re.search(r"/deposer/[\w-]+/", mail.outbox[-1].body).group()


def test_no_other_site_confirms_and_signs_in(client, filing):
    client.post(f"{filing}5/", FILER)
    client.post(f"{filing}6/")
    link = re.search(r"/deposer/confirmer/\S+", mail.outbox[-1].body).group()
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(link, headers={"origin": "https://mechant.example"}).status_code == 403
    assert Case.objects.get().filer_email_confirmed_at is None


@pytest.mark.parametrize(
    "pseudonym", ["Odile Ouvrière ligne 2", "ouvriere", "Ouvrière-Odile", "o d i l e", "odile.ouvriere@exemple.example"]
)
def test_a_pseudonym_that_tells_the_name_is_refused_given_or_sealed(client, filing, pseudonym):
    first = client.post(f"{filing}5/", WORKER | {"pseudonym": pseudonym})
    assert list(first.context["form"].errors) == ["pseudonym"]
    client.post(f"{filing}5/", WORKER)
    again = client.post(f"{filing}5/", WORKER | {"pseudonym": pseudonym, "filer_name": "", "filer_email": ""})
    assert list(again.context["form"].errors) == ["pseudonym"]
    assert rows_holding("odile") == []


def test_what_was_confirmed_in_clear_is_not_sealed_afterwards(client, filing):
    client.post(f"{filing}5/", {**WORKER, "pseudonymous": ""})
    client.post(f"{filing}6/")
    confirm(client)
    again = asked_again(client, Case.objects.get())
    answer = client.post(f"{again}5/", WORKER)
    assert list(answer.context["form"].errors) == ["pseudonymous"]
    assert not SealedIdentity.objects.exists()


def test_whoever_gives_up_the_pseudonym_confirms_again_and_has_an_account(client, filing):
    client.post(f"{filing}5/", WORKER)
    client.post(f"{filing}6/")
    confirm(client)
    again = asked_again(client, Case.objects.get())
    client.post(f"{again}5/", {**WORKER, "pseudonymous": ""})
    assert Case.objects.get().filer_email_confirmed_at is None
    client.post(f"{again}6/")
    confirm(client)
    moderation.publish(Case.objects.get(), make_moderator())
    assert Case.objects.get().members.get().user.email == MAILBOX


def test_how_many_mails_a_mailbox_had_tells_nothing_to_another_filer(client, filing):
    client.post(f"{filing}5/", WORKER)
    client.post(f"{filing}6/")
    for _press in range(4):
        client.post(f"{filing}envoye/")
    prober = Client()
    other = begin(prober)
    fill(prober, other, upto=4)
    prober.post(f"{other}5/", FILER | {"filer_name": "Sam Curieux", "filer_email": MAILBOX})
    prober.post(f"{other}6/")
    mail.outbox.clear()
    pages = [prober.post(f"{other}envoye/", follow=True).content.decode() for _press in range(8)]
    assert all("Le message repart" in page for page in pages)
    assert len(mail.outbox) == 4, "six about this case, whatever the other case had"


def test_two_pseudonymous_cases_of_one_mailbox_have_nothing_in_common():
    assert {field.name for field in SealedIdentity._meta.get_fields()} == {"id", "case", "sealed", "openings"}


@pytest.mark.parametrize("when", ["before the pseudonym", "after it"])
def test_the_exact_figure_is_kept_nowhere_once_there_is_a_pseudonym(client, filing, when):
    refused = deadline(jobs="37", jobs_source="", go="back")
    if when == "before the pseudonym":
        client.post(f"{filing}2/", refused)
        assert 'value="37"' in client.get(f"{filing}2/").content.decode()
    client.post(f"{filing}5/", WORKER)
    if when == "after it":
        client.post(f"{filing}2/", refused)
    assert 'value="37"' not in client.get(f"{filing}2/").content.decode()
    assert not list(cache._cache.get_client().scan_iter("*typed*"))


@pytest.mark.parametrize("pseudonymous", ["on", ""])
def test_the_session_of_an_account_says_nothing_of_the_case_it_files(client, pseudonymous):
    client.force_login(make_user("Odile Ouvrière", email=MAILBOX))
    before, sessions = dict(client.session), []
    filing = begin(client)
    fill(client, filing, upto=4)
    refused = {**WORKER, "pseudonymous": pseudonymous, "filer_role": "zzz", "go": "back"}
    for step, given in ((2, deadline(jobs="37", jobs_source="", go="back")), (5, refused), (5, WORKER), (6, {})):
        client.post(f"{filing}{step}/", given)
        sessions.append(dict(client.session))
    assert Case.objects.get().status == "submitted"
    assert sessions == [before] * 4


def test_what_was_typed_is_forgotten_once_the_case_is_sent(client, filing):
    client.post(f"{filing}5/", FILER)
    client.post(f"{filing}2/", deadline(jobs="trente", go="back"))
    client.post(f"{filing}6/")
    Case.objects.update(status="changes_asked")
    assert 'value="trente"' not in client.get(f"{filing}2/").content.decode()


def test_an_exact_figure_no_longer_calls_itself_rounded(client, filing):
    client.post(f"{filing}5/", WORKER)
    client.post(f"{filing}2/", deadline(jobs="37", jobs_source_url="https://exemple.example/article"))
    assert Case.objects.get().facts.get().text == ""


@pytest.mark.parametrize(
    "said",
    ["La conciliation—le tribunal", "mandat–ad–hoc", "conciliateur·rice", "conciliation2", "#conciliationMeymac", "mandat adhoc",
     "con-ciliation", "concil\u200biation", "conсiliation", "CONCILIATRICES", "mandat judiciaire ad hoc", "con\u00adciliation",
     "Notre conciliation a échoué", "votre conciliateur", "première conciliation", "procédure conciliation",
     "ouverture : conciliation", "notreconciliation", "re conciliation", "la concilliation", "réconciliation, puis conciliation"],
)  # fmt: skip
def test_the_words_are_known_however_they_are_broken(said):
    assert holding.words_in(said)


@pytest.mark.parametrize(
    "said",
    [
        "La réconciliation des équipes",
        "Réconciliations",
        "une reconciliation",
        "«réconciliateur»",
        "Le mandataire est venu",
        "Il faut concilier",
        "Un mandat",
    ],
)
def test_ordinary_words_pass(said):
    assert holding.words_in(said) == []


def test_no_field_that_the_public_reads_goes_round_the_register(client):
    case = make_case()
    client.force_login(make_member(case))
    here = f"{case.get_absolute_url()}equipe/"
    news = CaseUpdate.objects.create(case=case, title="Une visite", body="Deux industriels sont venus.")
    word = "La conciliation a échoué"
    day = (timezone.now() + timedelta(days=40)).date().isoformat()
    tries = [
        (f"nouvelle/{news.pk}/", {"title": "Une visite", "body": "Trois industriels.", "reason": word}),
        (f"nouvelle/{news.pk}/", {"go": "withdraw", "reason": word}),
        ("texte/", {"summary": case.summary, "story": STORY + " Voilà.", "needs": "", "reason": word}),
        ("echeances/", {"go": "postpone", "milestone": case.milestones.get().pk, "date": day, "reason": "Sursis", "source_label": word}),
        ("faits/", {"go": "fact", "fact-kind": "event", "fact-text": "Audience", "fact-source_label": "Presse",
                    "fact-source_url": "https://exemple.example/la-conciliation"}),
    ]  # fmt: skip
    for door, sent in tries:
        assert client.post(here + door, sent).status_code == 400, door
    assert "conciliation" not in client.get(case.get_absolute_url()).content.decode().lower()
    assert HeldText.objects.count() >= 3


def test_news_do_not_wait_for_ever_behind_a_refusal():
    case = make_case()
    author = make_member(case)
    updates.write(case, author, "Titre", "La conciliation a échoué.")
    updates.refuse(HeldText.objects.get(), make_moderator())
    assert CaseUpdate.objects.get().state == "refused"
    with pytest.raises(updates.NotPossible):
        updates.write(case, author, "Titre", "La conciliation a échoué.")
    assert not CaseUpdate.objects.filter(state="held").exists()


def test_the_town_halls_yes_is_about_one_person(client, world):
    world.town_halls = [town_hall()]
    case = make_case("submitted")
    officials.ask_due(timezone.now())
    link = re.search(r"/mairie/\S+", mail.outbox[-1].body).group()
    assert f"{case.filer_email[:2]}•••@exemple.example" in mail.outbox[-1].body
    assert case.filer_email not in mail.outbox[-1].body
    client.post(link, {"answer": "yes"})
    assert officials.standing(case).check.is_ours
    Case.objects.update(filer_name="Mallory Imposteur", filer_email="mallory@exemple.example")
    assert officials.standing(Case.objects.get()).check is None
    assert client.get(link).status_code == 410
    assert officials.ask_due(timezone.now()) == 1
    assert TownHallCheck.objects.count() == 2


def test_a_proposal_of_another_company_or_of_a_withdrawn_notice_is_not_applied(client):
    case = make_case(siren="900000019", stage=Stage.REDRESSEMENT)
    notice = Notice.objects.create(
        bodacc_id="A1", kind="annonce", siren="900000019", published_on=timezone.now().date(), cancelled=True
    )
    staged = Proposal.objects.create(
        case=case, origin="gazette", kind="stage", key="a", stage=Stage.LIQUIDATION, why="Bodacc", notice=notice
    )
    with pytest.raises(proposals.NotPossible):
        proposals.accept(staged, make_moderator())
    proposals.withdraw_gazettes(case)
    staged.refresh_from_db()
    assert staged.state == "withdrawn"
    past = Proposal.objects.create(
        case=case, origin="clock", kind="milestone", key="b", milestone_kind="delibere", at=timezone.now(), why="Hier"
    )
    with pytest.raises(proposals.NotPossible):
        proposals.accept(past, make_moderator())
    assert Case.objects.get().stage == Stage.REDRESSEMENT


def test_an_annulled_correction_gives_its_notice_back():
    case = make_case(siren="900000019", stage=Stage.REDRESSEMENT)
    said = {"siren": case.siren, "published_on": timezone.now().date()}
    first = Notice.objects.create(bodacc_id="A1", kind="annonce", superseded_by="A2", **said)
    correction = Notice.objects.create(bodacc_id="A2", kind="rectificatif", corrects="A1", **said)
    staged = Proposal.objects.create(
        case=case, origin="gazette", kind="stage", key="a", stage=Stage.LIQUIDATION, why="Bodacc", notice=first
    )
    with pytest.raises(proposals.NotPossible):
        proposals.accept(staged, make_moderator())
    Notice.objects.filter(pk=correction.pk).update(cancelled=True)
    proposals.accept(staged, make_moderator())
    assert Case.objects.get().stage == Stage.LIQUIDATION


def test_what_was_attested_for_a_confidential_procedure_does_not_publish_it():
    case = make_case("submitted", stage=Stage.CONCILIATION)
    changes = case.with_stage(Stage.LIQUIDATION)
    Case.objects.filter(pk=case.pk).update(**changes)
    case.refresh_from_db()
    with pytest.raises(moderation.NotAllowed, match="attestation"):
        moderation.publish(case, make_moderator())


def test_a_byte_that_no_text_holds_is_no_error(client):
    case = make_case()
    client.force_login(make_member(case))
    one = Proposal.objects.create(case=case, origin="clock", kind="look_again", key="a", why="Relire")
    door = f"{case.get_absolute_url()}equipe/propositions/{one.pk}/"
    assert client.post(door, {"go": "dismiss", "reason": "a\x00b"}).status_code in (302, 400)


def test_the_calendar_of_a_pseudonymous_case_tells_days_and_no_hours(client):
    case = make_case(filer_role="worker", filer_email="", pseudonymous=True)
    answer = client.get(f"{case.get_absolute_url()}echeances.ics")
    stamps = re.findall(r"(?:DTSTAMP|LAST-MODIFIED):\d{8}T(\d{6})Z", answer.content.decode())
    assert stamps
    assert set(stamps) <= {"220000", "230000"}, "midnight in Paris"
    assert "Last-Modified" not in answer
    assert NAME not in answer.content.decode()


@pytest.mark.parametrize("typed", ["1e5", "1_000", "١٢", "NaN", "Infinity", "0x10"])
def test_a_figure_is_written_with_digits(client, typed):
    case = make_case()
    client.force_login(make_member(case))
    sent = {"go": "fact", "fact-kind": "jobs_threatened", "fact-value": typed, "fact-source_label": "Presse"}
    assert client.post(f"{case.get_absolute_url()}equipe/faits/", sent).status_code == 400


def test_the_first_step_still_needs_no_session(filing):
    assert Client(enforce_csrf_checks=True).post(f"{filing}1/", SITE).status_code == 302
