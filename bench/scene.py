"""The data of the benches: one invented case, with what its page shows, and one short link to it."""

from collections.abc import Sequence
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
    User,
)
from i4emploi_site.lib.codes import secret
from influencers.models import Influencer, NetworkAccount, Pledge, PledgeMode


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


def make_pledges(case: Case, accounts: Sequence[dict], texts: Sequence[str]) -> list[Pledge]:
    """One person for each account (its fields), who agrees to the text (an empty one: to repost). For thousands."""
    now, mark = timezone.now(), secret()[:8]
    users = User.objects.bulk_create(User(email=f"{mark}-{n}@exemple.example") for n in range(len(accounts)))
    people = Influencer.objects.bulk_create(Influencer(user=user, public_name="Mesure") for user in users)
    made = NetworkAccount.objects.bulk_create(
        NetworkAccount(influencer=person, **fields) for person, fields in zip(people, accounts, strict=True)
    )
    return Pledge.objects.bulk_create(
        Pledge(influencer=account.influencer, account=account, case=case, consented_text=text,
               mode=PledgeMode.OWN_WORDS if text else PledgeMode.REPOST, consent_statement="Mesure", consented_at=now)
        for account, text in zip(made, texts, strict=True)
    )  # fmt: skip
