"""The data of the benches: one invented case, with what its page shows, and one short link to it."""

from datetime import timedelta

from django.utils import timezone

from campaigns import figures
from campaigns.links.codes import make_link
from campaigns.models import (
    Authority,
    Case,
    CaseStatus,
    Commune,
    Fact,
    FactKind,
    LinkKind,
    MilestoneKind,
    ShortLink,
    Stage,
    Unit,
)


def make_scene() -> ShortLink:
    now = timezone.now()
    case = Case.objects.create(
        slug="usine-de-mesure",
        status=CaseStatus.PUBLISHED,
        is_example=True,
        company_name="Usine de mesure",
        commune=Commune.objects.order_by("code")[0],
        stage=Stage.REDRESSEMENT,
        court="Tribunal de commerce",
        practitioner="Étude Exemple",
        sector="Industrie",
        summary="Une usine inventée, pour mesurer.",
        story="Les équipes sont là et les machines tournent. " * 20,
        needs="Un repreneur.",
        filing_key="bench",
        published_at=now,
    )
    case.milestones.create(kind=MilestoneKind.DLDO, at=now + timedelta(days=9), authority=Authority.TRIBUNAL)
    Fact.objects.create(
        case=case, kind=FactKind.JOBS_THREATENED, value=37, unit=Unit.JOBS, source_label="Mairie", is_headline=True
    )
    figures.add(case.pk, pledges=33, pledged_reach=41_000, posts_published=33, delivered=12_000, clicks=480, leads=3)
    for hours in range(48):
        figures.record_points(now - timedelta(hours=hours))
    return make_link(case, LinkKind.POST, "bench")
