"""The sandbox shows posts and people as the AppView was measured to, and has an audience."""

import time

import httpx
import pytest

from tests.networks.bluesky_writer import Writer, error, facet


@pytest.fixture
def writer(sandbox_bluesky):
    return Writer(sandbox_bluesky)


def test_a_repost_of_anything_is_taken_and_a_person_is_counted_once(writer):
    post, reader = writer.post(), Writer(writer.network, "lea")
    answers = [reader.repost(post), reader.repost(post), reader.repost({**post, "uri": f"{post['uri'][:-1]}z"})]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    writer.network.world.frozen_at = 1  # before any audience
    assert writer.seen(post["uri"])[0]["repostCount"] == 1
    reposted = writer.ask("app.bsky.feed.getRepostedBy", uri=post["uri"]).json()
    assert [person["did"] for person in reposted["repostedBy"]] == [reader.did]
    feed = writer.ask("app.bsky.feed.getAuthorFeed", actor=reader.did).json()["feed"]
    assert {line["reason"]["$type"] for line in feed} == {"app.bsky.feed.defs#reasonRepost"}
    assert writer.network.ledger()["posts"][0]["reposts"] == 1


def test_posts_are_read_with_their_counters_and_absent_ones_are_left_out(writer):
    kept, deleted = writer.post("Un"), writer.post("Deux")
    writer.delete(deleted["uri"].rpartition("/")[2])
    (seen,) = writer.seen(kept["uri"], deleted["uri"], f"{kept['uri'][:-1]}z")
    assert (seen["uri"], seen["cid"], seen["record"]["text"]) == (kept["uri"], kept["cid"], "Un")
    assert {"likeCount", "repostCount", "replyCount", "quoteCount", "bookmarkCount"} <= seen.keys()
    assert seen["author"]["handle"] == writer.account.handle
    many = writer.ask("app.bsky.feed.getPosts", uris=[kept["uri"]] * 26)
    assert many.json() == {"error": "InvalidRequest", "message": "Error: uris must not have more than 25 elements"}
    assert error(writer.ask("app.bsky.feed.getPosts", uris=[kept["uri"], "rien"])) == (400, "InvalidRequest")
    assert error(writer.ask("app.bsky.feed.getPosts", signed_in=False, uris=kept["uri"])) == (401, "AuthMissing")


def test_profiles_are_read_by_did_or_handle(writer):
    writer.account.description = "Je soutiens Meymac"
    for actor in (writer.did, writer.account.handle):
        (found,) = writer.ask("app.bsky.actor.getProfiles", actors=[actor, "did:plc:inconnu"]).json()["profiles"]
        assert (found["did"], found["followersCount"], found["description"]) == (
            writer.did,
            1200,
            "Je soutiens Meymac",
        )
        assert "displayName" not in found
        assert writer.ask("app.bsky.actor.getProfile", actor=actor).json() == found


def test_a_search_finds_tags_by_facet_or_by_word_since_an_instant_and_the_latest_first(writer):
    writer.post("Un #Meymac")
    writer.post("Deux", facets=[facet("tag", tag="Meymac")])
    writer.post("Trois #Meymacois")
    assert writer.found(q="#meymac", sort="latest") == ["Deux", "Un #Meymac"]
    assert writer.found(q="un #Meymac") == ["Un #Meymac"]
    writer.network.world.written[0].at -= 3600
    half_an_hour_ago = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1800))
    assert writer.found(q="#Meymac", since=half_an_hour_ago) == ["Deux"]
    assert error(writer.ask("app.bsky.feed.searchPosts", signed_in=False, q="#Meymac")) == (401, "AuthMissing")


def test_the_audience_opens_the_links_that_facets_make(sandbox_bluesky, writer):
    link = f"{sandbox_bluesky.url}/_sandbox/ledger"
    writer.post(f"Ici {link}")
    assert sandbox_bluesky.audience(2, 1) == {"human": 0, "robot": 0, "failed": 0, "skipped": 0}
    writer.post("Ici", facets=[facet("link", uri=link)])
    assert sandbox_bluesky.audience(2, 1) == {"human": 2, "robot": 1, "failed": 0, "skipped": 0}
    assert sandbox_bluesky.ledger()["human_clicks"] == 2


def test_counters_grow_until_the_audience_is_frozen(sandbox_bluesky):
    famous = Writer(sandbox_bluesky, "celebre", followers=1_000_000)
    post = famous.post()
    record = sandbox_bluesky.world.at(post["uri"])
    record.at -= 60  # a minute passes: at the sandbox's speed, half of the views are there
    assert famous.seen(post["uri"])[0]["likeCount"] > 500
    httpx.post(f"{sandbox_bluesky.url}/_sandbox/freeze").raise_for_status()
    assert sandbox_bluesky.world.frozen_at >= record.at + 60
    record.at -= 3600  # an hour passes, of which the audience looked for a minute
    sandbox_bluesky.world.frozen_at = record.at + 60
    seen = sandbox_bluesky.ledger()["posts"][0]["counts"]
    assert seen == record.counts(record.at + 60, 0) != record.counts(time.time(), 0)
