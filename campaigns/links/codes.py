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
                return ShortLink.objects.create(case=case, kind=kind, label=label, code=short_code())
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")
