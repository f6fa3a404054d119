"""News and texts are corrected in the open: what they said before stays readable, with the reason."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns import holding, updates
from campaigns.models import Case, CaseUpdate, HeldText, TextVersion, UpdatePhoto
from tests.campaigns.test_cleaning import WHO, pdf, picture
from tests.campaigns.test_desk import change_form
from tests.cast import STORY, make_case, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)

SAID = {"title": "Une visite", "body": "Trois industriels sont venus.", "source_url": ""}


@pytest.fixture
def update(case):
    return CaseUpdate.objects.create(case=case, title=SAID["title"], body=SAID["body"])


def public(client, case) -> str:
    return client.get(case.get_absolute_url()).content.decode()


def edit(case, update):
    return reverse("update_edit", args=[case.slug, update.pk])


def read(row) -> dict:
    """What the page that corrects says was read."""
    return {"read": updates.seen(row)}


def test_a_correction_shows_what_was_read_before_and_why(team, case, update):
    sent = SAID | {"body": "Deux industriels sont venus.", "reason": "Le troisième s’est excusé"} | read(update)
    assert team.post(edit(case, update), sent | {"reason": ""}).status_code == 400
    assert team.post(edit(case, update), sent).status_code == 302
    page = public(team, case)
    assert "Deux industriels sont venus." in page
    assert "Trois industriels sont venus." in page
    assert "Le troisième s’est excusé" in page
    assert TextVersion.objects.get().said == {"body": "Trois industriels sont venus."}


def test_a_correction_that_changes_nothing_leaves_no_trace(team, case, update):
    team.post(edit(case, update), SAID | {"reason": "Rien"} | read(update))
    assert not TextVersion.objects.exists()


def test_withdrawn_news_leave_the_page_and_stay_on_record(team, case, update):
    assert team.post(edit(case, update), {"go": "withdraw", "reason": ""}).status_code == 400
    assert team.post(edit(case, update), {"go": "withdraw", "reason": "Fausse nouvelle"}).status_code == 302
    assert SAID["body"] not in public(team, case)
    assert TextVersion.objects.get().reason == "Fausse nouvelle"
    assert team.get(edit(case, update)).status_code == 404


def test_news_that_wait_for_a_person_can_be_taken_back_and_never_appear(team, case):
    team.post(reverse("update_new", args=[case.slug]), SAID | {"body": "La conciliation a échoué."})
    waiting = CaseUpdate.objects.get()
    assert edit(case, waiting) in team.get(reverse("update_new", args=[case.slug])).content.decode()
    assert "La conciliation a échoué." in team.get(edit(case, waiting)).content.decode()
    assert team.post(edit(case, waiting), SAID | {"reason": "Précision"} | read(waiting)).status_code == 400
    assert team.post(edit(case, waiting), {"go": "withdraw", "reason": "Inutile"}).status_code == 302
    with pytest.raises(holding.NotPossible):
        updates.clear(HeldText.objects.get(), make_moderator())
    assert (CaseUpdate.objects.get().state, HeldText.objects.get().state) == ("withdrawn", "back")
    assert not TextVersion.objects.exists()
    assert SAID["title"] not in public(team, case)


def test_news_that_a_moderator_refused_say_so_to_their_team_and_cannot_be_edited(team, case):
    news = reverse("update_new", args=[case.slug])
    team.post(news, SAID | {"body": "La conciliation a échoué."})
    updates.refuse(HeldText.objects.get(), make_moderator())
    refused = CaseUpdate.objects.get()
    page = team.get(news).content.decode()
    assert refused.state == "refused"
    assert "refusée</span>" in page
    assert "retirée</span>" not in page
    assert edit(case, refused) not in page
    assert team.get(edit(case, refused)).status_code == 404
    assert SAID["title"] not in public(team, case)


def test_news_that_their_team_took_back_have_no_link_to_edit_them(team, case, update):
    team.post(edit(case, update), {"go": "withdraw", "reason": "Fausse nouvelle"})
    page = team.get(reverse("update_new", args=[case.slug])).content.decode()
    assert "retirée</span>" in page
    assert edit(case, update) not in page


def test_a_correction_is_held_like_any_text_and_nothing_typed_is_lost(team, case, update):
    answer = team.post(edit(case, update), SAID | {"body": "La conciliation a échoué.", "reason": "Précision"})
    assert answer.status_code == 400
    assert "La conciliation a échoué." in answer.content.decode()
    update.refresh_from_db()
    assert update.body == SAID["body"]


def test_the_team_corrects_the_text_of_the_page(team, case):
    door = reverse("case_text", args=[case.slug])
    sent = {
        "summary": case.summary,
        "story": STORY + " La chaudière est réparée.",
        "needs": case.needs,
        "reason": "Du neuf",
    } | read(case)
    assert team.post(door, sent | {"story": "x"}).status_code == 400
    assert team.post(door, sent).status_code == 302
    page = public(team, case)
    assert "La chaudière est réparée." in page
    assert "Du neuf" in page
    assert Case.objects.get().version == case.version + 1
    refused = team.post(door, sent | {"story": STORY + " Un mandat ad hoc suit."})
    assert refused.status_code == 400
    assert "mandat ad hoc" not in public(team, case)


def test_of_two_people_who_correct_one_text_the_second_reads_the_first(team, case):
    door = reverse("case_text", args=[case.slug])
    texts = {name: getattr(case, name) for name in updates.TEXTS}
    seen = re.search(r'name="read" value="([\w.]+)"', team.get(door).content.decode()).group(1)
    hers = texts | {"needs": "Un repreneur qui garde la chaudière.", "reason": "Visite", "read": seen}
    theirs = texts | {"story": STORY + " La cour aussi.", "reason": "Cour", "read": seen}
    his = texts | {"needs": "Un repreneur, et la cantine aussi.", "reason": "Oubli", "read": seen}
    assert team.post(door, hers).status_code == 302
    assert team.post(door, theirs).status_code == 302, "another text: both corrections hold"
    assert (Case.objects.get().needs, Case.objects.get().story) == (hers["needs"], theirs["story"])
    refused = team.post(door, his)
    assert refused.status_code == 400
    page = refused.content.decode()
    for text in ("pendant que vous écriviez", "Un repreneur qui garde la chaudière.", "la cantine aussi."):
        assert text in page
    assert Case.objects.get().needs == "Un repreneur qui garde la chaudière."
    again = his | {"read": re.search(r'name="read" value="([\w.]+)"', page).group(1)}
    assert team.post(door, again).status_code == 302


def test_what_named_a_confidential_procedure_is_not_read_again_in_an_earlier_version(team, case):
    Case.objects.filter(pk=case.pk).update(story="Une première conciliation a échoué au printemps.")
    row, door = Case.objects.get(), reverse("case_text", args=[case.slug])
    said = {"summary": row.summary, "story": STORY, "needs": row.needs, "reason": "Retiré"}
    assert team.post(door, said | read(row)).status_code == 302
    page = public(team, case)
    assert "Retiré" in page
    assert "première conciliation" not in page


def test_before_it_was_published_a_text_has_no_public_past(client):
    draft = make_case("submitted")
    client.force_login(make_moderator())
    door = reverse("case_text", args=[draft.slug])
    client.post(
        door, {"summary": draft.summary, "story": STORY + " Encore.", "needs": "", "reason": "Relecture"} | read(draft)
    )
    assert not TextVersion.objects.exists()
    assert Case.objects.get().story.endswith("Encore.")


def test_a_moderator_says_why_a_published_text_changes(client, case):
    client.force_login(make_moderator())
    door = f"/admin/campaigns/case/{case.pk}/change/"
    sent = change_form(client, case) | {"summary": "L’usine de médicaments cherche encore un repreneur."}
    assert "dites pourquoi il change" in client.post(door, sent).content.decode()
    assert client.post(door, sent | {"correction": "Plus exact"}).status_code == 302
    assert TextVersion.objects.get().said == {"summary": case.summary}
    assert "Plus exact" in public(client, case)


@pytest.mark.parametrize("name", ["update_new", "case_text"])
def test_strangers_write_nothing(client, case, name):
    client.force_login(make_user())
    assert client.post(reverse(name, args=[case.slug]), SAID).status_code == 404


def with_photo(data: bytes, description: str = "La chaudière en marche") -> dict:
    return SAID | {"photo_1": SimpleUploadedFile("odile.jpg", data), "description_1": description}


def test_news_show_their_pictures_while_they_are_public(team, client, case):
    assert team.post(reverse("update_new", args=[case.slug]), with_photo(picture())).status_code == 302
    photo = UpdatePhoto.objects.get()
    address = reverse("update_photo", args=[case.slug, photo.update_id, photo.pk])
    assert f'src="{address}"' in public(team, case)
    assert 'alt="La chaudière en marche"' in public(team, case)
    client.logout()
    answer = client.get(address)
    assert WHO.encode() not in b"".join(answer)
    Case.objects.update(status="held")
    assert client.get(address).status_code == 404
    Case.objects.update(status="published")
    CaseUpdate.objects.update(state="withdrawn")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [(with_photo(picture(), ""), "description_1"), (with_photo(b"<html>"), "photo_1"), (with_photo(pdf()), "photo_1")],
)
def test_a_picture_that_is_none_is_refused_at_its_field(team, case, sent, field):
    answer = team.post(reverse("update_new", args=[case.slug]), sent)
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not CaseUpdate.objects.exists()
