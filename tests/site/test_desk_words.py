"""The desk speaks French: every column and every field that it shows has a name of its own, and says it in French."""

import re
import uuid

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from campaigns import holding
from campaigns.models import User
from tests.cast import make_case, make_moderator, make_user

pytestmark = pytest.mark.django_db

OURS = [one for one in admin.site._registry.values() if one.opts.app_label in ("campaigns", "influencers")]
# what Django would call these fields is their French name too
FRENCH_TOO = {
    "attestation",
    "code",
    "commune",
    "message",
    "note",
    "organisation",
    "population",
    "reposts",
    "source",
    "version",
}


def shown_by(model_admin, request) -> set[str]:
    """The names on its list and on its page, or in its rows inside another's page."""
    names = set(flatten_fieldsets(model_admin.get_fieldsets(request, model_admin.model()))) | set(
        model_admin.get_readonly_fields(request)
    )
    return names | set(getattr(model_admin, "list_display", ())) - {"__str__", "action_checkbox"}


def name_of(model_admin, shown: str) -> str:
    """What the desk calls it; the words that Django makes of the code when nobody named it."""
    try:
        return str(model_admin.opts.get_field(shown).verbose_name)
    except FieldDoesNotExist:
        form = getattr(model_admin.form, "declared_fields", {})
        label = (
            form[shown].label if shown in form else getattr(getattr(model_admin, shown, None), "short_description", "")
        )
        return str(label or shown.replace("_", " "))


def without_a_french_name(request) -> list[str]:
    rows = [inline for one in OURS for inline in one.get_inline_instances(request)]
    return [
        f"{one.opts.label}.{shown}"
        for one in [*OURS, *rows]
        for shown in sorted(shown_by(one, request) - FRENCH_TOO)
        if name_of(one, shown) == shown.replace("_", " ")
    ]


def test_each_field_and_column_of_the_desk_has_a_french_name():
    request = RequestFactory().get("/admin/")
    request.user = User(is_staff=True, is_superuser=True)
    assert len(OURS) > 15, "the desk's pages are looked at"
    with override("fr"):
        assert without_a_french_name(request) == []


def test_the_desk_never_speaks_to_those_who_wrote():
    """« Votre réponse » is the asker's label: a moderator reads whose it is."""
    request = RequestFactory().get("/admin/")
    request.user = User(is_staff=True, is_superuser=True)
    with override("fr"):
        names = {f"{one.opts.label}: {name_of(one, shown)}" for one in OURS for shown in shown_by(one, request)}
    assert [name for name in names if re.search(r"\b(votre|vos|vous)\b", name, re.I)] == []


def test_a_moderator_reads_a_reply_under_their_own_words(client, case):
    client.force_login(make_moderator())
    reply = case.replies.create(
        kind="reply", passage="« démantelée »", text="C’est faux.", name="Dora", email="dora@exemple.example",
        submission_key=uuid.uuid4(),
    )  # fmt: skip
    page = client.get(f"/admin/campaigns/reply/{reply.pk}/change/").content.decode()
    assert "Réponse, ou ce qui serait juste" in page
    assert "otre réponse" not in page
    form = client.get(f"/dossiers/{case.slug}/repondre/").content.decode()
    assert "Votre nom" in form, "whoever answers is still spoken to"


def test_a_proposal_says_its_stage_and_its_date_in_words(client, case):
    client.force_login(make_moderator())
    proposal = case.proposals.create(
        origin="gazette", kind="milestone", key="k", why="Jugement.", at=timezone.now(), stage="liquidation",
        milestone_kind="amelioration",
    )  # fmt: skip
    page = client.get(f"/admin/campaigns/proposal/{proposal.pk}/change/").content.decode()
    assert "Fin d’amélioration des offres" in page
    assert "Liquidation judiciaire" in page
    assert not re.search(r">\s*(amelioration|liquidation)\s*<", page)


@pytest.mark.parametrize("path", ["jobrequest", "case", "caseupdate", "notice"])
def test_an_empty_list_says_what_will_come_there(client, path):
    client.force_login(make_moderator())
    page = client.get(f"/admin/campaigns/{path}/").content.decode()
    assert "Ici viendront" in page
    assert "css/pages/desk.css" in page, "its style comes with it"


def test_a_list_that_only_its_filters_empty_still_says_so(client, case):
    client.force_login(make_moderator())
    assert "Ici viendront" in client.get("/admin/campaigns/heldtext/?state__exact=refused").content.decode()
    holding.hold(case, "La conciliation.", "une nouvelle", None)
    assert "La conciliation." in client.get("/admin/campaigns/heldtext/").content.decode()
    page = client.get("/admin/campaigns/heldtext/?state__exact=refused").content.decode()
    assert "Rien ici avec ces filtres" in page
    assert "Ici viendront" not in page


def test_each_column_of_the_tables_behind_the_desk_was_given_its_name():
    """Also what no page shows yet: the day that one does, its name is there."""
    with override("fr"):
        assert [
            f"{one.opts.label}.{field.name}"
            for one in OURS
            for field in one.opts.concrete_fields
            if not field.primary_key and field.name not in FRENCH_TOO
            if str(field.verbose_name) == field.name.replace("_", " ")
        ] == []


def test_the_heads_of_a_list_are_french(client):
    client.force_login(make_user("Root", is_staff=True, is_superuser=True))
    make_case().links.create(code="affiche1", kind="poster")
    page = client.get("/admin/campaigns/shortlink/").content.decode().split("<thead", 1)[1].split("</thead>")[0]
    for said in ("Dossier", "Nature", "Créé le", "Retiré le"):
        assert said in page
    for english in ("Case", "Kind", "Created", "Withdrawn"):
        assert english not in page
