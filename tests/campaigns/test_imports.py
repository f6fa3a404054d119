import gzip
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Case, Commune, ElectedOfficial
from campaigns.models.place import find_communes
from tests.cast import make_case

pytestmark = pytest.mark.django_db

HEADER = (
    "Code du département;Code de la commune;Libellé de la commune;Nom de l'élu;Prénom de l'élu;Code sexe;"
    "Date de naissance;Date de début du mandat;Libellé de la fonction\n"
)
SHIPPED = "campaigns/data/communes.tsv.gz"


def line(name: str, commune: str = "19136", function: str = "Maire") -> str:
    return f"19;{commune};Meymac;{name};Lucie;F;01/02/1970;18/05/2020;{function}\n"


@pytest.fixture
def roll(tmp_path):
    def write(*lines: str, header: str = HEADER):
        path = tmp_path / "elus.csv"
        path.write_text(header + "".join(lines))
        return path

    return write


def run(capsys, command: str, *given) -> str:
    call_command(command, *map(str, given))
    return capsys.readouterr().out.strip()


def test_the_roll_of_the_elected_is_read_into_its_table(roll, capsys):
    path = roll(line("D'ÉCLARANTE"), line("Sans-Fonction", "1001", ""), ";;;;;;;;\n", "19;;Meymac;X;Y;F;;;\n")
    assert run(capsys, "import_elected", path) == "2 mandates (before: 0); 1 rows without name or commune"
    lucie, other = ElectedOfficial.objects.order_by("pk")
    assert (lucie.last_name, lucie.first_name, lucie.search_name) == ("D'ÉCLARANTE", "Lucie", "lucie d eclarante")
    assert (lucie.commune_code, lucie.mandate, lucie.since) == ("19136", "Maire", date(2020, 5, 18))
    assert (other.commune_code, other.mandate) == ("01001", "Conseiller municipal")


def test_nothing_but_the_mandate_is_stored(roll, capsys):
    run(capsys, "import_elected", roll(line("DÉCLARANTE")))
    stored = repr(ElectedOfficial.objects.values().get())
    assert "1970" not in stored
    assert "'F'" not in stored


def test_a_new_quarter_replaces_the_whole_roll(roll, capsys):
    run(capsys, "import_elected", roll(line("ANCIENNE"), line("RESTANTE")))
    assert run(capsys, "import_elected", roll(line("NOUVELLE"), line("RESTANTE"))).startswith("2 mandates (before: 2)")
    assert set(ElectedOfficial.objects.values_list("last_name", flat=True)) == {"NOUVELLE", "RESTANTE"}


def test_a_roll_read_again_is_the_same_roll(roll, capsys):
    path = roll(line("DÉCLARANTE"), line("AUTRE"))
    said = [run(capsys, "import_elected", path) for _time in range(2)]
    assert said[1].startswith("2 mandates (before: 2)")
    assert ElectedOfficial.objects.count() == 2


def test_a_file_with_less_than_half_of_the_roll_is_refused_unless_forced(roll, capsys):
    run(capsys, "import_elected", roll(*(line(f"NOM{number}") for number in range(5))))
    short = roll(line("SEULE"), line("DEUXIÈME"))
    with pytest.raises(CommandError, match="2 rows would replace 5"):
        run(capsys, "import_elected", short)
    assert ElectedOfficial.objects.count() == 5
    assert run(capsys, "import_elected", short, "--force").startswith("2 mandates (before: 5)")


def test_an_empty_file_is_refused_even_when_forced(roll, capsys):
    run(capsys, "import_elected", roll(line("DÉCLARANTE")))
    with pytest.raises(CommandError, match="no row that can be read"):
        run(capsys, "import_elected", roll(), "--force")
    assert ElectedOfficial.objects.count() == 1


@pytest.mark.parametrize("command", ["import_elected", "import_communes"])
def test_a_file_that_is_not_there_is_said(capsys, tmp_path, command):
    with pytest.raises(CommandError):
        run(capsys, command, tmp_path / "absent.csv")


