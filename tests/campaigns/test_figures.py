"""Public numbers: moved by deltas, unknown until said, equal to the ledgers they come from."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import figures
from campaigns.models import CaseFigures, CaseStatus, FigurePoint
from tests.cast import make_case


@pytest.mark.django_db
def test_the_first_delta_makes_the_row():
    case = make_case()
    CaseFigures.objects.filter(case=case).delete()
    figures.add(case.pk, pledges=1, pledged_reach=1200)
    assert (figures.of(case).pledges, figures.of(case).pledged_reach, figures.of(case).clicks) == (1, 1200, 0)


@pytest.mark.django_db
def test_delivered_stays_unknown_until_a_network_says_even_zero():
    case = make_case()
    figures.add(case.pk, clicks=3, delivered=None)
    assert figures.of(case).delivered is None
    figures.add(case.pk, delivered=0)
    assert figures.of(case).delivered == 0
    figures.add(case.pk, delivered=250)
    assert figures.of(case).delivered == 250


@pytest.mark.django_db
def test_no_figure_goes_below_zero():
    case = make_case()
    figures.add(case.pk, pledges=1)
    figures.add(case.pk, pledges=-5, delivered=-3)
    assert (figures.of(case).pledges, figures.of(case).delivered) == (0, 0)


@pytest.mark.django_db
def test_an_older_reading_does_not_turn_the_clock_of_the_figures_back():
    case, now = make_case(), timezone.now()
    figures.add(case.pk, read_at=now)
    figures.add(case.pk, delivered=1, read_at=now - timedelta(hours=1))
    assert figures.of(case).read_at == now


@pytest.mark.django_db
def test_a_delta_falls_with_the_transaction_of_its_cause():
    case = make_case()
    with transaction.atomic():
        figures.add(case.pk, leads=1)
        transaction.set_rollback(True)
    assert figures.of(case).leads == 0


@pytest.mark.django_db(transaction=True)
def test_deltas_of_many_threads_all_arrive_even_when_the_row_is_new():
    case = make_case()
    CaseFigures.objects.filter(case=case).delete()

    def add_one(_):
        try:
            figures.add(case.pk, clicks=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    assert figures.of(case).clicks == 40


@pytest.mark.django_db
def test_an_hour_has_one_point_which_holds_the_latest_figures():
    case = make_case()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    figures.add(case.pk, clicks=2)
    figures.record_points(hour + timedelta(minutes=1))
    figures.add(case.pk, clicks=3, pledged_reach=900)
    figures.record_points(hour + timedelta(minutes=59))
    figures.record_points(hour + timedelta(minutes=60))
    assert [(p.hour, p.clicks, p.pledged_reach, p.delivered) for p in figures.series(case)] == [
        (hour, 5, 900, None),
        (hour + timedelta(hours=1), 5, 900, None),
    ]


@pytest.mark.django_db
def test_a_case_closed_long_ago_gets_no_more_points():
    case = make_case(CaseStatus.CLOSED)
    figures.add(case.pk, clicks=2)
    CaseFigures.objects.filter(case=case).update(updated_at=timezone.now() - timedelta(hours=3))
    figures.record_points(timezone.now())
    assert not FigurePoint.objects.filter(case=case).exists()
