import pytest

from tests.open_data_server import open_data


@pytest.fixture(scope="session")
def _open_data():
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
