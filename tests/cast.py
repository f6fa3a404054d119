"""The tests' named cast. Everybody is invented: Lucie files, Karim moderates, Inès pledges, Bruno buys, Sam is nobody's."""

import itertools
from datetime import timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from campaigns.models import (
    Authority,
    Case,
    CaseFigures,
    CaseMember,
    CaseStatus,
    Commune,
    Fact,
    FactKind,
    Milestone,
    MilestoneKind,
    Stage,
    Unit,
    User,
)
from i4emploi_site.lib import codes
from influencers.models import AccountState, Influencer, Network, NetworkAccount, Pledge, PledgeMode

STORY = "La ligne est en état de marche et les équipes sont là. Sans repreneur, tout sera démonté avant l’hiver."
numbers = itertools.count(1)


def make_user(name: str = "Sam Personne", **fields) -> User:
    email = fields.pop("email", f"{name.split()[0].lower()}{next(numbers)}@exemple.example")
    return User.objects.create_user(email, display_name=name, **fields)


def make_moderator(name: str = "Karim Modérateur") -> User:
    user = make_user(name, is_staff=True)
    user.groups.add(Group.objects.get_or_create(name="Modération")[0])
    return user


def make_case(
    status: str = CaseStatus.PUBLISHED, *, days_left: float | None = 9.6, jobs: int | None = 37, **fields
) -> Case:
    """A case like Meymac's, with one milestone `days_left` days ahead and one headline figure of jobs."""
    number = next(numbers)
    now = timezone.now()
    values = {
        "slug": f"laboratoire-imaginaire-{number}",
        "status": status,
        "company_name": "Laboratoire Imaginaire",
        "commune": Commune.objects.get(code="19136"),
        "stage": Stage.LIQUIDATION_POURSUITE,
        "court": "Tribunal de commerce de Brive",
        "practitioner": "Étude Exemple, liquidateur judiciaire",
        "naf_code": "21.20Z",
        "sector": "Industrie pharmaceutique",
        "summary": "L’usine de médicaments sera démantelée si aucun repreneur ne se déclare.",
        "story": STORY,
        "needs": "Un repreneur industriel, et du temps.",
        "filer_role": "elected",
        "filer_name": "Lucie Déclarante",
        "filer_email": f"lucie{number}@exemple.example",
        "filer_email_confirmed_at": now,
        "attested_at": now,
        "attestation": "J’atteste.",
        "filing_key": codes.digest(codes.secret()),
        "submitted_at": None if status == CaseStatus.DRAFT else now,
        "published_at": now if status in (CaseStatus.PUBLISHED, CaseStatus.HELD, CaseStatus.CLOSED) else None,
        **fields,
    }
    if status == CaseStatus.CLOSED:
        values = {"closed_at": now, "outcome": "partly_saved"} | values
    case = Case.objects.create(**values)
    if status in (CaseStatus.SUBMITTED, CaseStatus.HELD) and not case.pseudonymous and case.filer_email_confirmed_at:
        User.objects.of_mailbox(case.filer_email) or make_user(case.filer_name, email=case.filer_email)
    if days_left is not None:
        Milestone.objects.create(
            case=case, kind=MilestoneKind.DLDO, at=now + timedelta(days=days_left), authority=Authority.TRIBUNAL
        )
    if jobs is not None:
        Fact.objects.create(
            case=case,
            kind=FactKind.JOBS_THREATENED,
            value=jobs,
            unit=Unit.JOBS,
            source_label="Mairie",
            is_headline=True,
        )
    if case.published_at:
        CaseFigures.objects.get_or_create(case=case)
    return case


def make_member(case: Case, name: str = "Lucie Déclarante") -> User:
    user = make_user(name)
    CaseMember.objects.create(case=case, user=user, role="elected")
    return user


def make_influencer(name: str = "Inès Engagée", **fields) -> Influencer:
    return Influencer.objects.create(user=make_user(name), public_name=name, **fields)


def make_account(influencer: Influencer | None, network: str = Network.X, **fields) -> NetworkAccount:
    """A connected account; give `base_url`, `access_token` and `remote_id` of a running sandbox to post with it."""
    number = next(numbers)
    values = {
        "influencer": influencer,
        "network": network,
        "base_url": "https://api.x.com" if network == Network.X else "https://mastodon.example",
        "remote_id": str(1000 + number),
        "handle": f"@compte{number}",
        "followers": 1200,
        "access_token": "jeton-de-test",
        "state": AccountState.CONNECTED,
        **fields,
    }
    return NetworkAccount.objects.create(**values)


def make_pledge(influencer: Influencer, account: NetworkAccount, case: Case, **fields) -> Pledge:
    values = {
        "mode": PledgeMode.OWN_WORDS,
        "consented_text": f"Trente-sept familles attendent un repreneur à Meymac, voix {next(numbers)}. {{lien}}",
        "consent_statement": "Votre compte publiera ceci, une fois.",
        "consented_at": timezone.now(),
        **fields,
    }
    return Pledge.objects.create(influencer=influencer, account=account, case=case, **values)
