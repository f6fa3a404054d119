"""What the bench of publishing compares with: tasks of Celery's, on the stage's own Valkey."""

import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "i4emploi_site.settings")

import django

django.setup()

import redis  # noqa: E402
from celery import Celery  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

QUEUE, COUNTER, PATIENCE_SECONDS = "bench", "bench:done", 120

app = Celery("bench")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(task_default_queue=QUEUE, task_routes={}, beat_schedule={})
valkey = redis.Redis.from_url(settings.REDIS_URL)


@app.task
def nothing() -> None:
    valkey.incr(COUNTER)


@app.task
def send_one(pk: str) -> None:
    from influencers import accounts
    from influencers.clearing import intent_of
    from influencers.models import Post, PostState

    post = Post.objects.select_related("account", "broadcast", "link", "pledge").get(pk=pk)
    adapter = accounts.adapter_for(post.network, post.account.base_url)
    Post.objects.filter(pk=pk, state=PostState.SCHEDULED).update(state=PostState.UNCONFIRMED)
    came = adapter.publish(accounts.token_of(post.account), intent_of(post))
    Post.objects.filter(pk=pk).update(
        state=PostState.PUBLISHED, remote_id=came.remote_id, remote_url=came.url, published_at=timezone.now()
    )
    valkey.incr(COUNTER)


def warm_up() -> None:
    """Until a worker answers."""
    valkey.delete(COUNTER)
    nothing.delay()
    wait_for(1)
    valkey.delete(COUNTER)


def wait_for(number: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while int(valkey.get(COUNTER) or 0) < number:
        if time.monotonic() > until:
            raise TimeoutError(f"{valkey.get(COUNTER)} of {number} tasks after {PATIENCE_SECONDS} s")
        time.sleep(0.005)
