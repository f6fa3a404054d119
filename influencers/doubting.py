"""What only the person can tell: whether a post that no look proves is on their profile, or is not."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import figures
from influencers import accounts, clearing, recognising, settling, spending, tracking
from influencers.models import Delivery, Evidence, Failure, NetworkAccount, Post, PostKind, PostState
from influencers.networks import base
from influencers.networks.reading import Counted

# A post that waits again was proven absent, which its owner may know better: it must not leave a second time.
PERHAPS_THERE = [PostState.UNCONFIRMED, PostState.OFFERED, PostState.EXPIRED, PostState.SCHEDULED, PostState.CLAIMED]
EXAMPLES = {"x": "https://x.com/…/status/…", "mastodon": "https://…/@…/…"}


class CannotTell(Exception):
    """Why this answer is not taken; the message is for people, `field` is where they can mend it."""

    def __init__(self, message: str, field: str = ""):
        super().__init__(message)
        self.field = field


def is_asked(post: Post) -> bool:
    """Whether only the owner can say what became of the post."""
    if post.state == PostState.UNCONFIRMED:
        return True
    return post.delivery == Delivery.TAP and post.state in (PostState.OFFERED, PostState.EXPIRED)


def wants_address(post: Post) -> bool:
    """An address is a must where it is all that is left to check, or where reposts need to know what they carry."""
    return post.kind == PostKind.CANONICAL or (post.state == PostState.EXPIRED and bool(post.text))


def say_there(post: Post, attempts: int, address: str, now: datetime) -> bool:
    """Its owner saw it on their profile. False when the post has moved on since they looked; raises CannotTell.

    `attempts` is how many requests had been made when the owner was asked: an answer holds for no later one.
    """
    published, evidence = _checked(post, address)
    with transaction.atomic():
        moved = Post.objects.filter(pk=post.pk, attempts=attempts).move_to(
            PostState.PUBLISHED,
            only_from=PERHAPS_THERE,
            evidence=evidence,
            remote_id=published.remote_id,
            remote_url=published.url,
            published_at=now,
            next_read_at=now if published.remote_id and post.kind != PostKind.REPOST else None,
        )
        if moved:
            figures.add(post.case_id, posts_published=1)
    return bool(moved)


def _checked(post: Post, address: str) -> tuple[base.Published, str]:
    """What the network says of it and, where it says nothing, what the owner says."""
    if post.text and address:
        return _read(post, address)
    with suppress(base.NetworkError):
        if found := recognising.find(post):
            return found, Evidence.LOOKUP
    if wants_address(post):
        raise CannotTell(_("Donnez l’adresse de la publication : sans elle, nous ne pouvons rien vérifier."), "address")
    return base.Published("", ""), Evidence.OWNER


def _read(post: Post, address: str) -> tuple[base.Published, str]:
    """By this account, as far as it can be read; only what carries the post's own link is measured afterwards."""
    adapter = accounts.adapter_for(post.network, post.account.base_url)
    if not adapter.is_address(address):
        raise CannotTell(
            _("Ce n’est pas l’adresse d’une publication sur %(where)s. Elle ressemble à %(example)s")
            % {"where": _where(post.account), "example": EXAMPLES.get(post.network, "https://…")},
            "address",
        )
    reader = tracking.reader(post.network, post.account.base_url)
    look = Counted(adapter.look_at)
    try:
        if reader is None:
            raise base.Transient("no account of ours reads there")
        seen = look(accounts.fresh_credentials(reader), address, clearing.intent_of(post))
    except base.TargetGone:
        raise CannotTell(_("Il n’y a aucune publication à cette adresse."), "address") from None
    except base.NetworkError:
        if post.kind == PostKind.CANONICAL:
            raise CannotTell(_("Le réseau ne répond pas : réessayez dans un instant."), "address") from None
        return base.Published("", address), Evidence.OWNER
    finally:
        spending.record_looks(post, look.read, timezone.now())
    if seen.author_id != post.account.remote_id:
        raise CannotTell(_("Cette publication n’est pas de %(handle)s.") % {"handle": post.account.handle}, "address")
    if post.kind == PostKind.CANONICAL and not seen.carries:
        raise CannotTell(_("Cette publication ne contient pas le lien de la diffusion."), "address")
    return base.Published(seen.remote_id if seen.carries else "", seen.url), Evidence.OWNER


def _where(account: NetworkAccount) -> str:
    return account.base_url.partition("//")[2] if account.network == "mastodon" else account.get_network_display()


def say_absent(post: Post, attempts: int, now: datetime) -> str:
    """Its owner did not find it: one more look, then it leaves again, if it is still wanted. Returns its new state.

    An empty answer means that the post had moved on. Raises CannotTell while it may only be too soon to see it.
    """
    mine = Post.objects.filter(pk=post.pk, attempts=attempts, state=PostState.UNCONFIRMED)
    if not mine.exists():
        return ""
    if not post.lookups:  # a network's own lists lag behind its writes
        raise CannotTell(_("L’envoi date d’un instant : laissez une minute au réseau, puis regardez encore."))
    with suppress(base.NetworkError):
        if found := recognising.find(post):
            return PostState.PUBLISHED if settling.settle_published([(post, found)], now, Evidence.LOOKUP) else ""
    fresh = Post.objects.select_related("broadcast", "case", "pledge", "link").get(pk=post.pk)
    if why := clearing.reason_to_cancel(fresh):
        return PostState.CANCELLED if mine.move_to(PostState.CANCELLED, failure=why) else ""
    if fresh.stops.in_force().exists():
        return PostState.CANCELLED if mine.move_to(PostState.CANCELLED, failure=Failure.STOPPED) else ""
    if fresh.broadcast.until and fresh.broadcast.until < now:
        return PostState.EXPIRED if mine.move_to(PostState.EXPIRED) else ""
    with transaction.atomic():
        if not mine.move_to(PostState.SCHEDULED, due_at=now):
            return ""
        spending.refund([post.pk], now)
    return PostState.SCHEDULED
