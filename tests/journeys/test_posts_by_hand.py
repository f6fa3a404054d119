"""Publishing by hand, doubting, stopping: the person's pages and the team's, in a browser, with axe."""

from datetime import timedelta

import pytest
from django.utils import timezone

from influencers import stopping
from influencers.models import PledgeMode, Post, PostState
from influencers.reminding import check_url, tap_url
from tests.cast import make_case, make_member, make_pledge
from tests.influencers.scene import account_on, broadcast_of, run
from tests.influencers.tap_scene import offered, pledged_by_hand
from tests.journeys.test_accessibility import check, violations
from tests.journeys.test_journeys import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def local(address: str, page) -> str:
    return "/" + address.split("/", 3)[3]


def test_who_opens_the_link_of_the_mail_says_that_it_is_published(page, sandbox_x, settings):
    settings.X_PLEDGES_BY_API = False
    case = make_case()
    pledged_by_hand(sandbox_x, case)
    (post,) = offered(case)
    page.goto(local(tap_url(post), page))
    found = violations(page)
    page.click("text=C’est publié")
    page.wait_for_selector("text=comptée comme publiée")
    post.refresh_from_db()
    assert post.state == PostState.PUBLISHED
    assert found + violations(page) == []


def test_the_link_of_the_mail_withdraws_too(page, sandbox_x, settings):
    settings.X_PLEDGES_BY_API = False
    case = make_case()
    pledge = pledged_by_hand(sandbox_x, case, name="Ines Engagée")
    (post,) = offered(case)
    page.goto(local(tap_url(post), page))
    page.click("text=Retirer mon accord")
    page.wait_for_selector("text=Rien à publier ici")
    pledge.refresh_from_db()
    assert pledge.withdrawn_at


def test_an_owner_in_doubt_answers_and_keeps_another_post_back(page, sandbox_x):
    case, other = make_case(), make_case()
    pledge = pledged_by_hand(sandbox_x, case, name="Ines Engagée")
    make_pledge(pledge.influencer, account_on(sandbox_x, pledge.influencer), other)
    broadcast_of(case)
    kept = broadcast_of(other).posts.get()
    post = Post.objects.get(case=case)
    Post.objects.filter(pk=kept.pk).update(due_at=timezone.now() + timedelta(hours=2))
    sandbox_x.fail("500")
    run(sandbox_x)
    Post.objects.filter(pk=post.pk).update(lookups=1)
    sign_in(page, pledge.influencer.user)
    check(
        page,
        ["/moi/", f"/moi/engagements/{pledge.pk}/", f"/publications/{kept.pk}/arreter/", local(check_url(post), page)],
    )
    page.fill("[name=address]", "https://exemple.example/rien")
    page.click("button[value=there]")
    page.wait_for_selector("[role=alert]:focus")
    assert page.input_value("[name=address]") == "https://exemple.example/rien"
    assert violations(page) == []
    page.goto("/moi/")
    page.click("button[value=there]")
    page.wait_for_selector("text=comptée comme publiée")
    page.goto("/moi/")
    page.click("summary:has-text('Ne pas publier')")
    page.click("text=Oui, ne pas la publier")
    page.wait_for_selector("text=ne partira pas")
    assert Post.objects.get(pk=kept.pk).state == PostState.CANCELLED
    assert violations(page) == []


def test_the_team_stops_one_post_then_everything_and_takes_it_up_again(page, sandbox_x):
    case = make_case()
    account_on(sandbox_x)
    for name in ("Inès", "Omar", "Rose"):
        pledged_by_hand(sandbox_x, case, PledgeMode.OWN_WORDS, name)
    made = broadcast_of(case)
    made.posts.update(due_at=timezone.now() + timedelta(hours=1))
    canonical = made.posts.get(pledge__isnull=True)
    Post.objects.filter(pk=canonical.pk).update(
        state=PostState.UNCONFIRMED, doubtful_since=timezone.now(), lookups=1, attempts=1
    )
    sign_in(page, make_member(case))
    page.goto(f"/diffusions/{made.pk}/")
    found = violations(page)
    page.click("a:has-text('Ne pas publier') >> nth=0")
    page.fill("[name=reason]", "Ce chiffre est faux")
    page.click("text=Ne pas la publier")
    page.wait_for_selector("text=Ce chiffre est faux")
    page.fill("#id_case_reason", "On vérifie la date")
    page.click("text=Suspendre toutes les publications de ce dossier")
    page.wait_for_selector("text=On vérifie la date")
    found += violations(page)
    page.click("text=ce qui attend repart")
    page.wait_for_selector("text=reprennent")
    assert not stopping.in_force().cases
    check(page, [f"/publications/{canonical.pk}/verifier/"])
    assert found == []


def test_after_a_withdrawal_the_publication_is_deleted_from_the_receipt(page, sandbox_x):
    case = make_case()
    pledge = pledged_by_hand(sandbox_x, case, name="Ines Engagée")
    broadcast_of(case)
    run(sandbox_x)
    sign_in(page, pledge.influencer.user)
    page.goto(f"/moi/engagements/{pledge.pk}/")
    page.click("text=Retirer mon accord")
    page.click("summary:has-text('Supprimer ma publication')")
    assert violations(page) == []
    page.click("text=Oui, la supprimer du réseau")
    page.wait_for_selector("text=est supprimée du réseau")
    assert [tweet["deleted"] for tweet in sandbox_x.ledger()["tweets"]] == [True]
