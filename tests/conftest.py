"""Real PostgreSQL and Valkey for every test: one database and one Valkey number per xdist worker."""

import gzip
import os

from i4emploi_site import servers

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

servers.start()

import pytest  # noqa: E402
import redis  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import translation  # noqa: E402


def pytest_configure(config):
    from django.conf import settings

    settings.CACHES["default"]["LOCATION"] = servers.redis_url(WORKER + 1)
    settings.REDIS_URL = servers.redis_url(WORKER + 1)
    settings.CELERY_BROKER_URL = servers.broker_url(WORKER + 1)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SITE_URL = "http://testserver"
    settings.CSRF_TRUSTED_ORIGINS = ["http://testserver"]
    settings.ACCOUNT_RATE_LIMITS = False
    from django.core.files.storage import storages

    storages["private"]._location = (
        servers.data_dir() / f"private-{WORKER}"
    )  # one worker sweeps, the other must not lose
    nowhere = "http://127.0.0.1:9"  # no register answers unless a test starts one
    settings.OPEN_DATA |= {"BODACC": nowhere, "COMPANIES": nowhere, "DIRECTORY": nowhere}


@pytest.fixture(autouse=True)
def _empty_valkey():
    redis.Redis.from_url(servers.redis_url(WORKER + 1)).flushdb()


@pytest.fixture(autouse=True)
def _site_language():
    """A page that was read in English leaves its language to the thread."""
    translation.deactivate()


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


@pytest.fixture(scope="session")
def x_for_all_examples():
    from tests.network_servers import sandbox_x

    with sandbox_x() as server:
        yield server


@pytest.fixture(scope="session")
def _bluesky():
    from tests.network_servers import sandbox_bluesky

    with sandbox_bluesky() as server:
        yield server


@pytest.fixture(scope="session")
def _mastodon(tmp_path_factory):
    from tests.network_servers import mastodon

    with mastodon(tmp_path_factory.mktemp("mastodon")) as server:
        yield server


@pytest.fixture
def sandbox_x(x_for_all_examples, settings):
    """Our X, as the settings' X; faults and posts of other tests are gone."""
    server = x_for_all_examples
    server.reset()
    settings.X_API_URL = server.url
    settings.X_AUTHORIZE_URL = f"{server.url}/i/oauth2/authorize"
    settings.X_CLIENT_ID = "client-de-test"
    settings.X_CLIENT_SECRET = ""
    settings.X_PLEDGES_BY_API = True
    settings.NETWORK_TIMEOUT_SECONDS = 2
    settings.RECONCILE_AFTER_SECONDS = 0
    return server


@pytest.fixture
def sandbox_bluesky(_bluesky, settings):
    """Our Bluesky, the only service that the settings propose; all of other tests is gone, its people too."""
    server = _bluesky
    server.reset()
    settings.BLUESKY_SERVICES = [server.url]
    settings.NETWORK_TIMEOUT_SECONDS = 2
    settings.RECONCILE_AFTER_SECONDS = 0
    return server


@pytest.fixture
def mastodon(_mastodon, settings):
    """A Mastodon instance, the only one that the settings propose."""
    _mastodon.reset()
    settings.MASTODON_INSTANCES = [_mastodon.url]
    settings.NETWORK_TIMEOUT_SECONDS = 2
    settings.RECONCILE_AFTER_SECONDS = 0
    return _mastodon


@pytest.fixture(params=["x", "mastodon", "bluesky"])
def network(request):
    """Each network in turn."""
    return request.getfixturevalue(request.param if request.param == "mastodon" else f"sandbox_{request.param}")


@pytest.fixture(scope="session")
def _open_data():
    from tests.open_data_server import open_data

    with open_data() as server:
        yield server


@pytest.fixture
def world(_open_data, settings):
    """The open registers, as the settings' registers; what other tests gave them is gone."""
    _open_data.reset()
    settings.OPEN_DATA = dict.fromkeys(settings.OPEN_DATA, _open_data.url)
    settings.OPEN_DATA_TIMEOUT_SECONDS = 5
    settings.RADAR_HEADCOUNT = 20
    return _open_data


@pytest.fixture
def case(db):
    """A published case with its date, its figure and its commune."""
    from tests.cast import make_case

    return make_case()


@pytest.fixture
def team(client, case):
    """A browser in which a member of the case's team is signed in."""
    from tests.cast import make_member

    client.force_login(make_member(case))
    return client
