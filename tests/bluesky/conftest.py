import pytest

from tests.bluesky.real_network import real_bluesky


@pytest.fixture(scope="session")
def bluesky(tmp_path_factory):
    with real_bluesky(tmp_path_factory.mktemp("bluesky")) as network:
        yield network
