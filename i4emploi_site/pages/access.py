"""Private pages of a case: for those who do not work on it they do not exist."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from campaigns.models import Case


def team_case(request: HttpRequest, slug: str) -> Case:
    return get_object_or_404(Case.objects.worked_on_by(request.user).select_related("commune"), slug=slug)
