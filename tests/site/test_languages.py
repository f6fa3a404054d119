"""The site speaks French, and English to whoever asks."""

import gettext
import re
from pathlib import Path

import pytest
from django.utils import translation

from tests.cast import make_case

LOCALE = Path(__file__).resolve().parents[2] / "locale" / "en" / "LC_MESSAGES"


@pytest.mark.django_db
def test_a_case_is_read_in_both_languages(client):
    case = make_case()
    assert "Je suis repreneur" in client.get(case.get_absolute_url()).content.decode()
    client.post("/langue/", {"language": "en", "next": "/"})
    english = client.get(case.get_absolute_url()).content.decode()
    assert "Je suis repreneur" not in english
    assert '<html lang="en">' in english
    translation.activate("fr")


def test_every_message_is_translated_and_compiled():
    source = (LOCALE / "django.po").read_text()
    assert "#, fuzzy" not in source.split("\n\n", 1)[1]
    with open(LOCALE / "django.mo", "rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    plain = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', source, re.M)
    assert len(plain) > 500
    for french, english in plain:
        assert english, french
        key, meant = (text.encode().decode("unicode_escape").encode("latin-1").decode() for text in (french, english))
        assert catalogue.gettext(key) == meant, "compile locale/ again: make messages"


def test_zero_is_singular_in_french_and_plural_in_english(client):
    case = make_case()
    french = client.get(case.get_absolute_url()).content.decode()
    english = client.get(case.get_absolute_url(), headers={"Accept-Language": "en"}).content.decode()
    assert "0 publication mesurée sur 0" in french
    assert "0 engagement pour ce dossier" in french
    assert "0 pledges" in english


def test_none_is_singular_in_french():
    source = (LOCALE.parents[1] / "fr" / "LC_MESSAGES" / "django.po").read_text()
    counted = re.findall(r'^msgid "(.+)"\nmsgid_plural "(.+)"$', source, re.MULTILINE)
    assert counted
    with translation.override("fr"):
        assert [one for one, many in counted if translation.ngettext(one, many, 0) != one] == []
