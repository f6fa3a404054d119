"""The public API: campaigns' cases and job requests, and the dashboard that joins both apps."""

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from campaigns import figures
from campaigns.api.cases import CaseViewSet
from campaigns.api.job_requests import JobRequestViewSet
from campaigns.models import Case
from influencers.models import Post, PostState


class PostCountsSerializer(serializers.Serializer):
    published = serializers.IntegerField()
    failed = serializers.IntegerField()
    unconfirmed = serializers.IntegerField(help_text="Sent, but the network never said whether it took the post.")


class ReachSerializer(serializers.Serializer):
    pledged = serializers.IntegerField(help_text="Followers of the pledged accounts, added up, doubles not deducted.")
    delivered = serializers.IntegerField(allow_null=True, help_text="Measured views; null while no network has said.")
    clicks = serializers.IntegerField(help_text="Clicks by people; robots, previews and repeats are not in it.")


class DashboardSerializer(serializers.Serializer):
    case = serializers.SlugField()
    pledges = serializers.IntegerField()
    posts = PostCountsSerializer()
    reach = ReachSerializer()
    leads = serializers.IntegerField()


@extend_schema(responses=DashboardSerializer)
@api_view(["GET"])
def dashboard(_request: Request, slug: str) -> Response:
    """The public figures of one case: counts only."""
    case = get_object_or_404(Case.objects.public(), slug=slug)
    known = figures.of(case)
    posts = Post.objects.filter(case=case).aggregate(
        published=Count("pk", filter=Q(state=PostState.PUBLISHED)),
        failed=Count("pk", filter=Q(state=PostState.FAILED)),
        unconfirmed=Count("pk", filter=Q(state=PostState.UNCONFIRMED)),
    )
    shown = {
        "case": case.slug,
        "pledges": known.pledges,
        "posts": posts,
        "reach": {"pledged": known.pledged_reach, "delivered": known.delivered, "clicks": known.clicks},
        "leads": known.leads,
    }
    return Response(DashboardSerializer(shown).data)


router = SimpleRouter()
router.register("cases", CaseViewSet, basename="api_case")
router.register("job-requests", JobRequestViewSet, basename="api_job_request")

urlpatterns = [
    path("cases/<slug:slug>/dashboard/", dashboard, name="api_dashboard"),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("", include(router.urls)),
]
