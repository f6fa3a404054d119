"""A case is filed in five saved steps, by a link that only its filer holds, and waits for a confirmed address."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from campaigns.models import Case, CaseStatus, FactKind, Stage, User
from i4emploi_site.lib import codes
from i4emploi_site.lib.times import PARIS
from tests.cast import make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

SITE = {"company_name": "Laboratoire Salem France", "commune": "Meymac", "siren": "900 000 019"}
STORY = {
    "summary": "L’usine de médicaments de Meymac sera démantelée si aucun repreneur ne se déclare.",
    "story": "La ligne de production est en état de marche et les équipes sont là, prêtes à continuer.",
    "needs": "Un repreneur industriel du médicament.",
    "naf_code": "2120Z",
}
FILER = {
    "filer_role": "elected", "filer_name": "Lucie Déclarante", "filer_email": "Lucie@exemple.example",
    "evidence_url": "https://www.senat.fr/", "attested": "on",
}  # fmt: skip


PROCEDURE = {"stage": "liquidation_poursuite", "court": "Tribunal de commerce de Brive"}


def deadline(**changed) -> dict:
    """How many jobs, until when."""
    day = timezone.now().astimezone(PARIS) + timedelta(days=9)
    return {
        "jobs": "37", "jobs_source": "France 3", "milestone_kind": "dldo", "milestone_date": day.date().isoformat(), "milestone_time": "17:00",
        "milestone_authority": "tribunal", "milestone_source": "Jugement", **changed,
    }  # fmt: skip


def clocks_forward() -> str:
    """The last Sunday of March to come: 2 h 30 does not exist on that day."""
    year = timezone.now().year + 1
    return max(day for day in (date(year, 3, number) for number in range(25, 32)) if day.weekday() == 6).isoformat()


def begin(client) -> str:
    """Press the button; the address of the draft, without its step."""
    return client.post("/deposer/").url.removesuffix("1/")


def fill(client, filing: str, upto: int = 5) -> None:
    for step, given in enumerate([SITE, deadline(), PROCEDURE, STORY, FILER][:upto], start=1):
        answer = client.post(f"{filing}{step}/", given)
        assert answer.status_code == 302, answer.context["form"].errors


def errors(client, filing: str, step: int, given: dict) -> dict:
    answer = client.post(f"{filing}{step}/", given)
    assert answer.status_code == 400
    return answer.context["form"].errors


def confirmation_link(number: int = -1) -> str:
    return re.search(r"http://testserver(/deposer/confirmer/\S+)", mail.outbox[number].body).group(1)


def test_looking_at_the_first_page_makes_no_draft(client):
    assert client.get("/deposer/").status_code == 200
    assert not Case.objects.exists()


def test_meymac_is_filed_step_by_step_then_waits_for_a_moderator(client):
    filing = begin(client)
    fill(client, filing)
    review = client.get(f"{filing}6/").content.decode()
    assert "37" in review
    assert "Meymac, Corrèze" in review
    assert "France 3" in review
    assert client.post(f"{filing}6/").url == f"{filing}envoye/"
    case = Case.objects.get()
    assert (case.status, case.commune_id, case.siren, case.naf_code) == ("submitted", "19136", "900000019", "21.20Z")
    assert case.sector, "the activity's official name fills the empty sector"
    fact, milestone = case.facts.get(), case.milestones.get()
    assert (fact.kind, fact.value, fact.source_label, fact.is_headline) == (
        FactKind.JOBS_THREATENED,
        37,
        "France 3",
        True,
    )
    assert milestone.at.astimezone(PARIS).hour == 17
    assert "attest" in case.attestation
    assert not Case.objects.public().exists()


def test_only_the_digest_of_the_secret_is_stored_and_nobody_indexes_the_page(client):
    filing = begin(client)
    secret = filing.rstrip("/").rsplit("/", 1)[1]
    assert Case.objects.get().filing_key == codes.digest(secret) != secret
    page = client.get(f"{filing}1/")
    assert "noindex" in page["X-Robots-Tag"]
    assert page["Referrer-Policy"] == "same-origin", "no other site learns the secret from a link"
    assert client.get("/deposer/pas-le-bon-secret/1/").status_code == 404


def test_the_mailed_link_resumes_the_draft_on_another_device(client, client_of_another_device):
    filing = begin(client)
    fill(client, filing)
    assert mail.outbox[0].to == ["lucie@exemple.example"]
    link = re.search(r"http://testserver(/deposer/\S+/5/)", mail.outbox[0].body).group(1)
    page = client_of_another_device.get(link).content.decode()
    assert "Lucie Déclarante" in page
    client.post(f"{filing}5/", FILER)
    assert len(mail.outbox) == 1, "the same address gets the link once"


@pytest.fixture
def client_of_another_device():
    from django.test import Client

    return Client()


def test_going_back_loses_nothing_even_what_is_wrong(client):
    filing = begin(client)
    fill(client, filing, upto=1)
    back = client.post(f"{filing}2/", deadline(jobs="trente", jobs_source="Brive", go="back"))
    assert back.url == f"{filing}1/"
    page = client.get(f"{filing}2/").content.decode()
    assert 'value="trente"' in page
    assert 'value="Brive"' in page
    client.post(f"{filing}2/", deadline())
    assert 'value="trente"' not in client.get(f"{filing}2/").content.decode()


@pytest.mark.parametrize(
    ("step", "given", "field"),
    [
        (1, SITE | {"siren": "900 000 018"}, "siren"),
        (1, SITE | {"siren": "12"}, "siren"),
        (1, SITE | {"commune": "Trifouillis-les-Oies"}, "commune"),
        (1, SITE | {"commune": "99999"}, "commune"),
        (1, SITE | {"company_name": "🏭🏭"}, "company_name"),
        (2, deadline(jobs_source=""), "jobs_source"),
        (2, deadline(jobs="-3"), "jobs"),
        (2, deadline(jobs="9" * 40), "jobs"),
        (3, PROCEDURE | {"stage": ""}, "stage"),
        (2, deadline(milestone_date="2015-10-30"), "milestone_date"),
        (2, deadline(milestone_date="9999-12-31"), "milestone_date"),
        (2, deadline(milestone_date="demain"), "milestone_date"),
        (2, deadline(milestone_date=clocks_forward(), milestone_time="02:30"), "milestone_time"),
        (2, deadline(milestone_source=""), "milestone_source"),
        (2, deadline(jobs_source_url="javascript:alert(1)"), "jobs_source_url"),
        (4, STORY | {"story": "😀" * 50}, "story"),
        (4, STORY | {"story": "test test test test test test"}, "story"),
        (4, STORY | {"story": "é" * 1_000_000}, "story"),
        (4, STORY | {"story": "avec un octet nul\x00 au milieu de la phrase"}, "story"),
        (4, STORY | {"naf_code": "99.99Z"}, "naf_code"),
        (5, {**FILER, "attested": ""}, "attested"),
        (5, FILER | {"filer_email": "lucie"}, "filer_email"),
        (5, FILER | {"evidence_url": "javascript:alert(1)"}, "evidence_url"),
    ],
)  # fmt: skip
def test_bad_input_is_said_at_its_field(client, step, given, field):
    assert list(errors(client, begin(client), step, given)) == [field]


def test_a_commune_of_many_homonyms_is_chosen_from_a_list(client):
    filing = begin(client)
    given = SITE | {"commune": "Saint-Aubin"}
    page = client.post(f"{filing}1/", given)
    assert "Choisissez" in str(page.context["form"].errors["commune"])
    choices = re.findall(r'<input type="radio" name="commune_code" value="(\w+)"', page.content.decode())
    assert "39476" in choices
    assert len(choices) == len(set(choices)) > 1
    assert client.post(f"{filing}1/", given | {"commune_code": "39476"}).status_code == 302
    assert Case.objects.get().commune_id == "39476"


@pytest.mark.parametrize("typed", ["MEYMAC", "19250 ", "meymac (19)", "Meymac 19250"])
def test_a_commune_is_known_by_name_or_postcode(client, typed):
    filing = begin(client)
    given = SITE | {"commune": typed, "commune_code": "19136"}
    assert client.post(f"{filing}1/", given).status_code == 302
    assert Case.objects.get().commune_id == "19136"


def test_an_unknown_number_of_jobs_and_an_unknown_date_stay_unknown(client):
    filing = begin(client)
    fill(client, filing, upto=1)
    assert client.post(f"{filing}2/", {}).status_code == 302
    case = Case.objects.get()
    assert not case.facts.exists()
    assert not case.milestones.exists()
    assert "inconnu" in client.get(f"{filing}3/").content.decode()


def test_saving_a_step_twice_keeps_one_figure_and_one_date(client):
    filing = begin(client)
    client.post(f"{filing}2/", deadline())
    client.post(f"{filing}2/", deadline(jobs="35", milestone_time=""))
    case = Case.objects.get()
    assert case.facts.get().value == 35
    assert case.milestones.get().note == "heure non précisée"


def test_an_incomplete_case_is_not_sent(client):
    filing = begin(client)
    fill(client, filing, upto=2)
    answer = client.post(f"{filing}6/")
    assert answer.status_code == 400
    assert "Il manque encore" in answer.content.decode()
    assert Case.objects.get().status == CaseStatus.DRAFT


def test_a_double_press_sends_once_and_the_case_is_then_out_of_reach(client):
    filing = begin(client)
    fill(client, filing)
    assert client.post(f"{filing}6/").status_code == client.post(f"{filing}6/").status_code == 302
    case = Case.objects.get()
    assert case.transitions.count() == 1
    assert len(mail.outbox) == 2, "one resume link, one confirmation link"
    assert client.post(f"{filing}4/", STORY | {"summary": "Tout autre chose ici même."}).url == f"{filing}envoye/"
    assert Case.objects.get().summary == STORY["summary"]


def test_opening_the_mailed_link_confirms_nothing_and_its_button_does_and_signs_in(client):
    filing = begin(client)
    fill(client, filing)
    client.post(f"{filing}6/")
    link = confirmation_link()
    assert client.get(link).status_code == 200
    assert Case.objects.get().filer_email_confirmed_at is None
    assert not User.objects.exists()
    client.post(link)
    first = Case.objects.get().filer_email_confirmed_at
    assert first
    assert int(client.session["_auth_user_id"]) == User.objects.get(email="lucie@exemple.example").pk
    client.logout()
    assert client.post(link).status_code == 200
    assert Case.objects.get().filer_email_confirmed_at == first
    assert "_auth_user_id" not in client.session, "the link signs in once"


@pytest.mark.parametrize("known", ["a moderator", "somebody else at the keyboard"])
def test_the_link_opens_no_moderators_session_and_changes_nobodys(client, known):
    filing = begin(client)
    fill(client, filing)
    client.post(f"{filing}6/")
    here = None
    if known == "a moderator":
        moderator = make_moderator()
        User.objects.filter(pk=moderator.pk).update(email="lucie@exemple.example")
    else:
        here = make_user("Sam Personne")
        client.force_login(here)
    client.post(confirmation_link())
    assert Case.objects.get().filer_email_confirmed_at
    assert client.session.get("_auth_user_id") == (str(here.pk) if here else None)


def test_a_changed_address_kills_the_older_confirmation(client):
    filing = begin(client)
    fill(client, filing)
    client.post(f"{filing}6/")
    link = confirmation_link()
    Case.objects.update(status=CaseStatus.CHANGES_ASKED)
    client.post(f"{filing}5/", FILER | {"filer_email": "autre@exemple.example"})
    assert client.post(link).status_code == 410
    assert client.get("/deposer/confirmer/nimporte-quoi/").status_code == 410


def test_the_confirmation_can_be_sent_again_but_not_without_end(client):
    filing = begin(client)
    fill(client, filing)
    client.post(f"{filing}6/")
    for _press in range(12):
        client.post(f"{filing}envoye/")
    assert 3 <= len(mail.outbox) <= 6


def test_a_confidential_stage_may_be_filed_and_is_told_never_to_be_public(client):
    filing = begin(client)
    client.post(f"{filing}3/", {"stage": Stage.CONCILIATION})
    assert "confidentielle" in client.get(f"{filing}6/").content.decode()


def test_communes_are_suggested_while_typing(client):
    assert 'value="Meymac (19)"' in client.get("/communes/?q=meym").content.decode()
    assert client.get("/communes/?q=m").content.decode().strip() == ""
