from dataclasses import fields
from datetime import date

import pytest

from campaigns.opendata.elected import BadFile, Mandate, commune_code, mandates

MAYORS = (
    "Code du département;Libellé du département;Code de la commune;Libellé de la commune;Nom de l'élu;"
    "Prénom de l'élu;Code sexe;Date de naissance;Libellé de la catégorie socio-professionnelle;"
    "Date de début du mandat;Date de début de la fonction\n"
)
LUCIE = "19;Corrèze;19136;Meymac;DÉCLARANTE;Lucie;F;01/02/1970;Cadre;18/05/2020;23/05/2020\n"


@pytest.fixture
def roll(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "elus.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_roll_is_read_in_each_encoding(roll, encoding):
    assert list(mandates(roll(MAYORS + LUCIE, encoding))) == [
        Mandate("DÉCLARANTE", "Lucie", "19136", "Maire", date(2020, 5, 18))
    ]


def test_only_name_commune_mandate_and_its_day_leave_the_file(roll):
    [mandate] = mandates(roll(MAYORS + LUCIE))
    assert {field.name for field in fields(Mandate)} == {"name", "first_name", "commune_code", "mandate", "since"}
    assert "1970" not in repr(mandate)


@pytest.mark.parametrize(
    "header",
    [
        "CODE COMMUNE;NOM DE L’ELU;PRENOM DE L’ELU;LIBELLE FONCTION;DATE DEBUT MANDAT\n",
        '"Code Insee de la commune";"Nom";"Prénom";"Libellé de fonction";"Date de début du mandat"\n',
        "Code (insee) commune;Nom de l'élu;Prénom de l'élu;Libellé de la fonction;Date du début de mandat\n",
    ],
)
def test_columns_are_known_by_their_meaning(roll, header):
    text = header + "19136;DÉCLARANTE;Lucie;2ème adjointe au Maire;18/05/2020\n"
    assert list(mandates(roll(text))) == [
        Mandate("DÉCLARANTE", "Lucie", "19136", "2ème adjointe au Maire", date(2020, 5, 18))
    ]


def test_a_councillor_without_a_function_is_a_councillor(roll):
    text = "Code de la commune;Nom de l'élu;Prénom de l'élu;Libellé de la fonction;Date de début du mandat\n"
    [mandate] = mandates(roll(text + "19136;DÉCLARANTE;Lucie;;\n"))
    assert (mandate.mandate, mandate.since) == ("Conseiller municipal", None)


@pytest.mark.parametrize(
    ("said", "departement", "code"),
    [
        ("1001", "", "01001"),
        ("01001", "", "01001"),
        ("2A004", "", "2A004"),
        ("2a004", "", "2A004"),
        ("97411", "", "97411"),
        ("4", "1", "01004"),
        ("004", "2A", "2A004"),
        ("11", "974", "97411"),
        ("4", "", ""),
        ("", "19", ""),
        ("19ABC", "", ""),
    ],
)
def test_zeros_that_were_lost_come_back(said, departement, code):
    assert commune_code(said, departement) == code


def test_a_row_that_says_no_commune_is_counted(roll):
    lines = []
    text = MAYORS + ";;;;SANS;Commune;F;;;;\n" + LUCIE + "\n" + "19;Corrèze\n"
    assert len(list(mandates(roll(text), lines.append))) == 1
    assert lines == [2, 5]


@pytest.mark.parametrize(
    ("header", "lacking"),
    [
        ("Code du département;Nom de l'élu;Prénom de l'élu;Date de début du mandat\n", "Code de la commune"),
        ("Code de la commune;Prénom de l'élu;Date de début du mandat\n", "Nom de l’élu"),
        ("Code de la commune;Nom de l'élu;Date de début du mandat\n", "Prénom de l’élu"),
        ("Code de la commune;Nom de l'élu;Prénom de l'élu;Date de naissance\n", "Date de début du mandat"),
        ("", "Code de la commune"),
    ],
)
def test_a_file_that_lacks_a_column_says_which(roll, header, lacking):
    with pytest.raises(BadFile) as raised:
        list(mandates(roll(header + LUCIE)))
    assert lacking in str(raised.value)
    assert raised.value.column == lacking
