"""What the tests of the euro meter start from: posts of a case that cost something, and what the meter says of them."""

from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from influencers import spending
from influencers.models import Broadcast, Budget, Delivery, Network, Post, PostKind, Spend
from tests.cast import make_account

LINK = 200_000  # a post with a link on X, in micro-euros at one euro for a dollar
PLAIN = 15_000


def posts_of(case, count=1, network=Network.X, kind=PostKind.OWN_WORDS, text="À lire : https://i4emploi.example/r/abc"):
    """Scheduled posts by API, due now, each by an account of its own."""
    now = timezone.now()
    made = Broadcast.objects.create(case=case, canonical_text="{lien}", at=now, state="scheduled")
    return [
        Post.objects.create(
            broadcast=made, case=case, account=make_account(None, network), network=network, kind=kind,
            delivery=Delivery.API, text="" if kind == PostKind.REPOST else text, due_at=now + timedelta(seconds=number),
        )
        for number in range(count)
    ]  # fmt: skip


def spent(case=None) -> int:
    """Of all months, by the sums; of everything where no case is given."""
    return Budget.objects.filter(case=case).aggregate(total=Sum("micro_euros"))["total"] or 0


def billed(**of) -> int:
    """By the ledger."""
    return Spend.objects.filter(refunded_at__isnull=True, **of).aggregate(total=Sum("micro_euros"))["total"] or 0


def sums_are_the_ledgers() -> bool:
    return spending.recount() == []
