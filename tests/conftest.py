"""Real PostgreSQL and Valkey for every test: one database and one Valkey number per xdist worker."""

import gzip
import os

from i4emploi_site import servers

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

servers.start()

import pytest  # noqa: E402
import redis  # noqa: E402
from django.db import connection  # noqa: E402


def pytest_configure(config):
    from django.conf import settings

    settings.CACHES["default"]["LOCATION"] = servers.redis_url(WORKER + 1)
    settings.REDIS_URL = servers.redis_url(WORKER + 1)
    settings.CELERY_BROKER_URL = servers.broker_url(WORKER + 1)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SITE_URL = "http://testserver"
    settings.CSRF_TRUSTED_ORIGINS = ["http://testserver"]
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture(autouse=True)
def _empty_valkey():
    redis.Redis.from_url(servers.redis_url(WORKER + 1)).flushdb()


@pytest.fixture(autouse=True)
def _mail_to_memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _communes(request):
    """A transactional test truncates every table when it ends: put the communes back before the next test."""
    uses_database = {"db", "transactional_db", "live_server", "client", "admin_client"} & set(request.fixturenames)
    if not uses_database and not request.node.get_closest_marker("django_db"):
        return
    marker = request.node.get_closest_marker("django_db")
    transactional = {"transactional_db", "live_server"} & set(request.fixturenames) or (
        marker and marker.kwargs.get("transaction")
    )
    request.getfixturevalue("transactional_db" if transactional else "db")
    from campaigns.models import Commune

    if not Commune.objects.exists():
        with gzip.open("campaigns/data/communes.tsv.gz") as lines, connection.cursor() as cursor:
            cursor.copy_expert(
                "COPY campaigns_commune (code, name, search_name, postcodes, departement, population) FROM STDIN", lines
            )
