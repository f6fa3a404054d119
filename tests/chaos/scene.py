"""The data: running cases, people with one account and one pledge each, broadcasts due one after the other."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bench.scene import make_pledges
from campaigns.models import Case, User
from influencers import broadcasting
from influencers.models import Broadcast, Pledge, Post
from tests.cast import make_account, make_case, make_user
from tests.chaos.networks import Network, Person

CASES = 4
REPOSTS = 0.15
OPENINGS = ("Ici, on y croit encore", "Ma mère y a travaillé", "Les machines tournent", "Une vallée entière attend")


@dataclass(frozen=True)
class Consent:
    """A post that is wanted, and exactly what was agreed to. The campaign's own have no pledge."""

    post: UUID
    network: str
    author: str
    text: str  # empty for a repost
    case: int
    broadcast: int
    pledge: int | None
    user: int | None


@dataclass(frozen=True)
class Scene:
    consents: list[Consent]
    broadcasts: list[Broadcast]
    team: User  # of every case
    desk: User


def make_scene(networks: Sequence[Network], posts: int, seed: int) -> Scene:
    """About `posts` in all; due in an hour, unless `set_off` says otherwise."""
    chance = random.Random(f"{seed}:scene")
    cases = [make_case(company_name=f"Usine {number}") for number in range(CASES)]
    team, desk = make_user("Lucie Déclarante"), make_user("Karim Modérateur", is_staff=True, is_superuser=True)
    for case in cases:
        case.members.create(user=team, role="elected")
    campaign: dict[int, tuple[str, str]] = {}
    words: dict[int, tuple[str, str, str]] = {}
    users: dict[int, int] = {}
    for network in networks:
        own, *people = network.join([f"voix{number}" for number in range(1 + posts // len(networks) - CASES)])
        campaign[make_account(None, network.name, **_fields(network, own)).pk] = network.name, own.author
        for place, case in enumerate(cases):
            these = people[place::CASES]
            texts = ["" if chance.random() < REPOSTS else _words(chance, person.author) for person in these]
            for pledge, person, text in zip(
                make_pledges(case, [_fields(network, person) | {"network": network.name} for person in these], texts),
                these, texts, strict=True,
            ):  # fmt: skip
                words[pledge.pk] = network.name, person.author, text
                users[pledge.pk] = pledge.influencer.user_id
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does on a site that lives
    broadcasts = [_broadcast(case, team) for case in cases]
    consents = []
    for post in Post.objects.select_related("link").order_by("pk"):
        if post.pledge_id:
            network_name, author, text = words[post.pledge_id]
        else:
            (network_name, author), text = campaign[post.account_id], post.broadcast.canonical_text
        link = post.link.url if post.link else ""
        consents.append(
            Consent(post.pk, network_name, author, text.replace(Pledge.LINK_MARK, link), post.case_id,
                    post.broadcast_id, post.pledge_id, users.get(post.pledge_id or 0))
        )  # fmt: skip
    if missing := len(words) + len(campaign) * CASES - len(consents):
        raise AssertionError(f"{missing} of the wanted posts were not made")
    return Scene(consents, broadcasts, team, desk)


def set_off(broadcasts: Sequence[Broadcast], lead_seconds: float, seconds: float) -> dict[int, float]:
    """Their hour comes: the first after `lead_seconds`, the last one `seconds` later. Returns when."""
    first, due = timezone.now() + timedelta(seconds=lead_seconds), {}
    for place, broadcast in enumerate(broadcasts):
        at = first + timedelta(seconds=seconds * place / max(len(broadcasts) - 1, 1))
        Broadcast.objects.filter(pk=broadcast.pk).update(at=at)
        Post.objects.filter(broadcast=broadcast).update(due_at=at)
        due[broadcast.pk] = at.timestamp()
    return due


def _fields(network: Network, person: Person) -> dict:
    given = person.credentials
    return {
        "base_url": network.proxy.url,
        "remote_id": given.remote_id,
        "handle": f"@{person.author}",
        "access_token": given.access_token,
        "refresh_token": given.refresh_token,
        "expires_at": given.expires_at,
    }


def _words(chance: random.Random, author: str) -> str:
    return f"{chance.choice(OPENINGS)} : {chance.randrange(10**9)} raisons, dit {author}. {{lien}}"


def _broadcast(case: Case, team: User) -> Broadcast:
    """Scheduled as a team does it, for an hour ahead: making thousands of posts takes a while."""
    text = f"{case.company_name} attend un repreneur. {Pledge.LINK_MARK}"
    made = broadcasting.prepare(case, team, text, timezone.now() + timedelta(hours=1), 0)
    broadcasting.schedule(made, timezone.now())
    return made
