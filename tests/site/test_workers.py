"""A real beat and a real worker, in processes of their own, carry a broadcast out."""

import os
import select
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from i4emploi_site import servers
from influencers import broadcasting
from influencers.models import Post, PostState
from tests.cast import make_account, make_case, make_influencer, make_moderator, make_pledge
from tests.conftest import WORKER

pytestmark = [pytest.mark.workers, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 60


@pytest.fixture
def celery(sandbox_x, tmp_path):
    """Beat and a worker on this test's own database and Valkey number."""
    dsn = connection.settings_dict
    host = dsn["HOST"].replace("/", "%2F")
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{dsn['USER']}:{dsn['PASSWORD']}@/{dsn['NAME']}?host={host}",
        "REDIS_URL": servers.redis_url(WORKER + 1),
        "I4_BROKER_URL": servers.broker_url(WORKER + 1),
        "I4_X_API_URL": sandbox_x.url,
        "I4_X_CLIENT_ID": "client-de-test",
        "X_PLEDGES_BY_API": "1",
        "I4_METRICS_SPEED": "60",
        "I4_SITE_URL": settings.SITE_URL,
        "I4_VAULT_KEYS": ",".join(settings.VAULT_KEYS),
    }
    base = [sys.executable, "-m", "celery", "-A", "i4emploi_site"]
    with open(tmp_path / "celery.log", "wb") as log:
        started = [
            subprocess.Popen([*base, *rest], env=environment, stdout=log, stderr=log)
            for rest in (
                ["worker", "-Q", "publish,track,clicks", "-c", "2", "-l", "WARNING"],
                ["beat", "-l", "WARNING", "--pidfile=", "-s", str(tmp_path / "beat")],
            )
        ]
    yield tmp_path / "celery.log"
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


@pytest.fixture
def metric_stored():
    """Waits, as long as it is told to, until PostgreSQL says that a reading was stored."""
    dsn = connection.settings_dict
    with closing(psycopg2.connect(dbname=dsn["NAME"], user=dsn["USER"], host=dsn["HOST"])) as listening:
        listening.autocommit = True
        listening.cursor().execute("LISTEN metric_stored")
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION tell_metric() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN NOTIFY metric_stored; RETURN NULL; END $$;"
                "CREATE TRIGGER tell AFTER INSERT ON influencers_postmetric EXECUTE FUNCTION tell_metric()"
            )
        yield lambda seconds: bool(select.select([listening], [], [], seconds)[0])
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION tell_metric CASCADE")


def test_workers_publish_and_track_what_is_due(metric_stored, celery, sandbox_x):
    case = make_case()
    person = sandbox_x.new_user("ouvriere")
    influencer = make_influencer()
    account = make_account(
        influencer, "x", base_url=sandbox_x.url, remote_id=person.remote_id, access_token=person.access_token
    )
    make_pledge(influencer, account, case)
    made = broadcasting.prepare(case, make_moderator(), "Meymac. {lien}", timezone.now() + timedelta(seconds=1), 0)
    broadcasting.schedule(made, timezone.now())
    post = made.posts.get()
    assert metric_stored(PATIENCE_SECONDS), celery.read_text()[-2000:]
    assert Post.objects.get(pk=post.pk).state == PostState.PUBLISHED
    assert sandbox_x.texts() == [post.text]
