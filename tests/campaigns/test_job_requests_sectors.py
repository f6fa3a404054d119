"""#i4emploiR: the sector of a request, asked for by its words, with a script or without."""

import re

import pytest

from campaigns.models import JobRequest
from tests.campaigns.job_scene import FORM, SENT, filled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("typed", "division"), [("cokéfaction", "19"), ("Fabrication de papier et de carton", "17"), ("", "")]
)
def test_a_sector_is_asked_for_by_its_words(client, typed, division):
    assert client.post(FORM, filled(sector=typed, naf_division=""))["Location"] == SENT
    assert JobRequest.objects.get().naf_division == division


def test_a_word_of_several_sectors_offers_them_without_a_script(client):
    asked = client.get(FORM).content.decode()
    assert "<select" not in asked
    form = filled(sector="papier", naf_division="")
    offered = client.post(FORM, form)
    assert offered.status_code == 400
    text = offered.content.decode()
    assert "Choisissez le secteur ci-dessous" in text
    assert "Industrie du papier et du carton" in text
    assert len(re.findall('type="radio" name="naf_division"', text)) == 2
    assert client.post(FORM, form | {"naf_division": "17"})["Location"] == SENT
    assert JobRequest.objects.get().naf_division == "17"


def test_a_word_of_no_sector_is_told_so(client):
    refused = client.post(FORM, filled(sector="zzzz", naf_division=""))
    assert refused.status_code == 400
    assert 'id="id_sector_error"' in refused.content.decode()
    assert 'value="zzzz"' in refused.content.decode()
