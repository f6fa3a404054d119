import json

import pytest

from campaigns.opendata import townhalls
from campaigns.opendata.answers import BadAnswer, Unavailable
from tests.open_data_server import DIRECTORY, town_hall

PATIENCE = 5


def addresses(world, code="19136"):
    return townhalls.addresses(world.url, code, PATIENCE)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("mairie@meymac.example", ("mairie@meymac.example",)),
        ("Mairie@Meymac.example ; accueil@meymac.example", ("mairie@meymac.example", "accueil@meymac.example")),
        (json.dumps(["mairie@meymac.example", "mairie@meymac.example"]), ("mairie@meymac.example",)),
        (["mairie@meymac.example"], ("mairie@meymac.example",)),
        ("voir le site ; mairie@meymac", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_a_town_hall_has_one_address_or_several_or_none(world, written, read):
    world.town_halls = [town_hall(address=written)]
    assert addresses(world) == read


def test_only_the_town_hall_itself_speaks_for_the_commune(world):
    world.town_halls = [
        town_hall(address="commissariat@meymac.example", kind="commissariat_mairie"),
        town_hall(address="ancienne@meymac.example", kind="mairie_com"),
        town_hall(address="village@meymac.example", nom="Mairie déléguée - Le Village"),
        town_hall("19011", "mairie@ailleurs.example"),
        town_hall(),
    ]
    assert addresses(world) == ("mairie@meymac.example",)


def test_a_commune_of_corsica_is_asked_by_its_letter(world):
    world.town_halls = [town_hall("2A004", "mairie@ajaccio.example")]
    assert addresses(world, "2A004") == ("mairie@ajaccio.example",)


@pytest.mark.parametrize("code", ["", "1", '19136" OR "1', "mairie"])
def test_what_is_no_commune_is_never_asked(world, code):
    with pytest.raises(ValueError, match="not an INSEE code"):
        addresses(world, code)
    assert world.seen == []


@pytest.mark.parametrize(("effect", "error"), [("html", BadAnswer), ("500", Unavailable), ("down", Unavailable)])
def test_faults_are_told_apart(world, effect, error):
    world.fail(DIRECTORY, effect)
    with pytest.raises(error):
        addresses(world)
