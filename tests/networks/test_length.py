"""How long a text is, as each network counts; never shorter than the network finds it."""

import itertools
import uuid

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from influencers.networks import base
from influencers.networks.x import XAdapter

numbers = itertools.count(1)


@pytest.fixture
def long_writer(mastodon):
    return mastodon.new_user("longueurs")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("a." * 490, 980),
        ("中." * 30 + " x.com", 90 + 24),
        ("a" * 10, 10),
        ("日本語", 6),
        ("👩‍🏭", 2),
        ("🇫🇷", 2),
        ("é", 1),
        ("e\u0301", 1),
        ("voir https://i4emploi.org/une/adresse/bien/longue", 28),
    ],
)
def test_x_counts_weights(text, length):
    assert XAdapter("http://127.0.0.1:9", "", 1).measure(text) == length


def test_mastodon_counts_every_address_the_same(mastodon):
    short, long = "https://a.example/r/x", "https://a.example/" + "x" * 90
    assert mastodon.adapter.measure(f"ici {short}") == mastodon.adapter.measure(f"ici {long}")


def test_mastodon_counts_in_full_what_an_instance_may_not_take_for_an_address(mastodon):
    for text in (
        "http://127.0.0.1:8000/r/" + "x" * 90,
        "https://a.example" + "日" * 90,
        "nhttps://a.example/" + "x" * 90,
    ):
        assert mastodon.adapter.measure(text) >= 100


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=600)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_what_mastodon_measures_as_short_enough_is_never_refused(mastodon, long_writer, text):
    assume(text.strip() and mastodon.adapter.measure(text) <= mastodon.adapter.capabilities.max_length)
    mastodon.adapter.publish(long_writer, base.Intent(str(uuid.uuid4()), text))


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=320))
def test_what_is_measured_as_short_enough_is_never_refused_for_its_length(x_for_all_examples, text):
    person = x_for_all_examples.new_user(f"longueur{next(numbers)}")
    assume(text.strip() and x_for_all_examples.adapter.measure(text) <= 280)
    x_for_all_examples.adapter.publish(person, base.Intent(str(uuid.uuid4()), text))
