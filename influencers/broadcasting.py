"""From a broadcast to its posts: who will post exactly what, when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import holding
from campaigns.links.codes import make_link
from campaigns.models import Case, LinkKind, ShortLink, User
from i4emploi_site.lib.times import PARIS
from influencers import accounts, likeness, pacing, spending
from influencers.models import (
    DRILL_HOURS,
    Broadcast,
    BroadcastState,
    Delivery,
    Drill,
    Network,
    NetworkAccount,
    Pledge,
    PledgeMode,
    PledgeScope,
    Post,
    PostKind,
    PostState,
)
from influencers.models.pledge import PledgeQuerySet

LATE = timedelta(hours=48)  # how long after its last slot a broadcast still waits for what was held back


class NotReady(Exception):
    """The broadcast cannot be prepared or scheduled; the message says what to mend."""


@dataclass(frozen=True)
class PlannedPost:
    """One post as it will go out. `text` still holds the mark of the link, which exists once the post is scheduled."""

    account: NetworkAccount
    pledge: Pledge | None
    kind: str
    delivery: str
    text: str
    due_at: datetime

    @property
    def shown_text(self) -> str:
        return Pledge.shown(self.text)

    @property
    def length(self) -> tuple[int, int] | None:
        """(weighted length, most allowed); None for a repost, and while an instance's limits are not known."""
        return accounts.known_length(self.account, self.shown_text) if self.text else None

    @property
    def cost(self) -> int:
        """Micro-euros; what a person posts themselves costs nothing."""
        if self.delivery == Delivery.TAP:
            return 0
        return spending.cost_of_post(self.account.network, self.kind, self.shown_text)


def prepare(case: Case, by: User, text: str, at: datetime, spread_minutes: int) -> Broadcast:
    """A draft; the same one while the same person asks for the same thing again. Raises NotReady."""
    text = checked_text(case, by, text)
    wanted = {"case": case, "prepared_by": by, "canonical_text": text, "at": at, "spread_minutes": spread_minutes}
    with transaction.atomic():
        Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        drafts = Broadcast.objects.filter(state=BroadcastState.DRAFT, **wanted)
        return drafts.first() or Broadcast.objects.create(**wanted)


def checked_text(case: Case, by: User, text: str) -> str:
    """The campaign's text as it is stored. Raises NotReady when it may not go out for this case."""
    text = text.strip()
    if text.count(Pledge.LINK_MARK) != 1:
        raise NotReady(_("Le texte contient {lien} une fois, là où le lien doit se trouver."))
    if likeness.TURNS_READING.search(text):
        raise NotReady(
            _("Ce texte contient des caractères invisibles qui retournent le sens de lecture : écrivez-le ici.")
        )
    check_runs(case)
    if held := holding.hold(case, text, _("une diffusion"), by):
        raise NotReady(holding.explain(held))
    return text


def check_runs(case: Case) -> None:
    """Raises NotReady unless the case may be broadcast at all."""
    if not case.is_running:
        raise NotReady(_("Seul un dossier publié peut être diffusé."))


def check_ahead(broadcast: Broadcast, now: datetime) -> None:
    """Raises NotReady once its hour has passed."""
    if broadcast.at <= now:
        raise NotReady(_("L’heure de la diffusion est passée : choisissez-en une à venir."))


def preview(broadcast: Broadcast) -> list[PlannedPost]:
    """Every post that scheduling now would make, in order: the campaign's own first, then the pledged ones."""
    own = list(NetworkAccount.objects.of_campaign().connected().order_by("network", "pk"))
    planned = [
        PlannedPost(account, None, PostKind.CANONICAL, Delivery.API, broadcast.canonical_text, broadcast.at)
        for account in own
    ]
    networks_with_canonical = {account.network for account in own}
    aside = {pledge.pk for pledge in set_aside(broadcast)}
    pledges = [
        pledge
        for pledge in _one_pledge_an_account(_unspent(broadcast.case))
        if pledge.pk not in aside
        if pledge.mode == PledgeMode.OWN_WORDS or pledge.account.network in networks_with_canonical
    ]
    for pledge, due_at in zip(pledges, slots_of(broadcast, pledges), strict=True):
        repost = pledge.mode == PledgeMode.REPOST
        kind = PostKind.REPOST if repost else PostKind.OWN_WORDS
        text = "" if repost else pledge.consented_text
        planned.append(PlannedPost(pledge.account, pledge, kind, delivery_for(pledge.account), text, due_at))
    return planned


def slots_of(broadcast: Broadcast, pledges: Sequence[Pledge]) -> list[datetime]:
    """When each of these pledges is kept, in their order: over the broadcast's minutes, out of the people's quiet hours.

    Those who wait for the morning leave in the same order, over as many minutes or half an hour.
    """
    whole = timedelta(minutes=broadcast.spread_minutes)
    pressed = min(whole, pacing.MORNING) / whole if whole else 0
    spread = pacing.spread(len(pledges), broadcast.at, broadcast.spread_minutes, seed=str(broadcast.pk))
    return [
        pacing.out_of_quiet_hours(
            slot, pledge.influencer.quiet_from, pledge.influencer.quiet_until, lag=(slot - broadcast.at) * pressed
        )
        for pledge, slot in zip(pledges, spread, strict=True)
    ]


