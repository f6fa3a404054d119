from django import template
from django.utils.translation import gettext as _

from campaigns import holding
from campaigns.models import User
from influencers.models import Stop

register = template.Library()


@register.filter
def stopped_by_whom(stop: Stop, viewer: User) -> str:
    """Who stopped, to somebody outside the team: no name but the reader's own."""
    if stop.by is None:
        return _("par le site")
    if stop.by == viewer:
        return _("par vous")
    return _("par la modération") if stop.by.is_staff else _("par l’équipe du dossier")


@register.filter
def public_reason(stop: Stop) -> str:
    """A reason that names a confidential procedure is told to nobody outside."""
    return "" if holding.words_in(stop.shown_reason) else stop.shown_reason
