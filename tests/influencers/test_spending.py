"""The euro meter: every paid call is counted by case and month, and no paid post brings a month above its cap."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from io import StringIO
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from i4emploi_site import env
from i4emploi_site.lib.times import PARIS
from influencers import prices, spending
from influencers.models import Budget, CaseCap, Network, Post, PostKind, Spend
from influencers.spending import Cap
from tests.cast import make_case
from tests.influencers.spending_scene import LINK, PLAIN, billed, posts_of, spent, sums_are_the_ledgers

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _usual_caps(settings):
    settings.CASE_MONTHLY_CAP_EUROS, settings.MONTHLY_CAP_EUROS = 1, 300  # five posts with a link for a case


def ids(posts) -> set:
    return {post.pk for post in posts}


def test_a_paid_post_is_in_the_ledger_in_its_cases_month_and_in_everybodys(case):
    (post,) = posts_of(case)
    assert spending.reserve([post], NOW) == {post.pk}
    row = Spend.objects.get()
    assert (row.network, row.call, row.units, row.micro_euros) == ("x", "post_with_url", 1, LINK)
    assert (row.case, row.post, row.at) == (case, post, NOW)
    assert spent(case) == spent() == LINK
    assert sums_are_the_ledgers()


def test_what_costs_nothing_is_neither_counted_nor_asked_about(case, django_assert_num_queries):
    free = posts_of(case, 3, Network.MASTODON)
    with django_assert_num_queries(0):
        assert spending.reserve(free, NOW) == ids(free)
    assert not Spend.objects.exists()


def test_posts_are_paid_in_their_order_until_the_cap_and_what_fits_still_leaves(case):
    dear = posts_of(case, 6)
    cheap = posts_of(case, 1, kind=PostKind.REPOST)
    free = posts_of(case, 1, Network.MASTODON)
    assert spending.reserve([*dear, *cheap, *free], NOW) == ids(dear[:5]) | ids(free), "to the last cent"
    assert spent(case) == 5 * LINK
    assert Budget.objects.get(case=case).refused_at == NOW
    spending.refund([dear[0].pk], NOW)
    assert spending.reserve(cheap, NOW) == ids(cheap)
    assert spent(case) == 4 * LINK + PLAIN
    assert sums_are_the_ledgers()


def test_one_case_at_its_cap_holds_no_other_back(case):
    other = make_case()
    mine, theirs = posts_of(case, 7), posts_of(other, 2)
    assert spending.reserve([*mine, *theirs], NOW) == ids(mine[:5]) | ids(theirs)
    assert not Budget.objects.get(case=other).refused_at


def test_the_platforms_cap_holds_every_case_back_and_tells_each(case, settings):
    settings.CASE_MONTHLY_CAP_EUROS, settings.MONTHLY_CAP_EUROS = 30, 1
    other = make_case()
    mine, theirs = posts_of(case, 4), posts_of(other, 2)
    assert spending.reserve([*mine, *theirs], NOW) == ids(mine) | ids(theirs[:1])
    assert spent() == 5 * LINK
    assert Budget.objects.filter(refused_at=NOW, case=other).exists()
    assert Budget.objects.filter(refused_at=NOW, case=None).exists()
    assert spending.over_cap(case.pk, Network.X, NOW) == Cap.PLATFORM


def test_a_case_may_have_a_cap_of_its_own(case):
    CaseCap.objects.create(case=case, euros=2, reason="La ville paie davantage.")
    posts = posts_of(case, 11)
    assert spending.reserve(posts, NOW) == ids(posts[:10])


def test_a_post_that_is_sent_again_is_paid_once(case):
    posts = posts_of(case, 2)
    for _attempt in range(3):
        assert spending.reserve(posts, NOW) == ids(posts)
    assert spent(case) == billed() == 2 * LINK


def test_what_was_not_carried_out_is_not_billed_and_is_paid_again_when_it_leaves(case):
    posts = posts_of(case, 3)
    spending.reserve(posts, NOW)
    assert spending.refund(ids(posts[:2]), NOW) == 2
    assert spending.refund(ids(posts[:2]), NOW) == 0, "told twice, given back once"
    assert (spent(case), spent()) == (LINK, LINK)
    assert Spend.objects.filter(refunded_at=NOW).count() == 2, "the ledger forgets nothing"
    assert spending.reserve(posts, NOW) == ids(posts)
    assert spent(case) == 3 * LINK
    assert sums_are_the_ledgers()


def test_a_refund_goes_to_the_month_that_paid(case):
    (post,) = posts_of(case)
    december, january = datetime(2026, 12, 31, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)
    spending.reserve([post], december)
    spending.refund([post.pk], january)
    assert list(Budget.objects.filter(case=case).values_list("month", "micro_euros")) == [(date(2026, 12, 1), 0)]


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 12, 31, 23, 30, tzinfo=PARIS), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2027, 1, 1, 0, 0, tzinfo=PARIS), date(2027, 1, 1)),
        (datetime(2027, 6, 30, 21, 59, tzinfo=UTC), date(2027, 6, 1)),
        (datetime(2027, 6, 30, 22, 0, tzinfo=UTC), date(2027, 7, 1)),
    ],
)
def test_a_month_begins_at_midnight_in_paris(case, at, month):
    spending.reserve(posts_of(case), at)
    assert set(Budget.objects.values_list("month", flat=True)) == {month} == {Spend.objects.get().month}


def test_a_new_month_pays_again(case):
    posts = posts_of(case, 6)
    december, january = datetime(2026, 12, 31, 22, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert spending.reserve(posts, december) == ids(posts[:5])
    assert spending.over_cap(case.pk, Network.X, december) == Cap.CASE
    assert spending.over_cap(case.pk, Network.X, january) is None
    assert spending.reserve(posts[5:], january) == ids(posts[5:])


def test_reads_are_counted_by_the_unit_and_no_cap_stops_them(case, settings):
    settings.CASE_MONTHLY_CAP_EUROS = 0
    spending.record_reads(Network.X, prices.POST_READ, {case.pk: 40, None: 2}, NOW)
    spending.record_reads(Network.MASTODON, prices.POST_READ, {case.pk: 40}, NOW)
    assert (spent(case), spent()) == (200_000, 210_000)
    assert sums_are_the_ledgers()
    assert spending.reserve(posts_of(case), NOW) == set()


def test_only_paid_networks_are_over_a_cap(case, settings):
    settings.CASE_MONTHLY_CAP_EUROS = 0
    assert spending.over_cap(case.pk, Network.X, NOW) == Cap.CASE
    assert spending.over_cap(case.pk, Network.MASTODON, NOW) is None


def test_a_dollar_costs_what_the_operator_says(case, settings):
    settings.EUROS_PER_DOLLAR = env.amount("I4_NOWHERE", "0.92")
    spending.reserve(posts_of(case), NOW)
    assert spent(case) == 184_000


@pytest.mark.parametrize("typed", ["un", "0", "-1", "inf", "nan"])
def test_a_rate_that_is_none_is_refused_at_the_start(monkeypatch, typed):
    monkeypatch.setenv("I4_EUROS_PER_DOLLAR", typed)
    with pytest.raises(env.BadEnvironment, match="above 0"):
        env.amount("I4_EUROS_PER_DOLLAR", "1.00")


def test_a_wave_costs_the_same_few_statements_whatever_its_size(case):
    other = make_case()

    def statements(wave) -> int:
        with CaptureQueriesContext(connection) as asked:
            spending.reserve(wave, NOW)
        return len(asked)

    few = statements(posts_of(case))
    CaseCap.objects.create(case=case, euros=30, reason="Beaucoup d’engagés.")
    assert statements([*posts_of(case, 16), *posts_of(other, 16)]) == few <= 6


def test_a_case_that_is_deleted_leaves_what_it_cost_in_everybodys_month(case):
    spending.reserve(posts_of(case, 2), NOW)
    case.delete()
    assert spent() == billed() == 2 * LINK
    assert sums_are_the_ledgers()


def test_the_sums_are_proven_by_the_ledger_and_mended_from_it(case):
    spending.reserve(posts_of(case, 2), NOW)
    out = StringIO()
    call_command("recount_spending", stdout=out)
    assert "are those of the ledger" in out.getvalue()
    Budget.objects.filter(case=case).update(micro_euros=7)
    Budget.objects.filter(case=None).delete()
    with pytest.raises(CommandError, match="2 sums differ"):
        call_command("recount_spending", stdout=out)
    assert f"case {case.pk}: 7 counted, {2 * LINK} in the ledger" in out.getvalue()
    call_command("recount_spending", "--mend", stdout=out)
    assert spent(case) == spent() == 2 * LINK
    assert sums_are_the_ledgers()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whose", ["case", "platform"])
def test_workers_that_spend_the_last_cents_at_once_never_pass_the_cap(settings, whose):
    """As the engine does: each wave in its own short transaction, some of them given back."""
    settings.CASE_MONTHLY_CAP_EUROS = 1 if whose == "case" else 300
    settings.MONTHLY_CAP_EUROS = 300 if whose == "case" else 1
    cases = [make_case(), make_case()]
    waves = [[*posts_of(cases[number % 2], 2), *posts_of(cases[1 - number % 2], 2)] for number in range(6)]
    start = Barrier(len(waves))

    def work(wave: list[Post]) -> set:
        try:
            start.wait(timeout=30)
            with transaction.atomic():
                leaving = spending.reserve(wave, NOW)
            with transaction.atomic():
                spending.refund([wave[0].pk], NOW)
            return leaving - {wave[0].pk}
        finally:
            connection.close()

    with ThreadPoolExecutor(len(waves)) as pool:
        left = [pk for leaving in pool.map(work, waves) for pk in leaving]
    caps = {case.pk: settings.CASE_MONTHLY_CAP_EUROS for case in cases} | {None: settings.MONTHLY_CAP_EUROS}
    for budget in Budget.objects.all():
        assert budget.micro_euros <= caps[budget.case_id] * prices.MICRO
    assert billed() == len(left) * LINK
    assert len(left) >= 1
    assert sums_are_the_ledgers()


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_for_what_another_is_spending_waits_for_them(case):
    spending.reserve(posts_of(case, 4), NOW)
    mine, theirs = posts_of(case), posts_of(case)

    def too_soon() -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                spending.reserve(theirs, NOW)
        except OperationalError:
            return True
        finally:
            connection.close()
        return False

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        assert spending.reserve(mine, NOW) == ids(mine)
        assert other.submit(too_soon).result(timeout=30)
    assert spending.reserve(theirs, NOW) == set()
    assert spent(case) == 5 * LINK