def set_aside(broadcast: Broadcast) -> list[Pledge]:
    """The pledges that this broadcast leaves to the armed reserve of its case; none, for the reserve itself."""
    armed = Broadcast.objects.filter(case=broadcast.case_id, state=BroadcastState.ARMED).first()
    return [] if armed is None or broadcast.is_reserve else kept_in(armed)


def kept_in(reserve: Broadcast) -> list[Pledge]:
    """The share is taken of all the pledges, those spent too: each broadcast would else use up a part of what is kept."""
    everybody = [pledge.pk for pledge in _one_pledge_an_account(Pledge.objects.covering(reserve.case))]
    kept = pacing.share_of(everybody, reserve.reserve_percent or 0, seed=str(reserve.pk))
    return [pledge for pledge in _one_pledge_an_account(_unspent(reserve.case)) if pledge.pk in kept]


def end_of(broadcast: Broadcast) -> datetime:
    """When to give up what has not left: a call for a buyer never comes after the date that it is about."""
    end = broadcast.at + timedelta(minutes=broadcast.spread_minutes) + LATE
    deadline = broadcast.case.milestones.decisive(broadcast.at)
    return min(end, deadline.at) if deadline else end


def delivery_for(account: NetworkAccount) -> str:
    """X accepts automation of pledged accounts only with its written approval (networks.md §1)."""
    if account.network == Network.X and account.influencer_id and not settings.X_PLEDGES_BY_API:
        return Delivery.TAP
    return Delivery.API


def schedule(broadcast: Broadcast, now: datetime) -> int:
    """Make the posts, once: a second call makes none. Returns how many were made.

    Raises NotReady when the instant has passed, the case is not public, or nobody would post.
    """
    check_ahead(broadcast, now)
    check_runs(broadcast.case)
    with transaction.atomic():
        waiting = BroadcastState.ARMED if broadcast.is_reserve else BroadcastState.DRAFT
        dates = {"at": broadcast.at, "spread_minutes": broadcast.spread_minutes, "until": end_of(broadcast)}
        mine = Broadcast.objects.filter(pk=broadcast.pk, state=waiting)
        if not mine.update(state=BroadcastState.SCHEDULED, **dates):
            return 0
        # One schedule of a case at a time, so that two broadcasts never spend the same pledge twice.
        Case.objects.select_for_update(of=("self",)).get(pk=broadcast.case_id)
        planned = preview(broadcast)
        if not planned:
            raise NotReady(_("Personne ne publierait : ni compte de la campagne, ni engagement pour ce dossier."))
        Post.objects.bulk_create([_post(broadcast, plan) for plan in planned])
        plan_drills(broadcast, now)
    broadcast.refresh_from_db(fields=["state", "until"])
    return len(planned)


def plan_drills(broadcast: Broadcast, now: datetime) -> None:
    """One for each hour that is still ahead, but for those that wait already."""
    waiting = broadcast.drills.filter(finished_at__isnull=True).values_list("hours_before", flat=True)
    still_ahead = [hours for hours in DRILL_HOURS if broadcast.at - timedelta(hours=hours) >= now]
    Drill.objects.bulk_create(
        [Drill(broadcast=broadcast, hours_before=hours) for hours in still_ahead if hours not in waiting]
    )


def _post(broadcast: Broadcast, plan: PlannedPost) -> Post:
    link: ShortLink | None = None
    text = ""
    if plan.text:
        link = make_link(
            broadcast.case, LinkKind.POST, f"{plan.account.handle} · {broadcast.at.astimezone(PARIS):%d/%m}"
        )
        text = plan.text.replace(Pledge.LINK_MARK, link.url)
    return Post(
        broadcast=broadcast,
        case=broadcast.case,
        pledge=plan.pledge,
        account=plan.account,
        network=plan.account.network,
        kind=plan.kind,
        delivery=plan.delivery,
        text=text,
        link=link,
        due_at=plan.due_at,
    )


def _unspent(case: Case) -> PledgeQuerySet:
    """A pledge serves once for a case, as its consent says: one that already has a post there is spent."""
    spent = Post.objects.filter(case=case, pledge__isnull=False).exclude(
        state__in=[PostState.CANCELLED, PostState.FAILED, PostState.EXPIRED]
    )
    return Pledge.objects.covering(case).exclude(pk__in=spent.values("pledge"))


def _one_pledge_an_account(pledges: PledgeQuerySet) -> list[Pledge]:
    """The pledge to the case itself wins over the wider ones of the same account; then the oldest."""
    found: dict[int, Pledge] = {}
    in_order = pledges.select_related("account", "influencer").order_by("consented_at", "pk")
    for pledge in sorted(in_order, key=lambda pledge: pledge.scope != PledgeScope.CASE):
        if pledge.account.state == "connected":
            found.setdefault(pledge.account_id, pledge)
    return sorted(found.values(), key=lambda pledge: pledge.pk)
