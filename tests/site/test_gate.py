"""The gate: what is confidential is behind no public door, and a pseudonymous identity is behind none at all.

The doors come from the URL configuration: one whose address these tests cannot fill in fails them.
"""

import uuid

import pytest
from django.contrib import admin
from django.core import mail, signing
from django.db import IntegrityError
from django.urls import get_resolver, reverse
from django.urls.converters import UUIDConverter

from campaigns import identity
from campaigns.links.codes import make_link
from campaigns.models import CaseStatus, CaseUpdate, LinkKind, Stage, User
from i4emploi_site.lib import codes
from tests.cast import make_account, make_case, make_influencer, make_member, make_moderator, make_pledge, make_user
from tests.test_house import doors

pytestmark = pytest.mark.django_db(transaction=True)

COMPANY, STORY = "Fonderie Sous Silence", "Voici ce que personne ne doit lire sur la place publique aujourd’hui."
NAME, MAILBOX = "Odile Ouvrière", "odile.ouvriere@exemple.example"
NOT_PAGES = {"set_language", "filing_begin"}  # the first changes a cookie; the second has no case


def make_confidential(status: str = CaseStatus.SUBMITTED):
    return make_case(
        status, company_name=COMPANY, slug="fonderie-sous-silence", stage=Stage.CONCILIATION, story=STORY, summary=STORY
    )


def make_pseudonymous():
    case = make_case(
        filer_role="worker", filer_name="La ligne 2", filer_email="", pseudonymous=True, company_name="Usine Ouverte"
    )
    identity.keep(case, NAME, MAILBOX)
    make_member(case, "Maire Visible")
    return case


def arguments(case) -> dict:
    """A value for each argument that an address may have, as near to the case as a stranger may guess."""
    link = make_link(case, LinkKind.PRESS, "test")
    update = CaseUpdate.objects.create(case=case, title="Titre", body=STORY)
    return {
        "slug": case.slug, "pk": case.pk, "code": link.code, "step": 1, "version": "v3",
        "secret": codes.secret(), "token": signing.dumps(case.pk), "format": "json", "network": "x",
        "departement": case.commune.departement, "key": "x", "uidb36": "1", "n": 1, "name": "x",
        "photo_pk": update.pk, "submission": uuid.uuid4(), "actor": "mayor", "decision": "accept", "kind": "x", "months": 6,
        "region": case.commune.region, "document_pk": 1, "milestone_pk": case.milestones.get().pk, "proposal_pk": 1,
    }  # fmt: skip


def addresses(case) -> list[str]:
    known, found = arguments(case), []
    resolver = get_resolver()
    rows = sorted({case.pk, case.updates.get().pk, case.milestones.get().pk, case.facts.get().pk})
    for _path, name in doors():
        if not name or name in NOT_PAGES:
            continue
        (possibility, *_more) = resolver.reverse_dict.getlist(name)
        wanted, converters = set(possibility[0][0][1]), possibility[3]
        assert wanted <= known.keys(), f"{name}: say in tests/site/test_gate.py what fills in {wanted - known.keys()}"
        values = {one: known[one] for one in wanted}
        for pk in rows if "pk" in wanted else rows[:1]:
            if "pk" in wanted:
                values["pk"] = uuid.uuid4() if isinstance(converters["pk"], UUIDConverter) else pk
            found.append(reverse(name, kwargs=values))
    return found


@pytest.mark.parametrize("status", [CaseStatus.DRAFT, CaseStatus.SUBMITTED, CaseStatus.HELD])
@pytest.mark.parametrize("who", ["anybody", "an engaged person", "another case's team"])
def test_a_confidential_case_is_behind_no_public_door(client, status, who):
    case = make_confidential(status)
    influencer = make_influencer()
    make_pledge(influencer, make_account(influencer), make_case())
    if who != "anybody":
        client.force_login(influencer.user if who == "an engaged person" else make_member(make_case()))
    opened = []
    for address in [
        *addresses(case),
        "/?secteur=Industrie+pharmaceutique",
        "/?departement=19",
        "/communes/?q=fonderie",
    ]:
        page = client.get(address, follow=True)
        assert page.status_code < 500, address
        body = b"".join(page) if page.streaming else page.content
        opened += [address] if COMPANY.encode() in body or STORY.encode() in body else []
    assert opened == []
    assert [message for message in mail.outbox if COMPANY in message.subject + message.body] == []


def test_the_same_case_once_public_is_seen_so_that_the_doors_above_are_real(client):
    case = make_case(company_name=COMPANY, slug="fonderie-sous-silence", story=STORY)
    seen = [address for address in addresses(case) if COMPANY.encode() in client.get(address, follow=True).content]
    assert {case.get_absolute_url(), reverse("home"), reverse("api_case-list")} <= set(seen)


@pytest.mark.parametrize("who", ["anybody", "its team", "a moderator", "a stranger"])
def test_a_pseudonymous_identity_is_behind_no_door(client, who):
    case = make_pseudonymous()
    person = {
        "anybody": lambda: None, "its team": lambda: User.objects.get(display_name="Maire Visible"),
        "a moderator": make_moderator, "a stranger": make_user,
    }[who]()  # fmt: skip
    if person:
        client.force_login(person)
    lists = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    desk = [f"/admin/campaigns/case/{case.pk}/change/", f"/admin/campaigns/case/{case.pk}/history/"]
    told = []
    for address in [*addresses(case), *lists, *desk]:
        page = client.get(address, follow=True)
        assert page.status_code < 500, address
        body = (b"".join(page) if page.streaming else page.content).decode(errors="replace").lower()
        told += [address] if "odile" in body or "ouvrière" in body else []
    assert told == []
    assert "odile" not in str([(message.subject, message.body, message.to) for message in mail.outbox]).lower()


@pytest.mark.parametrize("stage", [Stage.CONCILIATION, Stage.MANDAT_AD_HOC])
def test_the_database_itself_refuses_to_publish_a_confidential_stage(stage):
    case = make_case()
    case.stage = stage
    with pytest.raises(IntegrityError):
        case.save()