def test_a_file_that_lacks_a_column_says_which(roll, capsys):
    with pytest.raises(CommandError, match="Code de la commune"):
        run(capsys, "import_elected", roll(line("DÉCLARANTE"), header="Nom de l'élu;Prénom de l'élu\n"))


def test_names_that_a_table_format_could_stumble_on_arrive_whole(roll, capsys):
    run(capsys, "import_elected", roll(line('"DE ""LA"" TOUR, \\N\\t"')))
    assert ElectedOfficial.objects.get().last_name == 'DE "LA" TOUR, \\N\\t'


def test_the_shipped_communes_read_again_change_nothing(capsys):
    known = Commune.objects.count()
    said = run(capsys, "import_communes", SHIPPED)
    assert said.startswith(f"0 added, 0 changed, {known} the same, 0 deleted, 0 kept")


def entry(code="19136", name="Meymac", **more) -> dict:
    return {"code": code, "nom": name, "type": "commune-actuelle", "departement": code[:2], "region": "75",
            "codesPostaux": ["19250"], "population": 2400} | more  # fmt: skip


@pytest.fixture
def communes(tmp_path):
    def write(*entries: dict):
        path = tmp_path / "communes.json"
        path.write_text(json.dumps(entries))
        return path

    return write


def keep_only(*codes: str) -> None:
    Commune.objects.exclude(code__in=codes).delete()


def test_new_communes_come_in_and_old_ones_follow(communes, capsys):
    keep_only("19136")
    path = communes(
        entry(name="Meymac-le-Neuf", population=2500),
        entry("97502", "Saint-Pierre", departement=None, collectiviteOutremer={"code": "975"}, population=None),
        entry("2A004", "Ajaccio", departement="2A"),
        entry("19999", "Village", type="commune-deleguee"),
    )
    assert run(capsys, "import_communes", path).startswith("2 added, 1 changed, 0 the same, 0 deleted, 0 kept")
    meymac = Commune.objects.get(code="19136")
    assert (meymac.name, meymac.search_name, meymac.population) == ("Meymac-le-Neuf", "meymac le neuf", 2500)
    assert (meymac.postcodes, meymac.departement) == ("19250", "19")
    assert find_communes("Saint Pierre (975)")[0].population is None
    assert run(capsys, "import_communes", path).startswith("0 added, 0 changed, 3 the same")


def test_a_commune_that_a_case_is_about_is_never_deleted(communes, capsys):
    keep_only("19136", "19011")
    case = make_case()
    said = run(capsys, "import_communes", communes(entry("23096", "Guéret")))
    assert said.startswith("1 added, 0 changed, 0 the same, 1 deleted, 1 kept")
    assert Case.objects.get(pk=case.pk).commune.code == "19136"
    assert not Commune.objects.filter(code="19011").exists()


def test_a_file_with_less_than_half_of_the_communes_is_refused_unless_forced(communes, capsys):
    keep_only("19136", "19011", "23096")
    with pytest.raises(CommandError, match="1 rows would replace 3"):
        run(capsys, "import_communes", communes(entry()))
    assert Commune.objects.count() == 3
    assert "2 deleted" in run(capsys, "import_communes", communes(entry()), "--force")


@pytest.mark.parametrize(
    "wrong", [entry("19", "Meymac"), entry(name=""), entry(departement="99"), {"type": "commune-actuelle"}, [1], "x"]
)
def test_an_entry_that_is_no_commune_stops_the_import(communes, capsys, wrong):
    with pytest.raises(CommandError):
        run(capsys, "import_communes", communes(entry(), wrong), "--force")
    assert Commune.objects.count() > 30_000


@pytest.mark.parametrize("content", [b"<html>", b"\xff\xfe\x00", gzip.compress(b"[{]", mtime=0), b"", b"[]", b"a\tb\n"])
def test_a_file_of_another_kind_is_said(tmp_path, capsys, content):
    path = tmp_path / ("communes.tsv.gz" if content[:2] == b"\x1f\x8b" else "communes.tsv")
    path.write_bytes(content)
    with pytest.raises(CommandError):
        run(capsys, "import_communes", path, "--force")
