"""Who reposted a post, and what stands at an address that somebody gives: on each network, over HTTP."""

import pytest

from influencers.networks import base, mastodon_answers
from tests.networks.test_contract import intent, numbers, wished


@pytest.fixture
def author(network):
    return network.new_user(f"autrice{next(numbers)}")


def test_all_who_reposted_are_told_in_one_call_and_nobody_else(network, author):
    original = network.adapter.publish(author, intent())
    people = [network.new_user(f"relais{next(numbers)}") for _person in range(3)]
    for person in people[:2]:
        wish = wished(repost_of=original.remote_id, repost_url=original.url)
        network.adapter.publish(person, wish)
    found = network.adapter.reposters(author, original.remote_id)
    assert {one.remote_id for one in found} == {person.remote_id for person in people[:2]}
    assert {one.handle for one in found} == {network.adapter.me(person).handle for person in people[:2]}
    assert len({one.reference for one in found}) == 2


def test_more_reposters_than_a_page_are_told(sandbox_x):
    author = sandbox_x.new_user("populaire")
    original = sandbox_x.adapter.publish(author, intent())
    tweet = sandbox_x.world.tweets[original.remote_id]
    for number in range(130):
        user = sandbox_x.world.add_user(f"foule{number}")
        tweet.reposters[user.id] = (str(number), 0.0)
    assert len(sandbox_x.adapter.reposters(author, original.remote_id)) == 130


def test_the_reposters_of_what_is_gone_are_nobodys(network, author):
    original = network.adapter.publish(author, intent())
    network.adapter.delete(author, original.remote_id)
    with pytest.raises(base.TargetGone):
        network.adapter.reposters(author, original.remote_id)


def test_a_booster_from_another_instance_is_known_by_where_they_live():
    account = {"id": "7", "acct": "rose@ailleurs.example", "url": "https://social.ailleurs.example/@rose"}
    found = mastodon_answers.reposter(account, "42", "https://ici.example")
    assert found == base.Reposter("", "@rose@social.ailleurs.example", "42:7")


def address_of(network, published, name="quelquun") -> str:
    if network.name == "x":
        return f"https://x.com/{name}/status/{published.remote_id}"
    if network.name == "bluesky":
        author, _collection, key = [name, "", *published.remote_id.split("/")][-3:]
        return f"https://bsky.app/profile/{author}/post/{key}"
    return f"{network.url}/@{name}/{published.remote_id}"


def test_a_post_is_read_at_its_address(network, author):
    wish, other = intent(), intent()
    published = network.adapter.publish(author, wish)
    address = address_of(network, published)
    assert network.adapter.is_address(address)
    seen = network.adapter.look_at(author, address, wish)
    assert (seen.remote_id, seen.author_id, seen.carries) == (published.remote_id, author.remote_id, True)
    assert not network.adapter.look_at(author, address, other).carries


def test_nothing_is_at_the_address_of_what_is_gone(network, author):
    published = network.adapter.publish(author, intent())
    network.adapter.delete(author, published.remote_id)
    with pytest.raises(base.TargetGone):
        network.adapter.look_at(author, address_of(network, published), intent())


@pytest.mark.parametrize(
    "typed",
    [
        "", "x.com/a/status/1", "http://x.com/a/status/1", "https://x.com/a", "https://x.com.evil.example/a/status/1",
        "https://evil.example/https://x.com/a/status/1", "https://x.com@evil.example/a/status/1",
        "https://x.com/a/status/1\n", "javascript:alert(1)", "https://mastodon.example/@a/1", "https://x.com/a/status/x",
    ],
)  # fmt: skip
def test_what_is_no_address_there_is_refused_before_anything_is_asked(network, typed):
    assert not network.adapter.is_address(typed)


@pytest.mark.parametrize(
    "typed",
    ["https://x.com/a_b/status/12?s=20", "https://twitter.com/a/status/12", "https://mobile.x.com/a/status/12/photo/1"],
)
def test_the_addresses_that_people_copy_on_x_are_understood(sandbox_x, typed):
    assert sandbox_x.adapter.is_address(typed)
