"""The euro meter: each paid call is in the ledger, in its case's month and in everybody's; at a cap, no paid post leaves.

Reads are counted but never stopped, so a month may end above its cap; a paid post is never what brings it there.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Q, Sum

from campaigns.models import Case
from influencers import prices
from influencers.models import Broadcast, Budget, CaseCap, Delivery, NetworkAccount, Post, PostState, Spend
from influencers.models.spend import month_of
from influencers.networks import reading

CALLS = {reading.POSTS: prices.POST_READ, reading.PEOPLE: prices.USER_READ}


class Cap(models.TextChoices):
    """Which cap stands in the way."""

    CASE = "case"
    PLATFORM = "platform"


@dataclass(frozen=True)
class Standing:
    """The month of one case, in micro-euros. `left` is what paid posts may still cost, by both caps."""

    month: date
    spent: int
    cap: int
    left: int
    narrowest: Cap  # which of the two caps gives `left`
    waiting: int  # what the posts that are scheduled for this month will cost
    over_cap: Cap | None  # which cap no longer lets a post with a link leave

    @property
    def free(self) -> int:
        """What nothing scheduled needs already."""
        return max(self.left - self.waiting, 0)


def cost(network: str, call: str, units: int = 1) -> int:
    """In micro-euros."""
    return prices.in_euros(prices.cost_of(network, call, units), settings.EUROS_PER_DOLLAR)


def cost_of_post(network: str, kind: str, text: str) -> int:
    """In micro-euros, of a post that leaves by its network's API; `text` as it will be shown, link included."""
    return prices.in_euros(prices.cost_of_post(network, kind, text), settings.EUROS_PER_DOLLAR)


def reserve(posts: Sequence[Post], now: datetime) -> set[UUID]:
    """Which of these posts may leave now; those that cost something are paid for, in their order. Free ones all may.

    Call it in the transaction that marks them as being sent. The months' rows stay locked until it ends, so that no
    two workers spend the same cent. A post that was paid for and not refunded is not paid for twice.
    """
    paid = [post for post in posts if post.network in prices.PAID_NETWORKS]
    allowed = {post.pk for post in posts} - {post.pk for post in paid}
    if not paid:
        return allowed
    with transaction.atomic(savepoint=False):
        allowed.update(row.post_id for row in _billed([post.pk for post in paid]) if row.post_id)
        new = [post for post in paid if post.pk not in allowed]
        return allowed | _pay(new, now) if new else allowed


def _billed(post_ids: Collection[UUID]) -> list[Spend]:
    """What stands for these posts, locked: rows of the ledger always before those of the months."""
    rows = Spend.objects.filter(post__in=post_ids, refunded_at__isnull=True)
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def _pay(posts: list[Post], now: datetime) -> set[UUID]:
    month = month_of(now)
    caps = _caps({post.case_id for post in posts})
    budgets = _locked({post.case_id for post in posts}, month)
    bought = []
    for post in posts:
        price = cost_of_post(post.network, post.kind, post.text)
        both = [budgets[post.case_id], budgets[None]]
        full = [budget for budget in both if budget.micro_euros + price > caps[budget.case_id]]
        for budget in full:
            _refuse(budget, budgets[post.case_id], now)
        if not full:
            for budget in both:
                budget.micro_euros += price
            bought.append(_row(post, price, now, month))
    Budget.objects.bulk_update(budgets.values(), ["micro_euros", "refused_at"])
    Spend.objects.bulk_create(bought)
    return {row.post_id for row in bought if row.post_id}


def _refuse(full: Budget, of_case: Budget, now: datetime) -> None:
    """The case's own month says so as well, whichever cap it was: its team is told."""
    full.refused_at = full.refused_at or now
    of_case.refused_at = of_case.refused_at or now


def _row(post: Post, price: int, now: datetime, month: date) -> Spend:
    call = prices.call_of_post(post.kind, post.text)
    return Spend(
        network=post.network, call=call, units=1, micro_euros=price, case_id=post.case_id, post_id=post.pk, at=now,
        month=month,
    )  # fmt: skip


def _locked(case_ids: set[int], month: date) -> dict[int | None, Budget]:
    """The month's rows of these cases and of everybody (None), always locked in the same order."""
    wanted = [Budget(case_id=case_id, month=month) for case_id in (*sorted(case_ids), None)]
    Budget.objects.bulk_create(wanted, ignore_conflicts=True)
    rows = Budget.objects.filter(Q(case__in=case_ids) | Q(case__isnull=True), month=month)
    in_order = rows.order_by(F("case_id").asc(nulls_last=True)).select_for_update(of=("self",))
    return {budget.case_id: budget for budget in in_order}


def _move(month: date, by_case: Mapping[int | None, int]) -> None:
    """Add to the sums of a month: to each case's, and to everybody's."""
    budgets = _locked({case_id for case_id in by_case if case_id is not None}, month)
    for case_id, budget in budgets.items():
        grown = sum(by_case.values()) if case_id is None else by_case[case_id]
        budget.micro_euros = max(budget.micro_euros + grown, 0)
    Budget.objects.bulk_update(budgets.values(), ["micro_euros"])


def _caps(case_ids: Collection[int]) -> dict[int | None, int]:
    """Micro-euros a month; None is everybody's."""
    chosen = dict(CaseCap.objects.filter(case__in=case_ids).values_list("case_id", "euros"))
    return {case_id: cap_of(case_id, chosen.get(case_id)) for case_id in case_ids} | {None: cap_of(None, None)}


def cap_of(case_id: int | None, chosen: int | None) -> int:
    """Micro-euros; `chosen` is the case's own `CaseCap` in euros, if it has one."""
    usual = settings.MONTHLY_CAP_EUROS if case_id is None else settings.CASE_MONTHLY_CAP_EUROS
    return (usual if chosen is None else chosen) * prices.MICRO


