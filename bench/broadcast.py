"""Posts per second through claim, last look, adapter and commit, beside the same requests in a bare loop and a task of
Celery's that does nothing.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.utils import timezone

POSTS = 1500
CONCURRENCY = 32  # the engine's own number of requests in flight
TASKS = 1500

SERVER = """
import itertools, socketserver, sys
numbers = itertools.count(1)
class AnswersAtOnce(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    def handle(self):
        while line := self.rfile.readline():
            length = 0
            while (header := self.rfile.readline()) not in (b"\\r\\n", b""):
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            self.rfile.read(length)
            body = b'{"data":{"id":"%d","text":""}}' % next(numbers)
            self.wfile.write(b"HTTP/1.1 201 Created\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128
server = Server(("127.0.0.1", 0), AnswersAtOnce)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextmanager
def network_that_answers_at_once() -> Iterator[str]:
    """A server in a process of its own that takes every post; gives its address."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def make_posts(case, base_url: str) -> None:
    """A broadcast of one post for each of POSTS influencers, due now."""
    from bench.scene import make_pledges
    from campaigns.models import LinkKind, ShortLink
    from i4emploi_site.lib.codes import secret, short_code
    from influencers.models import Broadcast, BroadcastState, Delivery, Pledge, Post, PostKind

    now, mark = timezone.now(), secret()[:8]
    pledges = make_pledges(
        case,
        [{"network": "x", "base_url": base_url, "remote_id": f"{mark}-{n}", "handle": "@mesure",
          "access_token": f"jeton-{n}", "expires_at": now + timedelta(hours=2)} for n in range(POSTS)],
        [f"Voix {n} pour l’usine {{lien}}" for n in range(POSTS)],
    )  # fmt: skip
    links = ShortLink.objects.bulk_create(
        ShortLink(case=case, kind=LinkKind.POST, code=short_code(12), label="mesure") for _pledge in pledges
    )
    broadcast = Broadcast.objects.create(
        case=case, canonical_text="{lien}", at=now, spread_minutes=0, state=BroadcastState.SCHEDULED,
        until=now + timedelta(days=1),
    )  # fmt: skip
    Post.objects.bulk_create(
        Post(broadcast=broadcast, case=case, pledge=pledge, account=pledge.account, network="x",
             kind=PostKind.OWN_WORDS, delivery=Delivery.API, link=link, due_at=now,
             text=pledge.consented_text.replace(Pledge.LINK_MARK, link.url))
        for pledge, link in zip(pledges, links, strict=True)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does on a site that lives


def through_the_engine(case, base_url: str) -> Callable[[], float]:
    def run() -> float:
        from influencers import publishing
        from influencers.models import Post, PostState

        make_posts(case, base_url)
        before = Post.objects.filter(state=PostState.PUBLISHED).count()
        began = time.perf_counter()
        publishing.publish_due("x")
        seconds = time.perf_counter() - began
        sent = Post.objects.filter(state=PostState.PUBLISHED).count() - before
        if sent != POSTS:
            raise RuntimeError(f"{sent} of {POSTS} posts were published")
        return POSTS / seconds

    return run


def in_a_bare_loop(base_url: str) -> Callable[[], float]:
    """The same requests, by the same adapter, with the same number in flight, and nothing else."""

    def run() -> float:
        from influencers import accounts
        from influencers.networks.base import Credentials, Intent

        adapter = accounts.adapter_for("x", base_url)
        intents = [Intent(str(n), f"Voix {n} pour l’usine http://localhost/r/abcdefghij") for n in range(POSTS)]
        began = time.perf_counter()
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            list(pool.map(lambda intent: adapter.publish(Credentials("jeton"), intent), intents))
        return POSTS / (time.perf_counter() - began)

    return run


def one_task_a_post(case, base_url: str) -> Callable[[], float]:
    """The usual way: a task of Celery's for each post, which reads it, sends it and stores what came of it."""

    def run() -> float:
        from bench import tasks
        from influencers.models import Post, PostState

        make_posts(case, base_url)
        ids = Post.objects.filter(state=PostState.SCHEDULED).values_list("pk", flat=True)
        return _consumed(base_url, lambda: [tasks.send_one.delay(str(pk)) for pk in ids])

    return run


def tasks_that_do_nothing(base_url: str) -> Callable[[], float]:
    def run() -> float:
        from bench import tasks

        return _consumed(base_url, lambda: [tasks.nothing.delay() for _task in range(POSTS)])

    return run


def _consumed(base_url: str, enqueue: Callable) -> float:
    """Tasks a second of a worker that is running already, with as many processes as the machine has cores."""
    from bench import tasks

    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "bench.tasks", "worker", "--loglevel", "ERROR", "--concurrency", "2",
         "--without-gossip", "--without-mingle", "--without-heartbeat"],
        env=os.environ | {"I4_X_API_URL": base_url}, stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        tasks.warm_up()
        began = time.perf_counter()
        enqueue()
        tasks.wait_for(POSTS)
        return POSTS / (time.perf_counter() - began)
    finally:
        worker.terminate()
        worker.wait(30)
