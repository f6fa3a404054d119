"""A pseudonymous filer's own texts do not tell who they are."""

import html
import re

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


def sent(client, filing, let_stand=()) -> bool:
    client.post(f"{filing}6/", {"let_stand": let_stand})
    return Case.objects.get().status == "submitted"


@pytest.mark.parametrize(
    ("step", "given", "said"),
    [
        (4, STORY | {"summary": f"{FIRST}Odile Ouvrière, ligne 2."}, "Votre nom est dans votre phrase"),
        (4, STORY | {"story": f"{FIRST}moi, OUVRIERE Odile, j’y suis."}, "Votre nom est dans votre récit"),
        (4, STORY | {"story": f"{FIRST}l’ouvriere odile, ligne 2."}, "Votre nom est dans votre récit"),
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
        ("Des pierres, et la pierre du pays", "Pierre Martin", None),
        ("Demandez Pierre à l’atelier", "Pierre Martin", "part"),
        ("le fils de martin", "Pierre Martin", "part"),
        ("martinet, martins", "Pierre Martin", None),
        ("Un des équipiers", "Odile des Essarts", None),
        ("La zone des Essarts", "Odile des Essarts", "part"),
        ("Odile Essarts", "Odile des Essarts", "full"),
        ("Rue Saint-Martin", "Odile Saint-Aubin", None),
        ("Chez Saint Aubin", "Odile Saint-Aubin", "part"),
        ("Il le dit ly", "Bo Ly", None),
        ("Bo Ly le dit", "Bo Ly", "full"),
        ("Ben Ly le dit", "Ben Ly", "full"),
        ("Ouvrie\u0300re", NAME, "part"),
        ("Ouvrière, prénom Odile", NAME, "part"),
        ("vu avec O. Ouvrière", NAME, "full"),
        ("Odile, Marie Ouvrière", "Odile Anne Marie Ouvrière", "full"),
        ("M. Petit, le directeur", "Marie Petit", "part"),
        ("À petit prix", "Anne Petit", "part"),
        ("", NAME, None),
        ("Tout va", "", None),
        ("https://x.example/odileouvriere", NAME, "full"),
        ("une analyse de la ligne", "Ana Lys", None),
        ("Mme Yildiz", "Elif Yıldız", "part"),
        ("ELİF YILDIZ", "Elif Yıldız", "full"),
        ("Mme Gross-Luk", "Eva Groß-Łuk", "part"),
        ("Mme Ndiaye", "Awa N’Diaye", "part"),
        ("Mme N'Diaye", "Awa Ndiaye", "part"),
        ("awa ndiaye", "Awa N’Diaye", "full"),
        ("Mme Ornano", "Jeanne d’Ornano", "part"),
        ("Jeanne Ornano", "Jeanne d’Ornano", "full"),
        ("chez les Ouvrières", NAME, "part"),
        ("les ouvrières du site", NAME, None),
    ],
)
def test_names_are_whole_words_without_their_accents(text, name, told):
    full, sentences = telling.full_name_in(text, name), telling.sentences_of_one_part(text, name)
    assert ("full" if full else "part" if sentences else None) == told


def test_what_may_be_another_word_is_quoted_with_its_sentence():
    text = "Nous tenons. M. Petit, le maire, est venu.\nLe maire reviendra. Fin."
    assert telling.sentences_of_one_part(text, "Jo Maire") == ["M. Petit, le maire, est venu.", "Le maire reviendra."]
    (shown,) = telling.sentences_of_one_part("mot " * 100 + "maire " + "mot " * 100, "Jo Maire")
    assert shown[0] == shown[-1] == "…"
    assert len(shown) < 200


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


def ticks(client, filing) -> list[str]:
    return re.findall(r'name="let_stand" value="(\w+)"', client.get(f"{filing}6/").content.decode())


