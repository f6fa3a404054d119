"""The team of a case: who may join it, who is told, and that leads never stay without a reader."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from campaigns import identity, moderation
from campaigns.models import Case, CaseMember, User
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def members(case) -> str:
    return reverse("team_members", args=[case.slug])


@pytest.fixture
def lucie(client, case):
    member = make_member(case)
    client.force_login(member)
    return member


def test_a_member_adds_another_who_signs_in_with_a_code_and_everybody_is_told(client, case, lucie):
    added = {"email": "Maire@exemple.example", "role": "elected"}
    for _press in range(2):
        assert client.post(members(case), added).status_code == 302
    assert CaseMember.objects.filter(case=case).count() == 2
    assert sorted(message.to[0] for message in mail.outbox) == sorted([lucie.email, "maire@exemple.example"])
    assert "maire@exemple.example" in mail.outbox[-1].body
    client.logout()
    client.post(reverse("account_request_login_code"), {"email": "maire@exemple.example"})
    code = re.search(r"(?m)^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail.outbox[-1].body).group()
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.get(reverse("dashboard", args=[case.slug])).status_code == 200


def test_the_last_member_stays(client, case, lucie):
    mine = CaseMember.objects.get()
    answer = client.post(reverse("team_remove", args=[case.slug, mine.pk]), follow=True)
    assert "au moins une personne" in answer.content.decode()
    other = make_member(case, "Maire Adjoint")
    theirs = CaseMember.objects.get(user=other)
    client.post(reverse("team_remove", args=[case.slug, theirs.pk]))
    assert [member.user for member in CaseMember.objects.all()] == [lucie]
    told = {message.to[0]: message.body for message in mail.outbox}
    assert told.keys() == {lucie.email, other.email}
    assert "vous a fait quitter l’équipe" in told[other.email]
    assert f"quitter l’équipe à {other.email}" in told[lucie.email]


def test_who_leaves_by_themselves_is_not_said_to_have_been_sent_away(client, case, lucie):
    other = make_member(case, "Maire Adjoint")
    client.post(reverse("team_remove", args=[case.slug, CaseMember.objects.get(user=lucie).pk]))
    told = {message.to[0]: message.body for message in mail.outbox}
    assert "Vous avez quitté l’équipe" in told[lucie.email]
    assert f"{lucie.email} a quitté l’équipe" in told[other.email]


def test_a_filer_under_a_pseudonym_is_told_who_joins(case, lucie, client):
    identity.keep(case, "Odile Ouvrière", "odile@exemple.example")
    Case.objects.filter(pk=case.pk).update(pseudonymous=True, filer_role="worker", filer_email="")
    client.post(members(case), {"email": "cse@exemple.example", "role": "cse"})
    mine = next(message for message in mail.outbox if message.to == ["odile@exemple.example"])
    assert "cse@exemple.example" in mine.body
    assert "Odile" not in mine.body
    assert "/equipe/" not in mine.body, "who is in no team cannot open its pages"
    mail.outbox.clear()
    cse = CaseMember.objects.get(user__email="cse@exemple.example")
    client.post(reverse("team_remove", args=[case.slug, cse.pk]))
    left = next(message for message in mail.outbox if message.to == ["odile@exemple.example"])
    assert "quitter l’équipe à cse@exemple.example" in left.body


def published_then_confidential():
    case = make_case("submitted", slug="", company_name="Fonderie Sous Silence")
    karim = make_moderator()
    moderation.publish(case, karim)
    moderation.hold(case, karim, "Une procédure amiable s’ouvre.")
    Case.objects.filter(pk=case.pk).update(stage="conciliation")
    return case


@pytest.mark.parametrize(
    "filed", [published_then_confidential, lambda: make_case("held", slug="fonderie-sous-silence")]
)
def test_a_case_out_of_sight_is_named_by_no_mail_of_its_team_not_even_in_its_link(client, filed):
    case = filed()
    lucie = make_member(case)
    client.force_login(lucie)
    mail.outbox.clear()
    client.post(members(case), {"email": "cse@exemple.example", "role": "cse"})
    cse = CaseMember.objects.get(user__email="cse@exemple.example")
    told = {message.to[0]: message.body for message in mail.outbox}
    for address, user in [(lucie.email, lucie), ("cse@exemple.example", cse.user)]:
        client.force_login(user)
        link = re.search(r"http://testserver(/\S+)", told[address]).group(1)
        assert f"/dossiers/{case.slug}/equipe/" in client.get(link, follow=True).content.decode()
    client.force_login(lucie)
    client.post(reverse("team_remove", args=[case.slug, cse.pk]))
    assert {message.to[0] for message in mail.outbox} >= {lucie.email, cse.user.email}
    for message in mail.outbox:
        assert "fonderie" not in (message.subject + message.body).lower()


def test_strangers_see_no_team_and_moderators_take_nobody_away(client, case):
    member = CaseMember.objects.get(user=make_member(case))
    make_member(case, "Maire Adjoint")
    remove = reverse("team_remove", args=[case.slug, member.pk])
    for user, sees in [(make_user(), 404), (make_member(make_case(), "Autre Équipe"), 404), (make_moderator(), 200)]:
        client.force_login(user)
        assert client.get(members(case)).status_code == sees
        assert client.post(remove).status_code == 404
    assert CaseMember.objects.filter(case=case).count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"email": "maire"}, "email"), ({"role": ""}, "role"), ({"role": "roi"}, "role"), ({"email": "x" * 300}, "email")],
)
def test_bad_input_is_said_at_its_field(client, case, lucie, changes, field):
    answer = client.post(members(case), {"email": "maire@exemple.example", "role": "elected"} | changes)
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert User.objects.count() == 1
