"""What is asked for by place, the same of cases and of job requests."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from campaigns import job_requests
from campaigns.models import DEPARTEMENTS, REGIONS


class PlaceFilter(filters.FilterSet):
    """Of rows with a commune."""

    departement = filters.ChoiceFilter(
        field_name="commune__departement",
        label=_("département"),
        choices=[(code, name) for code, (name, _region) in DEPARTEMENTS.items()],
    )
    region = filters.ChoiceFilter(method="in_region", label=_("région"), choices=list(REGIONS.items()))

    def in_region(self, rows: QuerySet, _name: str, region: str) -> QuerySet:
        return rows.filter(job_requests.in_regions([region]))
