"""Pledging and withdrawing: the words, their length, their likeness, the consent, the figures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns import figures
from campaigns.models import Click
from i4emploi_site.lib.times import long_date
from influencers import pledging
from influencers.models import Broadcast, Network, Pledge, PledgeMode, PledgeScope, PostState
from tests import cast

pytestmark = pytest.mark.django_db

WORDS = "Mon grand-père y a travaillé trente ans. Aidons Meymac à trouver un repreneur : {lien}"


@pytest.fixture
def account(client, settings):
    influencer = cast.make_influencer()
    client.force_login(influencer.user)
    return cast.make_account(influencer, followers=27_000)


def send(client, case, account, **changes):
    form = {"account": account.pk, "mode": "own_words", "text": WORDS} | changes
    return client.post(reverse("pledge_new", args=[case.slug]), form)


def test_the_page_says_what_how_long_and_exactly_what_will_be_posted(client, case, account):
    page = client.get(reverse("pledge_new", args=[case.slug]))
    text = page.content.decode()
    assert "37 emplois menacés" in text
    assert "Il reste 9\u00a0jours" in text
    assert "http://testserver/r/xxxxxxxx" in text
    assert "votre compte publiera ceci, une fois" in text
    assert "{lien}" in page.context["form"].initial["text"]
    assert page.context["used"] <= 280


def test_a_pledge_keeps_the_words_and_the_sentence_of_consent(client, case, account):
    page = client.get(reverse("pledge_new", args=[case.slug]))
    answer = send(client, case, account, seen=page.context["statement"])
    made = Pledge.objects.get()
    assert answer["Location"] == reverse("pledge_detail", args=[made.pk])
    assert made.consented_text == WORDS
    assert made.consent_statement == page.context["statement"]
    assert (figures.of(case).pledges, figures.of(case).pledged_reach) == (1, 27_000)
    receipt = client.get(answer["Location"]).content.decode()
    assert made.consent_statement in receipt
    assert long_date(made.consented_at) in receipt


def test_a_sentence_of_consent_that_changed_is_read_again(client, case, account):
    answer = send(client, case, account, seen="Votre compte publiera autre chose.")
    assert "relisez la phrase" in answer.content.decode()
    assert WORDS in answer.content.decode()
    assert not Pledge.objects.exists()
    assert send(client, case, account, seen=answer.context["form"]["seen"].value()).status_code == 302


def test_the_link_is_added_at_the_end_and_shown_when_it_was_forgotten(client, case, account):
    send(client, case, account, text="Aidons Meymac, dit Inès.")
    made = Pledge.objects.get()
    assert made.consented_text == "Aidons Meymac, dit Inès. {lien}"
    assert (
        'Aidons Meymac, dit Inès. <span class="linked">http://testserver/r/xxxxxxxx</span>'
        in client.get(reverse("pledge_detail", args=[made.pk])).content.decode()
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{lien}", "au moins quelques mots"),
        ("🏭 🏭 🏭 🏭", "au moins quelques mots"),
        ("", "au moins quelques mots"),
        ("Voici {lien} et encore {lien} pour Meymac", "qu’une fois"),
        ("Voici Meymac " * 30, "trop long de"),
        ("é" * 1_000_000, "errorlist"),
        ("Un nul \x00 dans mon texte", "errorlist"),
        ("Meymac sort d’une conciliation {lien}", "procédure confidentielle"),
    ],
)
def test_words_that_cannot_be_posted_are_refused_at_their_field(client, case, account, text, said):
    answer = send(client, case, account, text=text)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Pledge.objects.exists()


def test_the_length_is_the_networks_own(client, case, account):
    long = "漢" * 125 + " trois mots ici"  # 125 characters that count double
    answer = send(client, case, account, text=long)
    assert "trop long de" in answer.content.decode()


def test_a_near_copy_of_somebody_elses_words_is_refused_and_says_how_to_mend_it(client, case, account):
    other = cast.make_influencer("Sam Premier")
    cast.make_pledge(other, cast.make_account(other), case, consented_text=WORDS)
    copy = WORDS.replace("trente", "vingt").upper().replace("{LIEN}", "{lien}")
    answer = send(client, case, account, text=copy)
    assert "Ce texte ressemble à" in answer.content.decode()
    assert "80" in answer.content.decode()
    assert (
        send(client, case, account, text="Je suis née à côté ; qui reprendra cette usine ? {lien}").status_code == 302
    )


def test_the_campaigns_own_words_are_not_ones_own(client, case, account):
    from influencers.broadcasting import prepare

    prepare(case, None, WORDS, timezone.now(), 10)
    assert "Ce texte ressemble à" in send(client, case, account).content.decode()


def test_one_may_say_the_same_on_two_networks_but_not_twice_on_one(client, case, account):
    assert send(client, case, account).status_code == 302
    elsewhere = cast.make_account(account.influencer, Network.MASTODON, base_url="http://127.0.0.1:9")
    assert send(client, case, elsewhere).status_code == 302
    twin = cast.make_account(account.influencer)
    assert "Ce texte ressemble à" in send(client, case, twin).content.decode()


def test_suggestions_made_to_two_people_are_not_alike(client, case):
    texts = []
    for name in ("Inès Une", "Sam Deux", "Ali Trois"):
        influencer = cast.make_influencer(name)
        account = cast.make_account(influencer)
        client.force_login(influencer.user)
        texts.append(client.get(reverse("pledge_new", args=[case.slug])).context["form"].initial["text"])
        assert send(client, case, account, text=texts[-1]).status_code == 302
    assert len(set(texts)) == 3


def test_the_preview_follows_what_is_typed(client, case, account):
    where = reverse("pledge_preview")
    form = {"account": account.pk, "mode": "own_words", "case": case.slug, "text": "Trois petits mots"}
    page = client.post(where, form).content.decode()
    assert 'Trois petits mots <span class="linked">http://testserver/r/xxxxxxxx</span>' in page
    assert "/ 280</strong>" in page
    assert "<html" not in page
    assert "trop long" in client.post(where, form | {"text": "mot " * 200}).content.decode()
    assert client.post(where, {"account": "x", "text": "a" * 1_000_000}).status_code == 200


def test_what_is_typed_is_never_html(client, case, account):
    page = client.post(reverse("pledge_preview"), {"account": account.pk, "text": "<script>un deux trois</script>"})
    assert "<script>" not in page.content.decode()


def test_a_repost_has_no_words(client, case, account):
    send(client, case, account, mode="repost")
    made = Pledge.objects.get()
    assert (made.mode, made.consented_text) == (PledgeMode.REPOST, "")


def test_a_double_click_makes_one_pledge(client, case, account):
    first, second = send(client, case, account), send(client, case, account)
    assert first["Location"] == second["Location"]
    assert (Pledge.objects.count(), figures.of(case).pledges) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_make_one_pledge_and_one_withdrawal(case, account):
    wish = {"mode": "own_words", "text": WORDS, "statement": "D’accord.", "now": timezone.now()}

    def click(what):
        try:
            return what()
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        made = {
            one.pk
            for one in pool.map(click, [lambda: pledging.pledge(account.influencer, account, case=case, **wish)] * 10)
        }
        assert len(made) == 1
        assert (figures.of(case).pledges, figures.of(case).pledged_reach) == (1, 27_000)
        pledge = Pledge.objects.get()
        assert sum(pool.map(click, [lambda: pledging.withdraw(pledge, timezone.now())] * 10)) == 1
    assert (figures.of(case).pledges, figures.of(case).pledged_reach) == (0, 0)


def test_withdrawing_cancels_what_was_to_come_and_may_be_clicked_twice(client, case, account):
    from influencers import broadcasting

    send(client, case, account)
    pledge = Pledge.objects.get()
    soon = timezone.now() + timedelta(hours=2)
    broadcast = broadcasting.prepare(case, None, "La campagne parle : {lien}", soon, 10)
    broadcasting.schedule(broadcast, timezone.now())
    for _click in range(2):
        assert client.post(reverse("pledge_withdraw", args=[pledge.pk])).status_code == 302
    pledge.refresh_from_db()
    assert pledge.withdrawn_at
    assert [(post.state, post.failure) for post in pledge.posts.all()] == [(PostState.CANCELLED, "withdrawn")]
    assert (figures.of(case).pledges, figures.of(case).pledged_reach) == (0, 0)
    assert "Accord retiré" in client.get(reverse("pledge_detail", args=[pledge.pk])).content.decode()
    assert send(client, case, account).status_code == 302  # one may come back


def test_nobody_reads_or_withdraws_the_pledge_of_another(client, case, account):
    other = cast.make_influencer("Sam Autre")
    pledge = cast.make_pledge(other, cast.make_account(other), case)
    assert client.get(reverse("pledge_detail", args=[pledge.pk])).status_code == 404
    assert client.post(reverse("pledge_withdraw", args=[pledge.pk])).status_code == 404
    assert client.get(reverse("pledge_withdraw", args=[pledge.pk])).status_code == 405


def test_the_account_of_another_cannot_be_pledged(client, case, account):
    other = cast.make_account(cast.make_influencer("Sam Autre"))
    answer = send(client, case, other)
    assert "choisissez-en un autre" in answer.content.decode()
    assert not Pledge.objects.exists()


@pytest.mark.parametrize("status", ["draft", "submitted", "held"])
def test_a_case_that_is_not_public_cannot_be_pledged_to(client, account, status):
    hidden = cast.make_case(status)
    assert client.get(reverse("pledge_new", args=[hidden.slug])).status_code == 404
    assert send(client, hidden, account).status_code == 404


def test_a_closed_case_says_so(client, account):
    closed = cast.make_case("closed")
    assert "ce dossier est clos" in send(client, closed, account).content.decode()
    assert not Pledge.objects.exists()


def test_x_without_its_approval_announces_the_one_tap_link(client, case, account, settings):
    settings.X_PLEDGES_BY_API = False
    assert "publier ceci en un geste" in client.get(reverse("pledge_new", args=[case.slug])).content.decode()
    settings.X_PLEDGES_BY_API = True
    assert "publier ceci en un geste" not in client.get(reverse("pledge_new", args=[case.slug])).content.decode()


def test_one_may_pledge_to_a_whole_region(client, account, case):
    where = reverse("pledge_wide")
    assert "Choisissez" not in client.get(where).content.decode()
    page = client.get(where, {"region": "75"})
    assert "Nouvelle-Aquitaine" in page.context["statement"]
    form = {"region": "75", "sector": "", "account": account.pk, "mode": "own_words", "text": WORDS}
    client.post(where, form)
    client.post(where, form)
    made = Pledge.objects.get()
    assert (made.scope, made.region, made.consent_statement) == (PledgeScope.REGION, "75", page.context["statement"])
    assert Pledge.objects.covering(case).get() == made
    assert "Nouvelle-Aquitaine" in client.get(reverse("pledge_detail", args=[made.pk])).content.decode()


def test_one_may_pledge_to_a_sector_but_not_to_both_at_once(client, account, case):
    where = reverse("pledge_wide")
    both = client.get(where, {"region": "75", "sector": "21"})
    assert "l’un des deux" in both.content.decode()
    client.post(where, {"region": "", "sector": "21", "account": account.pk, "mode": "own_words", "text": WORDS})
    assert Pledge.objects.covering(case).get().sector == "21"


def test_the_receipt_counts_people_and_not_robots(client, case, account):
    from influencers import broadcasting

    send(client, case, account)
    soon = timezone.now() + timedelta(hours=2)
    broadcasting.schedule(broadcasting.prepare(case, None, "La campagne : {lien}", soon, 10), timezone.now())
    pledge = Pledge.objects.get()
    link = pledge.posts.get().link
    for number, kind in enumerate(["human", "human", "robot", "head"]):
        Click.objects.create(id=f"{number:026}", link=link, kind=kind, at=timezone.now())
    assert client.get(reverse("pledge_detail", args=[pledge.pk])).context["clicks"] == 2


def test_without_an_account_the_page_offers_to_connect_one(client, case):
    client.force_login(cast.make_influencer().user)
    page = client.get(reverse("pledge_new", args=[case.slug])).content.decode()
    for name in ("X", "Mastodon", "Bluesky"):
        assert f"Connecter un compte {name}" in page
    client.force_login(cast.make_user("Sam"))
    assert client.get(reverse("pledge_new", args=[case.slug]))["Location"].startswith(reverse("join"))


def test_a_repost_shows_what_it_will_carry_once_it_is_written(client, case, account):
    preview = {"case": case.slug, "account": account.pk, "mode": "repost", "text": ""}
    assert "pas encore écrite" in client.post(reverse("pledge_preview"), preview).content.decode()
    Broadcast.objects.create(case=case, canonical_text="Meymac attend. {lien}", at=timezone.now(), state="scheduled")
    assert (
        'Meymac attend. <span class="linked">http://testserver/r/xxxxxxxx</span>'
        in client.post(reverse("pledge_preview"), preview).content.decode()
    )
