"""The e-mail that gives a person their one-tap link, at the moment agreed."""

import logging

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from influencers.models import Post

logger = logging.getLogger(__name__)

SALT = "post-tap"


def tap_url(post: Post) -> str:
    """A link that opens this one post without signing in; whoever holds the mail holds the post."""
    token = signing.dumps(str(post.pk), salt=SALT)
    return f"{settings.SITE_URL}{reverse('post_tap', args=[post.pk])}?t={token}"


def remind(post: Post) -> None:
    """A mail that cannot be sent is logged: the post stays offered on the person's own page."""
    if post.pledge is None:
        return  # the campaign's own posts always go by API: there is nobody to remind
    context = {"post": post, "case": post.case, "url": tap_url(post)}
    try:
        send_mail(
            _("C’est le moment : relayez %(case)s en un geste") % {"case": post.case},
            render_to_string("influencers/mail/tap.txt", context),
            None,
            [post.pledge.influencer.user.email],
        )
    except OSError:
        logger.exception("Reminder of post %s not sent", post.pk)
