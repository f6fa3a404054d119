"""Words of one's own: what counts as a copy, what does not, and what the page says of it; two copies at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from influencers import likeness, pledging
from influencers.models import Pledge
from influencers.templatetags.posted import as_posted
from tests import cast

WORDS = (
    "Mon grand-père a travaillé trente ans dans cette usine. Si personne ne la reprend avant le 12 octobre, 37 familles "
    "perdent leur salaire à Meymac. Vous connaissez un industriel ? Parlez-lui-en. {lien} #i4emploi"
)
MOVED = (
    "Vous connaissez un patron ? Parlez-lui-en. Si personne ne la reprend avant le 12 octobre, 37 familles perdent leur "
    "salaire à Meymac. Mon père a travaillé trente ans dans cette usine. #i4emploi {lien}"
)
COPIES = {
    "two words changed": WORDS.replace("trente", "vingt").replace("industriel", "repreneur"),
    "emojis and points": WORDS.replace("usine.", "usine 🏭 !!!").replace("Meymac.", "Meymac 😢…"),
    "capitals without accents": WORDS.upper().replace("É", "E").replace("È", "E").replace("{LIEN}", "{lien}"),
    "sentences moved, two words changed": MOVED,
    "look-alike letters": WORDS.replace("{lien}", "").translate(str.maketrans("aeop", "аеор")),
    "zero-width characters": WORDS.replace("tra", "tra\u200b").replace("ill", "i\u2060l\ufe0fl"),
    "other tags and mentions": WORDS.replace("#i4emploi", "#Meymac #Corrèze @ministere #SauvonsNosUsines #industrie"),
    "tags all over": WORDS.replace(" ", " #"),
    "mathematical letters": WORDS.replace("usine", "𝐮𝐬𝐢𝐧𝐞").replace("Meymac", "𝑀𝑒𝑦𝑚𝑎𝑐"),
    "a word before": "Je relaie : " + WORDS,
}
FACTS_SHARED = [
    "À Meymac, Laboratoire Imaginaire cherche un repreneur. 37 emplois en dépendent. Tout se joue d’ici au 12 octobre "
    "2026 : {lien} #i4emploi",
    "Laboratoire Imaginaire, à Meymac : 37 emplois menacés le 12 octobre 2026. J’y ai appris mon métier. {lien} #i4emploi",
    "Je suis élue à Ussel et je le dis : Meymac ne peut pas perdre 37 emplois. Laboratoire Imaginaire a jusqu’au 12 "
    "octobre 2026. {lien} #i4emploi",
    "37 emplois, une ville : Meymac. Avant le 12 octobre 2026, un industriel peut encore reprendre Laboratoire "
    "Imaginaire. {lien} #i4emploi",
    "Meymac (Corrèze), 37 emplois, Laboratoire Imaginaire, échéance le 12 octobre 2026. Faites passer ! {lien} #i4emploi",
    WORDS,
]


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_seen_as_one(how):
    assert likeness.likeness(COPIES[how], WORDS) >= likeness.LIMIT


def test_honest_texts_that_share_the_facts_are_far_apart():
    for text in FACTS_SHARED:
        others = [other for other in FACTS_SHARED if other != text]
        assert likeness.nearest(text, others).share < likeness.LIMIT - 0.15


def test_a_sentence_of_ones_own_in_front_is_enough():
    mine = WORDS.replace("Mon grand-père a travaillé trente ans dans cette usine.", "Je suis née à deux rues de là.")
    assert likeness.likeness(mine, WORDS) < likeness.LIMIT


def test_the_same_words_in_another_order_are_not_quite_the_same():
    assert likeness.likeness("un deux trois quatre", "quatre trois deux un") == pytest.approx(0.9)
    assert likeness.likeness("un deux trois quatre", "un deux trois quatre") == 1


# what is lost when it is put in capitals (ß, ŉ…) is no French
texts = st.text(
    "abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüÿœæABCDEÉÇ0123456789 ,.;:!?’'-\n#@{}🏭\u200b\u00a0", max_size=200
)


@given(texts, texts)
def test_likeness_is_symmetric_and_between_nothing_and_all(one, other):
    assert 0 <= likeness.likeness(one, other) <= 1
    assert likeness.likeness(one, other) == pytest.approx(likeness.likeness(other, one))


@given(texts)
def test_equal_texts_are_wholly_alike(text):
    assert likeness.likeness(text, text) == 1


@given(texts, texts)
def test_what_nobody_reads_changes_nothing(one, other):
    near = pytest.approx(likeness.likeness(one, other))
    assert likeness.likeness(one.upper(), other) == near
    assert likeness.likeness(one.replace("é", "e").replace("œ", "oe"), other) == near
    assert likeness.likeness("\u200b\u00ad".join(one), other) == near
    assert likeness.likeness(one.replace(" ", " … ! "), other) == near


@given(texts, st.lists(texts, max_size=6))
def test_the_nearest_is_the_most_alike(text, others):
    near = likeness.nearest(text, others)
    assert near.share == pytest.approx(max((likeness.likeness(text, other) for other in others), default=0))
    assert near.text in [*others, ""]


@given(texts, texts)
def test_what_is_marked_as_common_are_words_of_both(text, other):
    for start, end in likeness.shared(text, other):
        assert likeness.likeness(text[start:end], text[start:end]) == 1
        assert text[start:end].strip() == text[start:end]
    every = " ".join(text[start:end] for start, end in likeness.shared(text, text))
    assert likeness.likeness(every, text) == 1


def marked(page) -> str:
    """The words that the page marks."""
    return unescape(" ".join(re.findall(r"<mark>(.*?)</mark>", page.content.decode())))


@given(texts)
def test_marking_and_linking_lose_no_character(text):
    shown = str(as_posted(text, likeness.shared(text, text)))
    assert unescape(re.sub(r"</?(mark|span)[^>]*>", "", shown)) == text


# --- on the page ------------------------------------------------------------------------------------------------------


@pytest.fixture
def account(client, db):
    influencer = cast.make_influencer()
    client.force_login(influencer.user)
    return cast.make_account(influencer)


def send(client, case, account, **changes):
    form = {"account": account.pk, "mode": "own_words", "text": WORDS} | changes
    return client.post(reverse("pledge_new", args=[case.slug]), form)


def preview(client, account, text, **where):
    form = {"account": account.pk, "mode": "own_words", "text": text, **where}
    return client.post(reverse("pledge_preview"), form)


def test_the_preview_marks_ones_own_words_and_shows_none_of_the_others(client, account, case):
    other = cast.make_influencer("Sam Premier")
    cast.make_pledge(
        other, cast.make_account(other), case, consented_text=WORDS.replace("trente ans", "trente-deux hivers")
    )
    page = preview(client, account, WORDS, case=case.slug)
    assert "aussi dans cet autre texte" in page.content.decode()
    assert marked(page).startswith("Mon grand père a travaillé trente dans cette usine")
    assert "hivers" not in page.content.decode()


def test_below_the_limit_nothing_is_told_of_the_texts_of_others(client, account, case):
    other = cast.make_influencer("Sam Premier")
    cast.make_pledge(other, cast.make_account(other), case, consented_text=FACTS_SHARED[0])
    page = preview(client, account, FACTS_SHARED[1], case=case.slug)
    assert marked(page) == ""
    assert "near" not in page.context


@pytest.mark.parametrize("chosen", [{"region": "75", "sector": ""}, {"region": "", "sector": "21"}])
def test_a_wide_pledge_is_compared_with_all_that_may_speak_of_the_same_case(client, account, case, chosen):
    other = cast.make_influencer("Sam Premier")
    cast.make_pledge(other, cast.make_account(other), case, consented_text=WORDS)
    for_all = cast.make_influencer("Ali Second")
    wide = {"case": None, "region": "", "sector": ""} | (
        {"scope": "sector", "sector": "21"} if chosen["region"] else {"scope": "region", "region": "75"}
    )
    cast.make_pledge(for_all, cast.make_account(for_all), consented_text=FACTS_SHARED[1], **wide)
    for copied in (WORDS, FACTS_SHARED[1]):
        assert preview(client, account, copied, **chosen).context["too_near"]
        form = {**chosen, "account": account.pk, "mode": "own_words", "text": copied}
        assert "Ce texte ressemble à" in client.post(reverse("pledge_wide"), form).content.decode()
    elsewhere = {"region": "11", "sector": ""} if chosen["region"] else {"region": "", "sector": "10"}
    assert not preview(client, account, WORDS, **elsewhere).context["too_near"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kinds", [("case", "region"), ("region", "sector"), ("region", "region"), ("case", "case")])
def test_of_copies_pledged_at_once_one_is_taken(case, kinds):
    targets = {"case": {"case": case}, "region": {"region": "75"}, "sector": {"sector": "21"}}
    accounts = [cast.make_account(cast.make_influencer(f"Sam {number}")) for number in range(8)]

    def pledge(number):
        wish = {"mode": "own_words", "text": WORDS, "statement": "D’accord.", "now": timezone.now()}
        try:
            return pledging.pledge(accounts[number].influencer, accounts[number], **targets[kinds[number % 2]], **wish)
        except pledging.CannotPledge:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = [made for made in pool.map(pledge, range(8)) if made]
    assert len(taken) == Pledge.objects.count() == 1


# --- what is not taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other", [{"text": "Je suis née à côté ; qui reprendra cette usine ? {lien}"}, {"mode": "repost"}]
)
def test_other_words_for_what_is_pledged_already_are_refused_and_kept_on_the_page(client, case, account, other):
    assert send(client, case, account).status_code == 302
    assert send(client, case, account).status_code == 302, "the same again, as a second press sends it"
    page = send(client, case, account, **other)
    assert "déjà engagé ici, autrement" in page.content.decode()
    assert other.get("text", WORDS) in unescape(page.content.decode())
    assert [held.consented_text for held in Pledge.objects.all()] == [WORDS]


@pytest.mark.parametrize("mark", ["\u202e", "\u2066"])
def test_words_that_read_otherwise_than_they_are_written_are_refused(client, case, account, mark):
    page = send(client, case, account, text=f"{WORDS} {mark}txt.exe")
    assert "retournent le sens de lecture" in page.content.decode()
    assert not Pledge.objects.exists()
