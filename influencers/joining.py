"""Joining the engaged, changing one's limits, and the public list of those who want to be on it."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from campaigns import job_requests
from campaigns.models import JobRequest, User
from influencers.models import Influencer, NetworkAccount, Pledge


def of(user) -> Influencer | None:
    return Influencer.objects.filter(user=user).first() if user.is_authenticated else None


def join(user: User, **fields) -> Influencer:
    """Make the person one of the engaged, once: a second call returns the same influencer, unchanged."""
    influencer, _made = Influencer.objects.get_or_create(user=user, defaults=fields)
    return influencer


def change(influencer: Influencer, **fields) -> None:
    """Change the person's own limits and visibility; they hold from the next post on."""
    Influencer.objects.filter(pk=influencer.pk).update(**fields)


def engaged() -> QuerySet[Influencer]:
    """Those who agreed to be listed and have a pledge in force; `.carrying` holds the accounts that carry one."""
    carrying = Exists(Pledge.objects.active().filter(account=OuterRef("pk")))
    accounts = NetworkAccount.objects.connected().filter(carrying).order_by("network", "handle")
    return (
        Influencer.objects.filter(listed=True)
        .filter(Exists(Pledge.objects.active().filter(influencer=OuterRef("pk"), account__state="connected")))
        .prefetch_related(Prefetch("accounts", accounts, to_attr="carrying"))
        .order_by("joined_at", "pk")
    )


def potential_reach() -> tuple[int | None, int]:
    """(followers of all the listed accounts, duplicates included; how many accounts do not tell theirs)."""
    carrying = Exists(Pledge.objects.active().filter(account=OuterRef("pk")))
    accounts = NetworkAccount.objects.connected().filter(carrying, influencer__listed=True)
    counts = list(accounts.values_list("followers", flat=True))
    known = [count for count in counts if count is not None]
    return (sum(known) if known else None), len(counts) - len(known)


def job_requests_near(influencer: Influencer, now: datetime) -> QuerySet[JobRequest]:
    """What people ask in the regions and sectors that the person's pledges in force are about, the latest first."""
    pledges = Pledge.objects.active().filter(influencer=influencer).select_related("case__commune")
    regions = {
        pledge.case.commune.region if pledge.case and pledge.case.commune else pledge.region for pledge in pledges
    }
    sectors = {pledge.sector for pledge in pledges}
    return job_requests.public_near(regions - {""}, sectors - {""}, now).order_by("-published_at")
