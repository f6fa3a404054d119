"""How a date is said: with its hour or without, and with its year once that is another one."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from i4emploi_site.lib.times import PARIS, full_date, long_date
from tests.campaigns.test_milestones import door, hearing, judged

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_date_without_an_hour_is_never_said_to_be_at_a_minute_to_midnight(team, case):
    in_the_afternoon = timezone.now().astimezone(PARIS).replace(hour=14) + timedelta(days=9)
    case.milestones.update(at=in_the_afternoon)  # whatever the hour at which this is run
    team.post(door(case), hearing(30, time=""))
    team.post(door(case), judged(case, time=""))
    pages = [team.get(page).content.decode() for page in (door(case), case.get_absolute_url())]
    calendar = team.get(reverse("case_calendar", args=[case.slug])).content.decode().replace("\r\n ", "")
    (proposed,) = {one.why for one in case.proposals.pending() if one.milestone_kind == "amelioration"}
    for said in (*pages, calendar, proposed):
        assert "23\u202fh" not in said
    moved = case.milestones.get(kind="audience")
    assert f"l’audience du {full_date(moved.at)} (art." in proposed
    assert f"elle était fixée au {long_date(moved.postponements.get().from_at)}. Renvoi" in pages[0]


def test_a_postponed_hearing_keeps_its_hour_unless_another_is_given(team, case):
    team.post(door(case), hearing(time="14:00"))
    field = f"postpone{case.milestones.get(kind='audience').pk}_time"
    asked = re.search(rf'<input[^>]*id="{field}"[^>]*>', team.get(door(case)).content.decode())
    assert 'value="14:00"' in asked[0]


@pytest.mark.parametrize("change", ["cancel", "postpone"])
def test_a_former_date_of_another_year_says_its_year(team, case, change):
    former = timezone.now().astimezone(PARIS).replace(year=timezone.now().year + 1, month=3, day=4, hour=14, minute=0)
    team.post(door(case), hearing(date=former.date().isoformat(), time="14:00"))
    team.post(door(case), judged(case, go=change))
    assert f"4 mars {former.year}" in team.get(case.get_absolute_url()).content.decode()
