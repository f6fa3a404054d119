"""Joining the engaged, one's own space, the public list."""

import pytest
from django.urls import reverse

from influencers.models import Influencer
from tests import cast

pytestmark = pytest.mark.django_db

FORM = {"public_name": "Inès de Meymac", "departement": "19", "daily_cap": "3", "listed": "on"}


def join(client, **changes):
    return client.post(reverse("join"), FORM | changes)


def test_a_stranger_reads_what_it_is_before_giving_anything(client):
    page = client.get(reverse("join")).content.decode()
    assert "exactement ce qui sera publié" in page
    assert reverse("account_signup") + "?next=%2Fs-engager%2F" in page


def test_one_joins_with_a_name_a_cap_and_quiet_hours(client):
    client.force_login(cast.make_user("Inès"))
    answer = join(client, quiet_from="22:00", quiet_until="07:30", next="/engages/")
    assert answer["Location"] == "/engages/"
    made = Influencer.objects.get()
    assert (made.public_name, made.departement, made.daily_cap, made.listed) == ("Inès de Meymac", "19", 3, True)
    assert (f"{made.quiet_from:%H:%M}", f"{made.quiet_until:%H:%M}") == ("22:00", "07:30")


def test_a_public_name_does_not_tell_a_confidential_procedure_by_a_later_change_either(client):
    client.force_login(cast.make_user("Inès"))
    join(client)
    answer = client.post(reverse("me"), FORM | {"public_name": "Mandat ad hoc Meymac"})
    assert "procédure confidentielle : mandat ad hoc" in answer.content.decode()
    client.force_login(cast.make_user("Root", is_staff=True, is_superuser=True))
    made = Influencer.objects.get()
    desk = reverse("admin:influencers_influencer_change", args=[made.pk])
    assert client.post(desk, FORM | {"public_name": "Mandat ad hoc Meymac"}).status_code == 200
    assert Influencer.objects.get().public_name == "Inès de Meymac"
    assert client.post(desk, FORM | {"public_name": "Inès"}).status_code == 302
    assert Influencer.objects.get().public_name == "Inès"


def test_joining_twice_makes_one_influencer(client):
    client.force_login(cast.make_user("Inès"))
    join(client)
    assert join(client, public_name="Autre").status_code == 302
    assert Influencer.objects.get().public_name == "Inès de Meymac"


def test_an_address_elsewhere_is_never_followed(client):
    client.force_login(cast.make_user("Inès"))
    assert join(client, next="https://ailleurs.example/")["Location"] == reverse("me")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"public_name": ""}, "errorlist"),
        ({"public_name": "La conciliation de Meymac"}, "procédure confidentielle"),
        ({"public_name": "🏭🏭"}, "au moins une lettre"),
        ({"public_name": "a" * 1_000_000}, "errorlist"),
        ({"daily_cap": "0"}, "errorlist"),
        ({"daily_cap": "11"}, "errorlist"),
        ({"quiet_from": "22:00"}, "la fin des heures de silence"),
        ({"quiet_from": "25:99", "quiet_until": "7"}, "errorlist"),
        ({"departement": "20"}, "errorlist"),
    ],
)
def test_bad_answers_are_said_at_their_field_and_nothing_is_lost(client, changes, said):
    client.force_login(cast.make_user("Inès"))
    answer = join(client, **changes)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert 'value="19" selected' in answer.content.decode() or "departement" in changes
    assert not Influencer.objects.exists()


def test_ones_own_space_changes_the_limits(client):
    influencer = cast.make_influencer()
    client.force_login(influencer.user)
    client.post(reverse("me"), FORM | {"daily_cap": "7", "listed": ""})
    influencer.refresh_from_db()
    assert (influencer.daily_cap, influencer.listed) == (7, False)


def test_ones_own_space_wants_to_know_who(client):
    assert client.get(reverse("me"))["Location"].startswith(reverse("account_login"))


def test_somebody_of_a_team_finds_their_cases_without_being_engaged(client):
    case = cast.make_case()
    client.force_login(cast.make_member(case))
    assert reverse("dashboard", args=[case.slug]) in client.get(reverse("me")).content.decode()


def test_the_public_list_shows_only_those_who_want_it_and_have_a_pledge(client):
    case = cast.make_case()
    seen = cast.make_influencer("Visible Volontaire", listed=True)
    hidden = cast.make_influencer("Discret Discrète", listed=False)
    idle = cast.make_influencer("Oisif Inactif", listed=True)
    for influencer in (seen, hidden):
        cast.make_pledge(influencer, cast.make_account(influencer, handle=f"@{influencer.pk}_compte"), case)
    idle_account = cast.make_account(idle, handle="@oisif")
    page = client.get(reverse("engaged")).content.decode()
    assert "Visible Volontaire" in page
    assert f"@{seen.pk}_compte" in page
    assert "Discret Discrète" not in page
    assert f"@{hidden.pk}_compte" not in page
    assert "Oisif Inactif" not in page
    assert idle_account.handle not in page


def test_unknown_followers_are_unknown_and_never_zero(client):
    case = cast.make_case()
    one, two = (cast.make_influencer(name, listed=True) for name in ("Une Connue", "Deux Inconnu"))
    cast.make_pledge(one, cast.make_account(one, followers=1200), case)
    cast.make_pledge(two, cast.make_account(two, followers=None), case)
    page = client.get(reverse("engaged")).content.decode()
    assert "Portée potentielle cumulée (doublons non déduits)" in page
    assert "inconnu" in page
    assert "1 compte ne dit pas ses abonnés" in page
    assert ">0<" not in page


def test_the_public_list_costs_the_same_for_one_or_for_twenty(client, django_assert_num_queries):
    case = cast.make_case()
    for number in range(20):
        influencer = cast.make_influencer(f"Engagé {chr(65 + number)}", listed=True)
        cast.make_pledge(influencer, cast.make_account(influencer), case)
    with django_assert_num_queries(4):
        client.get(reverse("engaged"))


def test_a_newcomer_is_first_told_what_pledging_is(client):
    where = reverse("pledge_new", args=[cast.make_case().slug])
    answer = client.get(where)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{reverse('join')}?next=")
