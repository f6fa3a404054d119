"""What a moderator may do in the admin beyond the cases: stop, and look."""

import pytest
from django.urls import reverse

from influencers.models import Stop
from tests.cast import make_moderator, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(client):
    moderator = make_moderator()
    client.force_login(moderator)
    return moderator


@pytest.mark.parametrize(
    "model", ["broadcast", "post", "pledge", "influencer", "networkaccount", "stop", "budget", "casecap"]
)
def test_a_moderator_opens_each_list_of_the_influencers_side(client, moderator, model):
    assert client.get(reverse(f"admin:influencers_{model}_changelist")).status_code == 200


def test_a_moderator_stops_everything_and_lifts_it(client, moderator):
    client.post(reverse("admin:influencers_stop_add"), {"reason": "erreur dans la date"})
    stop = Stop.objects.get()
    assert (stop.by, stop.lifted_at) == (moderator, None)
    client.post(reverse("admin:influencers_stop_changelist"), {"action": "lift", "_selected_action": [str(stop.pk)]})
    stop.refresh_from_db()
    assert stop.lifted_at


def test_staff_without_the_group_may_stop_nothing(client):
    client.force_login(make_user("Sam", is_staff=True))
    assert client.get(reverse("admin:influencers_stop_add")).status_code == 403
