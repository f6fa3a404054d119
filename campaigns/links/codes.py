"""Short links are made here: one code per post, poster, press release or hand-share."""

from django.db import IntegrityError, transaction

from campaigns.models import Case, ShortLink
from i4emploi_site.lib.codes import short_code

TRIES = 5


def make_link(case: Case, kind: str, label: str = "") -> ShortLink:
    """A link with a code of its own. The database rules out doubles; a collision draws again."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return ShortLink.objects.create(case=case, kind=kind, label=label[:120], code=short_code())
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


def kept_link(case: Case, kind: str, label: str) -> ShortLink:
    """The link of this kind and label, made at the first call: share pages show the same code to everybody.

    Two first visitors at once get the same link: the database keeps one share link a channel.
    """
    kept = ShortLink.objects.filter(case=case, kind=kind, label=label, withdrawn_at__isnull=True).order_by("pk")
    if found := kept.first():
        return found
    try:
        return make_link(case, kind, label)
    except IntegrityError:
        return kept.get()
