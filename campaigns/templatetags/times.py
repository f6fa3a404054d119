"""Time as people read it, for templates."""

from django import template
from django.utils import timezone

from i4emploi_site.lib import times

register = template.Library()


@register.filter
def long_date(at) -> str:
    return times.long_date(at) if at else ""


@register.filter
def time_left(at) -> str:
    return times.time_left(at, timezone.now()) if at else ""


@register.filter
def time_left_parts(at) -> list[tuple[str, str]]:
    """[("9", "jours"), ("14", "h")]: each number with its unit, for a clock that sets them in two sizes."""
    words = times.time_left(at, timezone.now()).replace("\u202f", " ").replace("\xa0", " ").split() if at else []
    return list(zip(words[::2], words[1::2], strict=False))
