"""A pseudonymous filer's own texts do not tell who they are."""

import pytest

from campaigns import telling
from campaigns.models import Case
from tests.campaigns.test_filing import FILER, SITE, STORY, begin, deadline, fill
from tests.campaigns.test_identity import MAILBOX, NAME, WORKER

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = "Ici tout marche, et les équipes attendent un repreneur : "


@pytest.fixture
def filing(client):
    filing = begin(client)
    fill(client, filing, upto=4)
    return filing


def sent(client, filing) -> bool:
    client.post(f"{filing}6/")
    return Case.objects.get().status == "submitted"


@pytest.mark.parametrize(
    ("step", "given", "said"),
    [
        (4, STORY | {"summary": f"{FIRST}Odile Ouvrière, ligne 2."}, "Votre nom est dans votre phrase"),
        (4, STORY | {"story": f"{FIRST}moi, OUVRIERE Odile, j’y suis."}, "Votre nom est dans votre récit"),
        (4, STORY | {"story": f"{FIRST}l’ouvriere de la ligne 2."}, "Votre nom est dans votre récit"),
        (4, STORY | {"needs": f"Appelez Odile ou {MAILBOX.upper()}"}, "Votre adresse e-mail est dans vos besoins"),
        (2, deadline(jobs_source="Odile Ouvrière, du CSE"), "Votre nom est dans la source des emplois"),
        (2, deadline(milestone_source="Courrier à O. Ouvrière"), "Votre nom est dans la source de l’échéance"),
        (
            2,
            deadline(jobs_source_url="https://reseau.example/odile.ouvriere"),
            "Votre nom est dans la source des emplois",
        ),
        (2, deadline(jobs_source="je suis salariée"), "« je suis salariée » sera publié tel quel"),
        (2, deadline(milestone_source="Mon chef"), "une personne qui connaît le site"),
    ],
)
def test_the_sealed_name_in_a_text_stops_the_case_at_the_review(client, filing, step, given, said):
    client.post(f"{filing}5/", WORKER)
    assert client.post(f"{filing}{step}/", given).status_code == 302
    review = client.get(f"{filing}6/").content.decode()
    assert said in review
    assert f"{filing}{step}/" in review
    stopped = client.post(f"{filing}6/")
    assert stopped.status_code == 400
    assert stopped.content.decode().count(said) == 1
    assert Case.objects.get().status == "draft"
    mended = STORY if step == 4 else deadline()
    client.post(f"{filing}{step}/", mended)
    assert sent(client, filing)


def test_a_name_sealed_after_the_texts_is_found_too(client, filing):
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}Odile Ouvrière."})
    client.post(f"{filing}5/", WORKER)
    assert not sent(client, filing)
    client.post(f"{filing}5/", {**WORKER, "pseudonymous": ""})
    assert sent(client, filing), "filed in clear, one may sign one's text"


def test_whoever_files_in_clear_says_what_they_like(client, filing):
    client.post(f"{filing}2/", deadline(jobs_source="je suis maire"))
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}Lucie Déclarante."})
    client.post(f"{filing}5/", FILER)
    assert sent(client, filing)


def test_the_name_of_the_company_or_of_the_town_tells_nothing(client, filing):
    client.post(f"{filing}1/", SITE | {"company_name": "Papeteries Ouvrière"})
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}les Papeteries Ouvrière ferment."})
    client.post(f"{filing}5/", WORKER)
    assert sent(client, filing)


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("Des pierres, et la pierre du pays", "Pierre Martin", False),
        ("Demandez Pierre à l’atelier", "Pierre Martin", True),
        ("le fils de martin", "Pierre Martin", True),
        ("martinet, martins", "Pierre Martin", False),
        ("Un des équipiers", "Odile des Essarts", False),
        ("La zone des Essarts", "Odile des Essarts", True),
        ("Rue Saint-Martin", "Odile Saint-Aubin", False),
        ("Chez Saint Aubin", "Odile Saint-Aubin", True),
        ("Il le dit ly", "Bo Ly", False),
        ("Bo Ly le dit", "Bo Ly", True),
        ("Ouvrie\u0300re", NAME, True),
        ("", NAME, False),
        ("Tout va", "", False),
        ("https://x.example/odileouvriere", NAME, True),
        ("une analyse de la ligne", "Ana Lys", False),
    ],
)
def test_names_are_whole_words_without_their_accents(text, name, told):
    assert telling.name_in(text, name) is told


@pytest.mark.parametrize(
    ("text", "email", "told"),
    [
        ("odile.ouvriere chez exemple", MAILBOX, True),
        ("écrivez à Odile.Ouvriere@exemple.example.", MAILBOX, True),
        ("l’usine", "usine@exemple.example", False),
        ("usine@exemple.example", "usine@exemple.example", True),
        ("rien", "", False),
    ],
)
def test_a_mailbox_is_told_by_what_is_its_own(text, email, told):
    assert telling.mailbox_in(text, email) is told


@pytest.mark.parametrize(
    ("source", "own"),
    [("J’y travaille", True), ("j'ai compté", True), ("Nous", True), ("ma cheffe", True), ("J. Dupont, CSE", False),
     ("Le Journal du Moine", False), ("Mairie", False), ("Le Monde", False)],
)  # fmt: skip
def test_a_source_in_the_first_person_is_its_author(source, own):
    assert telling.speaks_of_self(source) is own
