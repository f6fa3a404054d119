"""What the filing's pages say to whoever fills them in."""

import html
import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from campaigns import officials
from campaigns.models import Case, TownHallCheck
from tests.campaigns.test_filing import (
    FILER,
    PROCEDURE,
    STORY,
    begin,
    confirmation_link,
    deadline,
    errors,
    fill,
)
from tests.campaigns.test_identity import WORKER
from tests.cast import make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def read(client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


@pytest.fixture
def filing(client):
    filing = begin(client)
    fill(client, filing)
    return filing


def test_what_a_number_or_a_day_makes_necessary_is_not_called_optional(client):
    page = read(client, f"{begin(client)}2/")
    labels = dict(re.findall(r'<label for="id_(\w+)">(.*?)</label>', page))
    assert "nécessaire si vous donnez un nombre" in labels["jobs_source"]
    for name in ("milestone_kind", "milestone_authority", "milestone_source"):
        assert "nécessaire si vous donnez un jour" in labels[name]
    assert "facultatif" in labels["jobs"]
    assert "Publié tel quel" in page


@pytest.mark.parametrize(
    ("step", "given", "said"),
    [
        (2, deadline(jobs="0"), "Écrivez au moins 1, ou laissez vide."),
        (2, deadline(jobs="trente"), "Écrivez un nombre, en chiffres, ou laissez vide."),
        (2, deadline(jobs_source=""), "Dites qui donne ce chiffre, ou videz le nombre."),
        (2, deadline(milestone_source=""), "Dites d’où vient cette date, ou videz le jour."),
        (3, {**PROCEDURE, "stage": ""}, "Choisissez une réponse, ou « Je ne sais pas »."),
        (4, {**STORY, "summary": "mot " * 91 + "fin"}, "Votre phrase compte 367 signes : raccourcissez-la à 240"),
        (5, {**FILER, "filer_email": "lucie"}, "Écrivez une adresse complète"),
    ],
)
def test_an_error_says_what_to_do(client, step, given, said):
    assert said in html.unescape(str(errors(client, begin(client), step, given)))


def test_an_elected_filer_is_told_that_the_town_hall_is_asked_and_what_it_sees(client, filing):
    client.post(f"{filing}6/")
    done = read(client, f"{filing}envoye/")
    Case.objects.update(status="draft")
    for page in (read(client, f"{filing}6/"), done):
        assert "Nous demandons par e-mail à la mairie (Meymac)" in page
        assert "Lucie Déclarante" in page
        assert "lu•••@exemple.example" in page


@pytest.mark.parametrize("given", [WORKER, FILER | {"filer_role": "cse"}])
def test_nobody_else_is_told_of_the_town_hall(client, filing, given):
    review = client.post(f"{filing}5/", given).url
    assert "Relisez, puis envoyez" in read(client, review)
    assert "à la mairie" not in read(client, review)


def test_a_confirmed_link_opened_again_says_so_and_has_no_button(client, filing):
    client.post(f"{filing}6/")
    link = confirmation_link()
    assert "Oui, c’est mon adresse" in read(client, link)
    client.post(link)
    client.logout()
    pages = [read(client, link), html.unescape(client.post(link).content.decode())]
    for page in pages:
        assert "Déjà confirmée" in page
        assert "Oui, c’est mon adresse" not in page
        assert 'href="/">Revenir à l’accueil' in page
        assert filing not in page, "whoever finds the link afterwards does not find the case"


def test_the_page_of_a_confirmed_address_leads_to_the_filers_own_and_home(client, filing):
    secret = filing.rstrip("/").rsplit("/", 1)[1]
    client.post(f"{filing}6/")
    assert secret not in mail.outbox[-1].body
    page = html.unescape(Client().post(confirmation_link()).content.decode())
    assert f'href="{filing}envoye/"' in page
    assert 'href="/">Revenir à l’accueil' in page


def test_a_link_replaced_meanwhile_is_not_proposed_once_confirmed(client, filing):
    client.post(f"{filing}6/")
    link = confirmation_link()
    client.force_login(make_moderator())
    case = Case.objects.get()
    client.post(f"/admin/campaigns/case/{case.pk}/decider/ask_changes/", {"reason": "Précisez la date, merci."})
    page = html.unescape(Client().post(link).content.decode())
    assert "Adresse confirmée" in page
    assert "Voir où en est mon dossier" not in page


def test_small_words(client, filing):
    assert "gardez-la pour vous." in read(client, f"{filing}2/")
    client.post(f"{filing}2/", deadline(jobs_source="Le CSE"))
    assert "37 · selon : Le CSE" in re.sub(r"\s+", " ", read(client, f"{filing}6/"))
    client.post(f"{filing}3/", {"stage": "conciliation"})
    client.post(f"{filing}5/", FILER | {"speaker": "Élue du CSE, autorisée"})
    assert "« Élue du CSE, autorisée »<br>J’atteste" in read(client, f"{filing}6/")
    client.post(f"{filing}3/", PROCEDURE)
    filing = client.post(f"{filing}5/", WORKER).url.removesuffix("6/")
    assert "Laissez vide pour la garder." in read(client, f"{filing}5/")
    client.post(f"{filing}6/")
    assert "Sans cette confirmation" in read(client, f"{filing}envoye/")


def test_a_text_that_names_a_conciliation_is_said_at_the_review_and_read_before_it_is_published(client, filing):
    client.post(f"{filing}4/", STORY | {"story": "Une première conciliation a échoué au printemps, dit-on au marché."})
    client.post(f"{filing}5/", FILER)
    assert "la loi garde confidentielle" in read(client, f"{filing}6/")
    client.post(f"{filing}6/")
    client.post(re.search(r"/deposer/confirmer/\S+", mail.outbox[-1].body).group())
    case = Case.objects.get()
    desk = Client()
    desk.force_login(make_moderator())
    door = f"/admin/campaigns/case/{case.pk}/decider/publish/"
    assert desk.post(door, {}).status_code == 400
    assert Case.objects.get().status == "submitted"
    desk.post(door, {"words_read": "on"})
    assert Case.objects.get().status == "published"


@pytest.mark.parametrize(
    ("step", "given"),
    [
        (3, PROCEDURE | {"court": "Odile Ouvrière"}),
        (2, {"jobs_source": "@odileouvriere sur X"}),
        (2, {"jobs_source_url": "https://x.example/odileouvriere"}),
        (4, STORY | {"story": "Demandez à Odile Ouvri\u00adère, elle connaît la ligne depuis dix ans."}),
    ],
)
def test_a_sealed_name_is_found_in_any_text_and_however_it_is_joined(client, filing, step, given):
    client.post(f"{filing}{step}/", deadline(**given) if step == 2 else given)
    review = client.post(f"{filing}5/", WORKER).url
    assert client.post(review).status_code == 400
    assert Case.objects.get().status == "draft"


TEAM = "quelqu’un d’autre (élu·e, CSE, personne de confiance) doit y entrer avant la publication"


def test_a_pseudonymous_filer_is_told_that_somebody_else_must_join_the_team(client, filing):
    filing = client.post(f"{filing}5/", WORKER).url.removesuffix("6/")
    client.post(f"{filing}6/")
    pages = [read(client, f"{filing}envoye/"), mail.outbox[-1].body, html.unescape(client.post(confirmation_link()).content.decode())]  # fmt: skip
    assert [TEAM in page for page in pages] == [True] * 3
    case = Case.objects.get()
    case.members.create(user=make_user(), role="cse")
    assert TEAM not in read(client, f"{filing}envoye/")
    Case.objects.update(status="draft")
    assert TEAM in read(client, f"{filing}5/")


def test_nobody_else_needs_somebody_to_join(client, filing):
    client.post(f"{filing}6/")
    assert TEAM not in read(client, f"{filing}envoye/") + mail.outbox[-1].body
    Case.objects.update(status="draft", stage="conciliation")
    assert TEAM not in read(client, f"{filing}5/"), "such a case is never published"


def test_the_review_says_that_nothing_was_sent_and_the_reader_begins_there(client, filing):
    assert "Non envoyé." not in read(client, f"{filing}6/")
    client.post(f"{filing}4/", STORY | {"story": "Odile Ouvrière et les équipes attendent un repreneur."})
    refused = client.post(client.post(f"{filing}5/", WORKER).url)
    assert (
        '<div class="notice alarm" role="alert" tabindex="-1" autofocus><p><strong>Non envoyé.'
        in refused.content.decode()
    )


def test_the_review_after_precisions_announces_neither_a_confirmation_nor_a_question_that_was_asked(client, filing):
    assert "un lien pour confirmer votre adresse" in read(client, f"{filing}6/")
    Case.objects.update(status="changes_asked", filer_email_confirmed_at=timezone.now())
    review = read(client, f"{filing}6/")
    assert "un lien pour confirmer votre adresse" not in review
    assert "Votre adresse est déjà confirmée." in review
    assert "Nous demandons par e-mail" in review
    case = Case.objects.get()
    check = TownHallCheck.objects.create(
        case=case, sent_to="mairie@exemple.example", asked_name=case.filer_name, asked_digest=officials._digest(case)
    )
    review = read(client, f"{filing}6/")
    assert "Nous demandons par e-mail" not in review
    assert "elle n’a pas encore répondu" in review
    TownHallCheck.objects.filter(pk=check.pk).update(is_ours=True, answered_at=timezone.now())
    assert "à la mairie" not in read(client, f"{filing}6/")
    check.delete()
    Case.objects.update(filer_email_confirmed_at=timezone.now() - officials.ASKED_FOR)
    assert "à la mairie" not in read(client, f"{filing}6/"), "it is no longer asked"


def test_a_web_address_and_a_file_are_asked_for_in_plain_words(client, filing):
    wrong = html.unescape(str(errors(client, filing, 5, FILER | {"evidence_url": "notre page"})))
    assert "Une adresse de page web commence par https://" in wrong
    door = f"{filing}pieces/"
    empty = html.unescape(client.post(door, {"go": "add", "kind": "judgment"}).content.decode())
    assert "Choisissez le fichier" in empty
    assert "Ce champ est obligatoire" not in empty
    assert "Choisissez de nouveau le fichier" not in empty
    again = client.post(door, {"go": "add", "file": SimpleUploadedFile("j.pdf", b"%PDF-1.4")}).content.decode()
    assert "Choisissez de nouveau le fichier" in again
