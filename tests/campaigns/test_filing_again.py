"""Filing when something was wrong or changed: the place, the link, the address, the stage."""

import re

import pytest
from django.core import mail

from campaigns import confirming
from campaigns import filing as domain
from campaigns.models import Case
from tests.campaigns.test_filing import FILER, SITE, STORY, begin, fill

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_postcode_of_many_communes_gives_them_all_to_choose_from(client):
    filing = begin(client)
    page = client.post(f"{filing}1/", SITE | {"commune": "23000"}).content.decode()
    assert page.count('type="radio" name="commune_code"') > 1
    assert "ou écrivez le code postal" not in page


def test_the_link_without_its_step_opens_where_one_stopped(client):
    filing = begin(client)
    client.post(f"{filing}1/", SITE)
    assert client.get(filing)["Location"] == f"{filing}2/"
    assert client.get("/deposer/inconnu/").status_code == 404


def test_a_case_sent_with_a_wrong_address_is_confirmed_at_the_right_one(client):
    filing = begin(client)
    fill(client, filing)
    client.post(f"{filing}6/")
    mail.outbox.clear()
    done = f"{filing}envoye/"
    wrong = client.post(done, {"go": "correct", "filer_email": "lucie"})
    assert wrong.status_code == 400
    assert 'id="id_filer_email_error"' in wrong.content.decode()
    client.post(done, {"go": "correct", "filer_email": "Lucie.Bonne@exemple.example"})
    assert [message.to for message in mail.outbox] == [["lucie.bonne@exemple.example"]]
    link = re.search(r"/deposer/confirmer/\S+", mail.outbox[0].body).group()
    client.post(link)
    case = Case.objects.get()
    assert case.filer_email_confirmed_at
    client.post(done, {"go": "correct", "filer_email": "autre@exemple.example"}, follow=True)
    case.refresh_from_db()
    assert case.filer_email == "lucie.bonne@exemple.example", "a confirmed address stays"


def test_what_was_read_by_the_link_before_saves_nothing(client):
    filing = begin(client)
    fill(client, filing)
    read_before = Case.objects.get()
    mayor, pirate = ({"pseudonymous": False, "filer_email": f"{who}@exemple.example"} for who in ("maire", "pirate"))
    domain.save(Case.objects.get(), 5, mayor, "")
    with pytest.raises(domain.NotEditable):
        domain.save(read_before, 5, pirate, "")
    corrected = confirming.correct(read_before, "pirate@exemple.example", "le-lien-d-avant", "un-autre")
    assert corrected == confirming.Corrected("le-lien-d-avant", is_changed=False, is_taken=False)
    assert Case.objects.get().filer_email == "maire@exemple.example"


def test_a_confidential_case_is_told_at_once_and_attests_something_else(client):
    filing = begin(client)
    client.post(f"{filing}1/", SITE)
    client.post(f"{filing}2/", {})
    client.post(f"{filing}3/", {"stage": "conciliation"})
    assert "ne sera jamais public à ce stade" in client.get(f"{filing}4/").content.decode()
    client.post(f"{filing}4/", STORY)
    assert "restera privé à ce stade" in client.get(f"{filing}5/").content.decode()
    assert list(client.post(f"{filing}5/", FILER).context["form"].errors) == ["speaker"]
    client.post(f"{filing}5/", FILER | {"speaker": "Maire, tenu au courant par le dirigeant, qui m’y autorise"})
    assert "restera privé" in Case.objects.get().attestation
    assert "qui m’y autorise" in Case.objects.get().attestation
    mail.outbox.clear()
    client.post(f"{filing}6/")
    assert "il ne sera jamais public" in mail.outbox[-1].body
    assert "publié" not in mail.outbox[-1].body
    link = re.search(r"/deposer/confirmer/\S+", mail.outbox[-1].body).group()
    assert "il ne sera pas public" in client.post(link).content.decode()


def test_a_text_that_is_too_long_may_be_pasted_whole(client):
    filing = begin(client)
    client.post(f"{filing}1/", SITE)
    assert 'maxlength="6000"' not in client.get(f"{filing}4/").content.decode()


def test_a_step_left_untouched_opens_clean_again(client):
    filing = begin(client)
    fill(client, filing, upto=2)
    assert client.post(f"{filing}3/", {"court": "", "practitioner": "", "go": "back"}).url == f"{filing}2/"
    assert "à corriger" not in client.get(f"{filing}3/").content.decode()


def test_a_date_that_is_always_past_is_not_offered_as_the_next_one(client):
    assert "cessation_paiements" not in client.get(f"{begin(client)}2/").content.decode()


def test_an_answer_mended_from_the_review_leads_straight_back_to_it(client):
    filing = begin(client)
    fill(client, filing, upto=4)
    assert client.post(f"{filing}1/", SITE).url == f"{filing}2/", "step 5 is still to come"
    assert client.post(f"{filing}5/", FILER).url == f"{filing}6/"
    assert client.post(f"{filing}1/", SITE).url == f"{filing}6/"
    assert client.post(f"{filing}2/", {}).url == f"{filing}6/"
    assert client.post(f"{filing}4/", STORY | {"go": "back"}).url == f"{filing}3/"
    assert client.post(f"{filing}3/", {"stage": "conciliation"}).url == f"{filing}4/", "it is attested again"
