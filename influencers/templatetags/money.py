"""Micro-euros as people read them."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from influencers import prices

register = template.Library()

CENT = Decimal("0.01")


@register.filter
def euros(micro_euros: int) -> str:
    """« 0,20 € », rounded up: what is spent, what something costs, a cap."""
    if 0 < micro_euros < prices.MICRO // 100:
        return _("moins de %(amount)s") % {"amount": _written(CENT)}
    return _written((Decimal(micro_euros) / prices.MICRO).quantize(CENT, ROUND_CEILING))


@register.filter
def euros_left(micro_euros: int) -> str:
    """« 0,20 € », rounded down: what may still be spent."""
    return _written((Decimal(micro_euros) / prices.MICRO).quantize(CENT, ROUND_FLOOR))


def _written(amount: Decimal) -> str:
    return _("%(amount)s €") % {"amount": formats.number_format(amount, 2, force_grouping=True)}
