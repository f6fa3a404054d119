"""The sandbox is the demo's and the tests' witness: what it says must be so."""

import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from influencers.networks import base


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.visits.append((self.command, self.path, dict(self.headers)))
        self.send_response(404 if "absent" in self.path else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_args):
        pass


@pytest.fixture
def site():
    """A site on loopback that notes who visits."""
    server = HTTPServer(("127.0.0.1", 0), Site)
    server.visits = []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def post(sandbox_x, person, text):
    return sandbox_x.adapter.publish(person, base.Intent(str(uuid.uuid4()), text))


def test_the_audience_visits_each_link_and_each_person_has_an_address(sandbox_x, site):
    person = sandbox_x.new_user("lien")
    post(sandbox_x, person, f"Ici {site.url}/r/un. Et ailleurs https://exemple.example/r/deux")
    done = [sandbox_x.audience(300, 2), sandbox_x.audience(1, 0)]
    assert [(call["human"], call["robot"], call["skipped"]) for call in done] == [(300, 2, 1), (1, 0, 1)]
    assert {path for _method, path, _headers in site.visits} == {"/r/un"}
    robots = [visit for visit in site.visits if "X-Forwarded-For" not in visit[2]]
    people = [visit[2]["X-Forwarded-For"] for visit in site.visits if "X-Forwarded-For" in visit[2]]
    assert [method for method, _path, _headers in robots] == ["GET", "HEAD"]
    assert len(set(people)) == len(people) == 301
    ledger = sandbox_x.ledger()
    assert (ledger["human_clicks"], ledger["robot_clicks"]) == (301, 2)


def test_only_visits_that_were_answered_are_counted(sandbox_x, site):
    post(sandbox_x, sandbox_x.new_user("absent"), f"Ici {site.url}/absent et http://127.0.0.1:9/r/ferme")
    assert sandbox_x.audience(2, 1) == {"human": 0, "robot": 0, "failed": 6, "skipped": 0}
    assert sandbox_x.ledger()["human_clicks"] == 0


def test_the_ledger_counts_every_attempt_and_each_post_once(sandbox_x):
    person = sandbox_x.new_user("tentatives")
    for effect in ("500", "created-then-drop"):
        sandbox_x.fail(effect)
        with pytest.raises(base.OutcomeUnknown):
            post(sandbox_x, person, "Un seul texte")
    with pytest.raises(base.Duplicate):
        post(sandbox_x, person, "Un seul texte")
    ledger = sandbox_x.ledger()
    assert (ledger["attempts"], len(ledger["tweets"])) == (3, 1)


def test_a_hundred_posts_in_a_quarter_of_an_hour_are_all_that_x_takes(sandbox_x):
    person = sandbox_x.new_user("bavarde")
    for number in range(100):
        post(sandbox_x, person, f"Texte {number}")
    with pytest.raises(base.RateLimited) as refused:
        post(sandbox_x, person, "Un de trop")
    assert refused.value.reset_at


def test_links_are_shown_as_x_shows_them(sandbox_x):
    person = sandbox_x.new_user("court")
    link = "https://i4emploi.example/r/abcd2345"
    published = post(sandbox_x, person, f"Voir & signer {link}")
    answer = httpx.get(
        f"{sandbox_x.url}/2/tweets",
        params={"ids": published.remote_id, "tweet.fields": "entities"},
        headers={"Authorization": f"Bearer {person.access_token}"},
    ).json()["data"][0]
    assert link not in answer["text"]
    assert "&amp;" in answer["text"]
    assert answer["entities"]["urls"][0]["expanded_url"] == link


def test_a_followed_author_is_seen_more_and_the_same_place_gives_the_same_figures(sandbox_x):
    big, small = sandbox_x.new_user("celebre", followers=1_000_000), sandbox_x.new_user("discrete", followers=10)
    for person in (big, small):
        post(sandbox_x, person, "Un texte")
    with sandbox_x.world.lock:
        seen = {tweet.author.username: tweet for tweet in sandbox_x.world.tweets.values()}
        for tweet in seen.values():
            tweet.at -= 60  # a minute passes: at the sandbox's speed, half of the views are there
        views = {name: tweet.metrics(time.time())["impression_count"] for name, tweet in seen.items()}
    assert views["celebre"] > 20_000 > 10 > views["discrete"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/2/tweets"), ("POST", "/_sandbox/faults"), ("GET", "/2/rien")])
def test_nonsense_is_refused_and_never_breaks_the_server(sandbox_x, method, path):
    token = sandbox_x.new_user("brouillon").access_token
    answer = httpx.request(method, sandbox_x.url + path, content=b"{", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (400, 404)


def test_a_frozen_audience_looks_no_more(sandbox_x):
    person = sandbox_x.new_user("celebre", followers=1_000_000)
    post(sandbox_x, person, "Un texte")
    httpx.post(f"{sandbox_x.url}/_sandbox/freeze").raise_for_status()
    tweet = next(reversed(sandbox_x.world.tweets.values()))
    with sandbox_x.world.lock:
        assert sandbox_x.world.frozen_at >= tweet.at
        tweet.at -= 3600  # an hour passes, of which the audience looked for a minute
        sandbox_x.world.frozen_at = tweet.at + 60
    seen = sandbox_x.ledger()["tweets"][-1]["public_metrics"]["impression_count"]
    assert seen == tweet.metrics(tweet.at + 60)["impression_count"] < tweet.metrics(time.time())["impression_count"]