def refund(post_ids: Collection[UUID], now: datetime) -> int:
    """The network said that these were not carried out, or it is proven: they are not billed. Returns how many were.

    Call it in the transaction that puts them back to wait, or before: once somebody else sends them again, their
    payment serves anew. What may have landed stays billed until it is known.
    """
    with transaction.atomic():
        rows = _billed(post_ids)
        Spend.objects.filter(pk__in=[row.pk for row in rows]).update(refunded_at=now)
        for month in sorted({row.month for row in rows}):
            back = Counter[int | None]()
            for row in rows:
                if row.month == month:
                    back[row.case_id] -= row.micro_euros
            _move(month, back)
    return len(rows)


def record_reads(network: str, call: str, case_units: Mapping[int | None, int], now: datetime) -> None:
    """Count reads that were made, for each case (None: the platform's own). No cap stops them."""
    if network not in prices.PAID_NETWORKS:
        return
    month = month_of(now)
    rows = [
        Spend(
            network=network, call=call, units=units, micro_euros=cost(network, call, units), case_id=case_id, at=now,
            month=month,
        )
        for case_id, units in case_units.items() if units
    ]  # fmt: skip
    if not rows:
        return
    with transaction.atomic():
        _move(month, {row.case_id: row.micro_euros for row in rows})
        Spend.objects.bulk_create(rows)


def record_looks(post: Post, read: Mapping[str, int], now: datetime) -> None:
    """Count what looking for a post read. At most: what was read before on that day of UTC is free, and unknown here."""
    for what, units in read.items():
        record_reads(post.network, CALLS[what], {post.case_id: units}, now)


def record_profile_read(network: str, base_url: str, remote_id: str, now: datetime) -> None:
    """One account was read, as its owner connected it; call it before what was read is stored."""
    known = NetworkAccount.objects.filter(network=network, base_url=base_url, remote_id=remote_id).first()
    if is_charged(known.followers_read_at if known else None, now):
        record_reads(network, prices.USER_READ, {None: 1}, now)


def is_charged(read_before: datetime | None, now: datetime) -> bool:
    """X charges the first reading of a thing in each day of UTC; the others of that day are free."""
    return read_before is None or read_before.astimezone(UTC).date() < now.astimezone(UTC).date()


def over_cap(case_id: int, network: str, now: datetime) -> Cap | None:
    """Which cap no longer lets a post with a link leave on this network; None while it may, and where posts are free."""
    left, narrowest, _spent, _cap = _left(case_id, month_of(now))
    return narrowest if cost(network, prices.POST_WITH_URL) > left else None


def standing(case: Case, at: datetime) -> Standing:
    """The month of `at`, for the team's pages."""
    month = month_of(at)
    left, narrowest, spent, cap = _left(case.pk, month)
    over = narrowest if is_over(left) else None
    return Standing(month, spent, cap, left, narrowest, _waiting(case, month), over)


def is_over(left: int) -> bool:
    """Whether some network's post with a link costs more than what is left."""
    return max(cost(network, prices.POST_WITH_URL) for network in prices.PAID_NETWORKS) > left


def spent_on(broadcast: Broadcast) -> int:
    """Micro-euros that its posts cost so far."""
    billed = Spend.objects.filter(post__broadcast=broadcast, refunded_at__isnull=True)
    return billed.aggregate(spent=Sum("micro_euros"))["spent"] or 0


def _left(case_id: int, month: date) -> tuple[int, Cap, int, int]:
    caps = _caps([case_id])
    rows = Budget.objects.filter(Q(case=case_id) | Q(case__isnull=True), month=month)
    spent = {case_id: 0, None: 0} | dict(rows.values_list("case_id", "micro_euros"))
    left, of_all = caps[case_id] - spent[case_id], caps[None] - spent[None]
    return max(min(left, of_all), 0), Cap.CASE if left <= of_all else Cap.PLATFORM, spent[case_id], caps[case_id]


def _waiting(case: Case, month: date) -> int:
    scheduled = Post.objects.filter(case=case, state=PostState.SCHEDULED, delivery=Delivery.API)
    paid = scheduled.filter(network__in=prices.PAID_NETWORKS).values_list("network", "kind", "text", "due_at")
    return sum(cost_of_post(*post) for *post, due_at in paid if month_of(due_at) == month)


def recount(*, mend: bool = False) -> list[tuple[int | None, date, int, int]]:
    """Where a month's sum is not what the ledger says: (case, month, sum, ledger); `mend` makes it so.

    Calls wait while it compares, or those of the moment would look like mistakes.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE influencers_budget IN EXCLUSIVE MODE")
        billed = Spend.objects.filter(refunded_at__isnull=True).order_by()
        ledger = Counter[tuple[int | None, date]]()
        for case_id, month, spent in billed.values_list("case_id", "month").annotate(Sum("micro_euros")):
            ledger[None, month] += spent
            if case_id is not None:
                ledger[case_id, month] += spent
        counted = {(budget.case_id, budget.month): budget.micro_euros for budget in Budget.objects.all()}
        wrong = [
            (case_id, month, counted.get((case_id, month), 0), ledger[case_id, month])
            for case_id, month in {*ledger, *counted}
            if counted.get((case_id, month), 0) != ledger[case_id, month]
        ]
        if mend:
            for case_id, month, _counted, spent in wrong:
                if not Budget.objects.filter(case=case_id, month=month).update(micro_euros=spent):
                    Budget.objects.create(case_id=case_id, month=month, micro_euros=spent)
    return sorted(wrong, key=lambda one: (one[1], one[0] or 0))
