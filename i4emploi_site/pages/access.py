"""Who works on a case: its team and the moderators. For anybody else its private pages do not exist."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from campaigns.models import Case


def team_case(request: HttpRequest, slug: str) -> Case:
    case = get_object_or_404(Case.objects.select_related("commune"), slug=slug)
    if request.user.is_staff or case.members.filter(user=request.user).exists():
        return case
    raise Http404