def test_a_family_name_that_is_a_common_word_stays_once_its_bearer_says_that_it_is_another_word(client, filing):
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}il faut que le maire nous reçoive."})
    client.post(f"{filing}5/", WORKER | {"filer_name": "Odile Maire"})
    review = html.unescape(client.post(f"{filing}6/").content.decode())
    assert "Un mot de votre nom est dans votre récit" in review
    assert "il faut que le maire nous reçoive." in review
    assert f'href="{filing}4/"' in review
    (tick,) = ticks(client, filing)
    assert not sent(client, filing, ["", "autre"])
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}il faut que le Maire, ligne 2, nous reçoive."})
    assert not sent(client, filing, [tick]), "it was said of another text"
    (tick,) = ticks(client, filing)
    assert sent(client, filing, [tick])


def test_one_tick_lets_one_text_stand_and_is_kept_when_another_stops_the_case(client, filing):
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}le maire.", "summary": f"{FIRST}le maire."})
    client.post(f"{filing}5/", WORKER | {"filer_name": "Odile Maire"})
    first, second = ticks(client, filing)
    refused = client.post(f"{filing}6/", {"let_stand": [first]}).content.decode()
    assert f'value="{first}" form="send" checked' in refused
    assert f'value="{second}" form="send">' in refused
    assert sent(client, filing, [first, second])


@pytest.mark.parametrize("full", ["Odile Maire", "MAIRE Odile", "O. Maire", "odilemaire.example"])
def test_nothing_lets_the_full_name_stand(client, filing, full):
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}{full} et le maire."})
    client.post(f"{filing}5/", WORKER | {"filer_name": "Odile Maire"})
    assert ticks(client, filing) == []
    assert not sent(client, filing)


@pytest.mark.parametrize(
    ("story", "told"),
    [
        ("48 emplois", True),
        ("48 autres salariés", True),
        ("48 d’entre nous, 48 ouvrières", True),
        ("nous sommes 48", True),
        ("50 emplois", False),
        ("148 emplois, 2048 emplois, 2 048 postes, 48,5 emplois", False),
        ("48 heures pour les salariés de nuit", False),
        ("il reste 48 ans de métier", False),
        ("53 emplois", False),
    ],
)
def test_the_exact_number_beside_a_rounded_figure_is_pointed_out_and_may_stay(client, filing, story, told):
    client.post(f"{filing}2/", deadline(jobs="48"))
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}{story}."})
    client.post(f"{filing}5/", WORKER)
    found = ticks(client, filing)
    assert bool(found) is told
    assert sent(client, filing) is not told
    if told:
        review = html.unescape(client.get(f"{filing}6/").content.decode())
        assert "publié arrondi (50)" in review
        assert f"{story}." in review
        assert sent(client, filing, found)


def test_a_large_number_is_read_with_its_spaces(client, filing):
    client.post(f"{filing}2/", deadline(jobs="1248"))
    client.post(f"{filing}4/", STORY | {"summary": f"{FIRST}1\u202f248 postes."})
    client.post(f"{filing}5/", WORKER)
    assert len(ticks(client, filing)) == 1


@pytest.mark.parametrize("given", [FILER, WORKER], ids=["clear", "sealed"])
def test_an_exact_figure_may_be_told_by_whoever_publishes_it(client, filing, given):
    client.post(f"{filing}2/", deadline(jobs="48", jobs_source_url="https://exemple.example/article"))
    client.post(f"{filing}4/", STORY | {"story": f"{FIRST}48 emplois."})
    client.post(f"{filing}5/", given)
    assert sent(client, filing)


def test_what_only_the_desk_reads_tells_no_name_either(client, filing):
    client.post(f"{filing}5/", WORKER | {"evidence_url": "https://www.facebook.example/odile.ouvriere"})
    review = html.unescape(client.get(f"{filing}6/").content.decode())
    assert "Votre nom est dans le lien qui le prouve" in review
    assert not sent(client, filing)
    client.post(f"{filing}3/", {"stage": "conciliation"})
    client.post(f"{filing}5/", WORKER | {"speaker": "Odile Ouvrière, secrétaire du CSE"})
    review = html.unescape(client.get(f"{filing}6/").content.decode())
    assert "Votre nom est dans votre qualité" in review
    assert not sent(client, filing)
    client.post(f"{filing}5/", WORKER | {"speaker": "Secrétaire du CSE, qui m’y autorise"})
    assert sent(client, filing)
