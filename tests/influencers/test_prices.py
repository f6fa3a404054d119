"""The one table of prices: whole numbers, rounded up; what is not in it is free."""

from decimal import Decimal

import pytest

from influencers import prices


@pytest.mark.parametrize(
    ("network", "kind", "text", "micro_dollars"),
    [
        ("x", "canonical", "Meymac attend. https://i4emploi.example/r/abc", 200_000),
        ("x", "own_words", "Meymac attend. http://localhost:8000/r/abc", 200_000),
        ("x", "own_words", "Lisez lamontagne.fr ce matin", 200_000),
        ("x", "own_words", "Meymac attend. M. Dupont, S.A.S. Exemple, 19,5 millions.", 15_000),
        ("x", "own_words", "", 15_000),
        ("x", "repost", "", 15_000),
        ("x", "repost", "un texte qui n’est pas le sien https://i4emploi.example/r/abc", 15_000),
        ("mastodon", "canonical", "Meymac attend. https://i4emploi.example/r/abc", 0),
        ("bluesky", "repost", "", 0),
    ],
)
def test_a_post_costs_what_its_network_charges_for_its_kind_and_its_words(network, kind, text, micro_dollars):
    assert prices.cost_of_post(network, kind, text) == micro_dollars


@pytest.mark.parametrize(
    ("network", "call", "units", "micro_dollars"),
    [
        ("x", prices.POST_READ, 3, 15_000),
        ("x", prices.USER_READ, 1, 10_000),
        ("x", prices.RECENT_COUNTS, 2, 10_000),
        ("mastodon", prices.POST_READ, 300, 0),
    ],
)
def test_reads_are_priced_by_the_unit(network, call, units, micro_dollars):
    assert prices.cost_of(network, call, units) == micro_dollars


@pytest.mark.parametrize(
    ("micro_dollars", "rate", "micro_euros"),
    [
        (200_000, "1", 200_000),
        (200_000, "0.92", 184_000),
        (1, "0.5", 1),
        (3, "0.333333", 1),
        (4, "0.333333", 2),
        (0, "2", 0),
    ],
)
def test_euros_are_whole_micro_euros_rounded_up(micro_dollars, rate, micro_euros):
    found = prices.in_euros(micro_dollars, Decimal(rate))
    assert (found, type(found)) == (micro_euros, int)


def test_every_price_is_of_a_known_call():
    assert {call for _network, call in prices.MICRO_DOLLARS} == set(prices.CALLS)
