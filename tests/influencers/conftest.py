"""What several files of tests start from."""

import pytest

from tests.cast import make_influencer, make_pledge
from tests.influencers.scene import account_on, broadcast_of


@pytest.fixture
def post(network, case):
    """One pledged post, due."""
    influencer = make_influencer()
    make_pledge(influencer, account_on(network, influencer), case)
    return broadcast_of(case).posts.get()
