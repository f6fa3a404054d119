"""Mails that each reader gets once: held by one worker, sent, and only then noted."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from campaigns.models import User
from i4emploi_site.lib import mail
from influencers.models import Notice

AGAIN_AFTER = timedelta(minutes=5)  # a mail that did not leave, or that a worker held when it was killed


def operators() -> QuerySet[User]:
    """Superusers: whoever may change the settings is among them, or hears it from them."""
    return User.objects.filter(is_superuser=True, is_active=True)


def tell(about: str, readers: Iterable[User], subject: str, body: str, now: datetime) -> int:
    """Write to those of `readers` who were not told of `about` yet; how many mails left.

    One that did not leave, or whose worker was killed, is due again when the hold ends. Only a worker that is killed
    between sending and noting makes it leave twice, with the same content: better than never.
    """
    return sum(_tell_one(about, reader, subject, body, now) for reader in readers)


def _tell_one(about: str, reader: User, subject: str, body: str, now: datetime) -> bool:
    Notice.objects.get_or_create(about=about, user=reader, defaults={"tell_from": now})
    mine = Notice.objects.filter(about=about, user=reader, told_at__isnull=True)
    until = now + AGAIN_AFTER
    if not mine.filter(tell_from__lte=now).update(tell_from=until):
        return False
    if not mail.send(reader.email, subject, body, about=about):
        return False
    mine.filter(tell_from=until).update(told_at=now)
    return True
