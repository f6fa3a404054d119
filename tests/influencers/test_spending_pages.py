"""What the euro meter shows, and to whom: the team's pages, the mail, the desk."""

import pytest
from django.conf import settings as project
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import reverse
from django.utils import timezone, translation

from influencers import spending, tasks
from influencers.models import Budget, CaseCap, Notice, PledgeMode, Spend
from influencers.templatetags.money import euros, euros_left
from tests import cast
from tests.influencers.spending_scene import posts_of
from tests.influencers.test_broadcast_pages import prepare, scheduled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _by_api(settings):
    settings.X_PLEDGES_BY_API = True
    settings.CASE_MONTHLY_CAP_EUROS = 1


def words(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def new_page(team, case, language="fr") -> str:
    return words(team.get(reverse("broadcast_new", args=[case.slug]), headers={"accept-language": language}))


def reach_the_cap(case) -> None:
    spending.reserve(posts_of(case, 6), timezone.now())


@pytest.mark.parametrize(
    ("micro", "french", "english", "left"),
    [
        (0, "0,00 €", "€0.00", "0,00 €"),
        (1, "moins de 0,01 €", "less than €0.01", "0,00 €"),
        (10_000, "0,01 €", "€0.01", "0,01 €"),
        (200_000, "0,20 €", "€0.20", "0,20 €"),
        (1_234_567_890, "1 234,57 €", "€1,234.57", "1 234,56 €"),
    ],
)
def test_money_is_written_as_each_language_does(micro, french, english, left):
    with translation.override("fr"):
        assert euros(micro).replace("\xa0", " ").replace("\u202f", " ") == french
        assert euros_left(micro).replace("\xa0", " ").replace("\u202f", " ") == left
    with translation.override("en"):
        assert euros(micro) == english


# --- before and after scheduling ------------------------------------------------------------------------------------


def test_the_team_reads_the_cost_of_each_post_and_of_the_whole_before_it_schedules(team, case):
    cast.make_account(None)
    cast.make_account(None, "mastodon")
    influencer = cast.make_influencer()
    repost = {"mode": PledgeMode.REPOST, "consented_text": ""}
    cast.make_pledge(influencer, cast.make_account(influencer), case, **repost)
    page = words(team.get(prepare(team, case)["Location"]))
    assert "Coût prévu : 0,22 €." in page, "0,215, rounded up"
    assert "· 0,20 €" in page
    assert "· 0,02 €" in page
    assert "· gratuit" in page
    assert "0,00 € sur 1,00 € ; il reste 1,00 €" in page
    assert "coûterait" not in page


def test_what_a_person_posts_themselves_costs_nothing(team, case, settings):
    settings.X_PLEDGES_BY_API = False
    influencer = cast.make_influencer()
    cast.make_pledge(influencer, cast.make_account(influencer), case)
    assert "Coût prévu : rien, tout est gratuit." in words(team.get(prepare(team, case)["Location"]))


def test_a_broadcast_that_costs_more_than_what_is_left_says_so_and_is_not_refused(team, case):
    for number in range(3):
        cast.make_account(None, handle=f"@campagne{number}")
    first = scheduled(team, case)
    page = words(team.get(prepare(team, case, text="Une autre : {lien}")["Location"]))
    assert "Ce qui est déjà programmé en prendra 0,60 €." in page
    assert "Cette diffusion coûterait 0,60 € ; une fois payé ce qui est déjà programmé, il reste 0,40 €." in page
    assert "Un modérateur peut relever le plafond de ce dossier." in page
    assert scheduled(team, case).posts.count() == first.posts.count() == 3


def test_at_the_cap_the_pages_say_what_stops_what_goes_on_and_who_may_raise_it(team, case, settings):
    assert "est atteint" not in new_page(team, case)
    reach_the_cap(case)
    page = new_page(team, case)
    assert "Le plafond de ce dossier est atteint." in page
    assert "Les liens en un geste, les réseaux gratuits et les relevés continuent." in page
    assert "Un modérateur peut relever" in page
    settings.CASE_MONTHLY_CAP_EUROS, settings.MONTHLY_CAP_EUROS = 30, 1
    page = new_page(team, case)
    assert "Le plafond commun à tous les dossiers est atteint." in page
    assert "Seul l’exploitant de la plateforme" in page


def test_the_pages_are_read_in_english_too(team, case):
    reach_the_cap(case)
    page = new_page(team, case, "en")
    assert "€1.00" in page
    assert "The cap of this case is reached." in page


def test_a_broadcast_says_what_it_has_cost(team, case):
    posts = posts_of(case, 2)
    spending.reserve(posts, timezone.now())
    page = words(team.get(reverse("broadcast_detail", args=[posts[0].broadcast_id])))
    assert "Dépensé pour cette diffusion : 0,40 €." in page


def test_nobody_but_the_team_and_moderators_reads_what_is_spent(client, case):
    reach_the_cap(case)
    assert "1,00 €" not in words(client.get(reverse("case", args=[case.slug])))
    client.force_login(cast.make_user())
    assert client.get(reverse("broadcast_new", args=[case.slug])).status_code == 404


# --- the mail -------------------------------------------------------------------------------------------------------


def test_the_team_is_told_once_by_mail(case):
    lucie, paul = cast.make_member(case), cast.make_member(case, "Paul Adjoint")
    tasks.tell_caps()
    assert mail.outbox == [], "nothing was kept back"
    reach_the_cap(case)
    for _beat in range(3):
        tasks.tell_caps()
    assert [one.to for one in mail.outbox] == [[lucie.email], [paul.email]]
    said = mail.outbox[0].body.replace("\xa0", " ")
    assert "Le plafond de ce dossier est atteint." in said
    assert "1,00 € sur 1,00 € ; il reste 0,00 €" in said
    assert "les liens en un geste envoyés aux engagés, les réseaux gratuits et les relevés." in said
    assert "Un modérateur peut relever le plafond de ce dossier." in said
    assert project.SITE_URL + reverse("broadcast_new", args=[case.slug]) in said


def test_the_operators_are_told_once_of_the_platforms_cap(case, settings):
    settings.CASE_MONTHLY_CAP_EUROS, settings.MONTHLY_CAP_EUROS = 30, 1
    operator = cast.make_user("Olga Exploitante", is_staff=True, is_superuser=True)
    lucie = cast.make_member(case)
    cast.make_moderator()
    reach_the_cap(case)
    for _beat in range(2):
        tasks.tell_caps()
    of_all, of_case = sorted(mail.outbox, key=lambda one: one.to != [operator.email])
    assert (of_all.to, of_case.to) == ([operator.email], [lucie.email])
    said = of_all.body.replace("\xa0", " ")
    assert "1,00 € sur 1,00 €" in said
    assert "I4_MONTHLY_CAP_EUROS" in said
    assert case.company_name not in said
    assert "Seul l’exploitant de la plateforme peut relever ce plafond." in of_case.body


def test_a_mail_that_does_not_leave_is_tried_again_for_whoever_misses_it(case, settings):
    cast.make_member(case)
    reach_the_cap(case)
    settings.EMAIL_BACKEND = "tests.site.gate_scene.BrokenBackend"
    tasks.tell_caps()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox.clear()
    tasks.tell_caps()
    assert mail.outbox == [], "a mail server that is away is not asked at once"
    Notice.objects.update(tell_from=timezone.now())
    tasks.tell_caps()
    tasks.tell_caps()
    assert len(mail.outbox) == 1


def test_a_cap_that_was_raised_before_the_mail_left_is_told_to_nobody(case):
    cast.make_member(case)
    reach_the_cap(case)
    CaseCap.objects.create(case=case, euros=30, reason="Plus d’engagés que prévu.")
    tasks.tell_caps()
    assert mail.outbox == []


# --- the desk -------------------------------------------------------------------------------------------------------


def test_a_moderator_gives_a_case_another_cap_and_the_history_says_who_when_and_why(client, case):
    moderator = cast.make_moderator()
    client.force_login(moderator)
    add = reverse("admin:influencers_casecap_add")
    assert client.post(add, {"case": case.pk, "euros": "50", "reason": ""}).status_code == 200, "a reason is wanted"
    assert client.post(add, {"case": case.pk, "euros": "50", "reason": "Trente engagés de plus"}).status_code == 302
    cap = CaseCap.objects.get(case=case)
    change = reverse("admin:influencers_casecap_change", args=[cap.pk])
    assert "Trente engagés de plus" not in client.get(change).context["adminform"].form["reason"].as_widget()
    assert client.post(change, {"euros": "80", "reason": "La région paie la différence"}).status_code == 302
    told = [(one.user, one.get_change_message()) for one in LogEntry.objects.order_by("pk")]
    assert told == [
        (moderator, "50\xa0€ par mois\xa0: Trente engagés de plus"),
        (moderator, "80\xa0€ par mois\xa0: La région paie la différence"),
    ]
    assert spending.standing(case, timezone.now()).cap == 80_000_000


def test_the_desk_lists_what_each_case_spent_each_month(client, case, django_assert_max_num_queries):
    reach_the_cap(case)
    for _other in range(10):
        spending.record_reads("x", "post_read", {cast.make_case().pk: 3}, timezone.now())
    client.force_login(cast.make_moderator())
    with django_assert_max_num_queries(14):
        page = words(client.get(reverse("admin:influencers_budget_changelist")))
    assert "Laboratoire Imaginaire" in page
    assert "0,00 € sur 1,00 €" in page
    assert "Tous les dossiers et la plateforme" in page
    assert client.get(reverse("admin:influencers_spend_changelist")).status_code == 403, "the operator's"


def test_the_operator_reads_the_ledger(admin_client, case):
    reach_the_cap(case)
    row = Spend.objects.first()
    assert "0,20 €" in words(admin_client.get(reverse("admin:influencers_spend_changelist")))
    assert admin_client.get(reverse("admin:influencers_spend_change", args=[row.pk])).status_code == 200
    budget = Budget.objects.get(case=case)
    assert admin_client.get(reverse("admin:influencers_budget_change", args=[budget.pk])).status_code == 200
