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
