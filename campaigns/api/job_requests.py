"""Job requests over HTTP (#i4emploiR), read only: while they are published, and never with the mailbox."""

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers, viewsets

from campaigns import divisions, job_requests
from campaigns.api.cases import CommuneSerializer
from campaigns.api.places import PlaceFilter
from campaigns.models import JobRequest
from i4emploi_site.lib.times import PARIS


class JobRequestSerializer(serializers.ModelSerializer):
    """Days and not instants: the hour at which somebody is online says more than they agreed to publish."""

    commune = CommuneSerializer(read_only=True)
    naf_division = serializers.SerializerMethodField(help_text="First two digits of the NAF rév. 2; null: not said.")
    sector = serializers.SerializerMethodField(help_text="The NAF division's name, in French; null: not said.")
    published_on = serializers.SerializerMethodField(help_text="Day in Europe/Paris.")
    expires_on = serializers.SerializerMethodField(help_text="Last day of publication, in Europe/Paris.")
    url = serializers.SerializerMethodField(help_text="The public page, where a message reaches the seeker.")

    class Meta:
        model = JobRequest
        fields = [
            "code", "occupation", "commune", "naf_division", "sector", "summary", "shown_name",
            "published_on", "expires_on", "url",
        ]  # fmt: skip

    def get_naf_division(self, request: JobRequest) -> str | None:
        return request.naf_division or None

    def get_sector(self, request: JobRequest) -> str | None:
        return divisions.named(request.naf_division) or None

    def get_published_on(self, request: JobRequest) -> date:
        return request.published_at.astimezone(PARIS).date()

    def get_expires_on(self, request: JobRequest) -> date:
        return request.expires_at.astimezone(PARIS).date()

    def get_url(self, request: JobRequest) -> str:
        return job_requests.public_page(request)


class JobRequestFilter(PlaceFilter):
    class Meta:
        model = JobRequest
        fields: list[str] = []


class JobRequestViewSet(viewsets.ReadOnlyModelViewSet):
    """The job requests that are published today, the most recently published first."""

    queryset = JobRequest.objects.none()  # names the model; what is public depends on the instant
    serializer_class = JobRequestSerializer
    filterset_class = JobRequestFilter
    lookup_field = "code"
    lookup_value_regex = "[a-z0-9]+"

    def get_queryset(self) -> QuerySet:
        return job_requests.public(timezone.now()).order_by("-published_at", "-pk")
