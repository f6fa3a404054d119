"""Public cases over HTTP, read only: what is absent is null, unknown, never 0."""

from datetime import datetime

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from rest_framework import serializers, viewsets

from campaigns.api.places import PlaceFilter
from campaigns.models import (
    CONFIDENTIAL_STAGES,
    ActorContact,
    Case,
    CaseFigures,
    CaseStatus,
    Commune,
    Fact,
    Milestone,
    Postponement,
    Stage,
)

PUBLIC_STAGES = [(value, label) for value, label in Stage.choices if value not in CONFIDENTIAL_STAGES]
PUBLIC_STATUSES = [(status.value, status.label) for status in (CaseStatus.PUBLISHED, CaseStatus.CLOSED)]


class FactSerializer(serializers.ModelSerializer):
    class Meta:
        model = Fact
        fields = [
            "kind",
            "value",
            "unit",
            "text",
            "on",
            "source_label",
            "source_url",
            "giver",
            "condition",
            "is_headline",
        ]


class PostponementSerializer(serializers.ModelSerializer):
    class Meta:
        model = Postponement
        fields = ["from_at", "to_at", "reason", "source_label", "source_url"]


class MilestoneSerializer(serializers.ModelSerializer):
    postponements = PostponementSerializer(source="moves", many=True, read_only=True)

    class Meta:
        model = Milestone
        fields = ["kind", "at", "authority", "confidence", "source_label", "source_url", "note", "postponements"]


class CommuneSerializer(serializers.ModelSerializer):
    region = serializers.CharField(read_only=True)

    class Meta:
        model = Commune
        fields = ["code", "name", "departement", "region"]


class FiguresSerializer(serializers.ModelSerializer):
    """`delivered` is null until a network has said something; `leads` is a count and nothing more."""

    class Meta:
        model = CaseFigures
        fields = [
            "pledges", "pledged_reach", "posts_published", "posts_measured",
            "delivered", "clicks", "clicks_excluded", "leads", "read_at",
        ]  # fmt: skip


class ContactSerializer(serializers.ModelSerializer):
    """A public actor that was told, and what it answered."""

    class Meta:
        model = ActorContact
        fields = ["actor", "precision", "told_by", "told_on", "answer", "answered_on"]


class CaseSerializer(serializers.ModelSerializer):
    """Nothing of the filer is here, nor will be: each field is named, none is taken by default."""

    commune = CommuneSerializer(read_only=True)
    facts = FactSerializer(many=True, read_only=True)
    milestones = MilestoneSerializer(many=True, read_only=True)
    contacts = ContactSerializer(many=True, read_only=True)
    figures = FiguresSerializer(read_only=True, allow_null=True)
    updated_at = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields = [
            "slug", "status", "is_example", "company_name", "siren", "naf_code", "sector", "commune", "stage", "court",
            "practitioner", "summary", "story", "needs", "hashtag", "outcome", "outcome_note", "published_at",
            "closed_at", "updated_at", "facts", "milestones", "contacts", "figures",
        ]  # fmt: skip

    def get_updated_at(self, case: Case) -> datetime:
        return case.public_instant(case.updated_at)


class CaseFilter(PlaceFilter):
    stage = filters.ChoiceFilter(choices=PUBLIC_STAGES)
    status = filters.ChoiceFilter(choices=PUBLIC_STATUSES)

    class Meta:
        model = Case
        fields: list[str] = []


class CaseViewSet(viewsets.ReadOnlyModelViewSet):
    """The rescue cases that are public, the most recently published first."""

    queryset = (
        Case.objects.public()
        .select_related("commune", "figures")
        .prefetch_related(
            "facts", "contacts", Prefetch("milestones", Milestone.objects.standing().prefetch_related("postponements"))
        )
        .order_by("-published_at", "-pk")
    )
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    lookup_field = "slug"
