"""The e-mail that gives a person their one-tap link, at the moment agreed."""

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from i4emploi_site.lib import mail
from influencers.models import Post

SALT = "post-tap"


def tap_url(post: Post) -> str:
    """A link that opens this one post without signing in; whoever holds the mail holds the post."""
    token = signing.dumps(str(post.pk), salt=SALT)
    return f"{settings.SITE_URL}{reverse('post_tap', args=[post.pk])}?t={token}"


def remind(post: Post) -> None:
    """A mail that does not leave changes nothing: the post stays offered on the person's own page."""
    if post.pledge is None:
        return  # the campaign's own posts always go by API: there is nobody to remind
    context = {"post": post, "case": post.case, "url": tap_url(post)}
    subject = _("C’est le moment : relayez %(case)s en un geste") % {"case": post.case}
    body = render_to_string("influencers/mail/tap.txt", context)
    mail.send(post.pledge.influencer.user.email, subject, body, about=f"Reminder of post {post.pk}")
