"""What the journey does not walk through: Meymac's other facts and its reprieve, the invented cases, the accounts.

Runs inside Django (`python -m i4emploi_site.demo.examples before|after SLUG`), because it writes rows directly.
"""

import sys
from datetime import timedelta

import django

django.setup()

from django.contrib.auth.models import Group  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.text import slugify  # noqa: E402
from stdnum import luhn  # noqa: E402

from campaigns import facts, figures  # noqa: E402
from campaigns.models import (  # noqa: E402
    Authority,
    Case,
    CaseStatus,
    Confidence,
    Fact,
    FactKind,
    Milestone,
    Unit,
    User,
)
from i4emploi_site.demo import story  # noqa: E402
from i4emploi_site.demo.journey import MODERATOR  # noqa: E402
from i4emploi_site.lib import codes  # noqa: E402


def make_moderator() -> None:
    address, password = MODERATOR
    moderator = User.objects.create_user(address, password, display_name="Karim Modérateur", is_staff=True)
    moderator.groups.add(Group.objects.get(name="Modération"))


def fictional_siren(number: int) -> str:
    """Starts with 900000: never given to anybody; its last digit makes it pass Luhn's check."""
    start = f"900000{number:02d}"
    return start + luhn.calc_check_digit(start)


@transaction.atomic
def make_examples() -> None:
    now = timezone.now()
    for number, example in enumerate(story.EXAMPLES):
        closed = bool(example.outcome)
        status = CaseStatus.CLOSED if closed else CaseStatus.SUBMITTED if example.waiting else CaseStatus.PUBLISHED
        case = Case.objects.create(
            slug=codes.digest(example.company)[:8], is_example=True, company_name=example.company,
            siren=fictional_siren(number), commune_id=example.commune, stage=example.stage, naf_code=example.naf,
            sector=example.sector, summary=example.summary, story=f"{example.summary} Ce dossier est inventé.",
            filing_key=codes.digest(codes.secret()), submitted_at=now - timedelta(hours=3 + number),
            published_at=None if example.waiting else now - timedelta(days=3), attested_at=now,
            status=status, outcome=example.outcome, filer_email=f"declarant{number}@exemple.example",
            filer_name=f"{story.FIRST_NAMES[number]} Exemple", filer_role="elected",
            filer_email_confirmed_at=now if number % 2 else None,
            closed_at=now if closed else None,
        )  # fmt: skip
        Case.objects.filter(pk=case.pk).update(slug=slugify(f"{example.company} {case.commune.name}"))
        Milestone.objects.create(
            case=case, kind=example.kind, at=now + timedelta(days=example.days), authority=Authority.TRIBUNAL,
            confidence=Confidence.CONFIRMED, source_label="Exemple",
        )  # fmt: skip
        Fact.objects.create(
            case=case, kind=FactKind.JOBS_THREATENED, value=example.jobs, unit=Unit.JOBS, source_label="Exemple",
            is_headline=True,
        )  # fmt: skip
        figures.add(case.pk)


@transaction.atomic
def complete_meymac(slug: str) -> None:
    """The facts that other sources give, and the reprieve of 30 days: the date that was filed has just moved."""
    case = Case.objects.get(slug=slug)
    Case.objects.filter(pk=case.pk).update(is_example=True)
    for kind, value, text, on, source in story.MEYMAC_FACTS:
        facts.record(case, None, kind, source, value=value, text=text, on=on)
    facts.record(case, None, FactKind.PUBLIC_SUPPORT, **story.MEYMAC_SUPPORT)
    milestone = case.milestones.get(kind="demantelement")
    milestone.postponements.create(
        from_at=milestone.at - timedelta(days=30), to_at=milestone.at, reason=story.SURSIS_REASON,
        source_label=story.SURSIS_SOURCE,
    )  # fmt: skip
    case.updates.create(
        title="Sursis de 30 jours", source_url="",
        body="Les Echos : trois repreneurs potentiels sont en contact ; Région, département et commune apportent "
        "30 000 euros pour que le site tourne et se visite.",
    )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "before":
        make_moderator()
        make_examples()
    else:
        complete_meymac(sys.argv[2])
