"""The mail that tells the operators that a network stopped us, while it holds."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from influencers import noticing
from influencers.models import OPEN_STATES, Post, Stop


def tell_due(now: datetime) -> int:
    """Write about each stop in force that nobody decided; how many mails left."""
    return sum(_tell(stop, now) for stop in Stop.objects.in_force().exclude(cause=""))


def _tell(stop: Stop, now: datetime) -> int:
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "stop": stop,
            "waiting": Post.objects.filter(network=stop.network, state__in=OPEN_STATES).count(),
            "page": f"{settings.SITE_URL}{reverse('admin:influencers_stop_changelist')}",
        }
        subject = _("%(network)s ne prend plus rien de nous") % {"network": stop.get_network_display()}
        body = render_to_string("influencers/mail/network_stopped.txt", context)
    return noticing.tell(f"stop {stop.pk}", noticing.operators(), subject, body, now)
