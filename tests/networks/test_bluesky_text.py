"""What Bluesky makes of texts and keys, whatever they are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influencers.networks import bluesky_text

WORDS = st.sampled_from(
    ["#i4emploi", "été", "👩‍🏭", "https://i4emploi.example/r/abc23456", "«", "»", "(", ")", ".", "é", "#été"]
)
TEXTS = st.one_of(st.text(max_size=400), st.lists(WORDS | st.text(max_size=6), max_size=30).map(" ".join))
INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(TEXTS)
def test_a_facets_bytes_are_exactly_the_link_or_the_tag(text):
    raw = text.encode()
    end_before = 0
    for facet in bluesky_text.facets(text):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert end_before <= start < end <= len(raw)
        (feature,) = facet["features"]
        shown = raw[start:end].decode()
        assert shown in (feature.get("uri"), f"#{feature.get('tag')}", f"＃{feature.get('tag')}")
        end_before = end


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Voyez https://i4emploi.example/r/abc23456. Merci", ["https://i4emploi.example/r/abc23456"]),
        ("(https://i4emploi.example/r/abc23456)", ["https://i4emploi.example/r/abc23456"]),
        ("« https://exemple.example/a_(b) »", ["https://exemple.example/a_(b)"]),
        ("👩‍🏭 #i4emploi, #Été2026 ! #2026 ##x a#b", ["i4emploi", "Été2026"]),
        ("https://exemple.example/#ancre", ["https://exemple.example/#ancre"]),
        ("#" + "a" * 65, []),
        ("https://", []),
    ],
)
def test_links_and_tags_are_found_as_people_read_them(text, found):
    features = [facet["features"][0] for facet in bluesky_text.facets(text)]
    assert [feature.get("uri") or feature["tag"] for feature in features] == found


@given(st.text(max_size=700))
def test_a_text_measures_too_long_exactly_when_it_would_be_refused(text):
    refused = bluesky_text.graphemes(text) > 300 or len(text.encode()) > 3000
    assert (bluesky_text.measure(text) > 300) is refused


def test_a_family_counts_once_and_weighs_its_bytes():
    family = "👨‍👩‍👧‍👦"
    assert bluesky_text.measure("é" * 300) == 300
    assert bluesky_text.graphemes(family * 100) == 100
    assert bluesky_text.measure(family * 167) > 300


@given(INSTANTS, st.uuids())
def test_a_records_name_is_a_tid_and_never_another(at, key):
    name = bluesky_text.record_key(at, str(key))
    assert name == bluesky_text.record_key(at, str(key))
    assert len(name) == 13
    assert set(name) <= set(bluesky_text.SORTABLE)
    assert name[0] in "234567abcdefghij"


def test_posts_of_one_instant_have_names_of_their_own():
    at = datetime(2026, 11, 24, tzinfo=UTC)
    names = {bluesky_text.record_key(at, f"billet {number}") for number in range(200)}
    assert len(names) == 200


@given(INSTANTS, st.uuids(), st.uuids())
def test_names_sort_by_time(at, first, second):
    later = at + timedelta(milliseconds=1)
    assert bluesky_text.record_key(at, str(first)) < bluesky_text.record_key(later, str(second))
