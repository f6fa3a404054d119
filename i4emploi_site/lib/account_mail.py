"""Sign-in mails: one that cannot leave is said on the page, and breaks nothing."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException, ValueError) as error:  # ValueError: an address that cannot be encoded
            logger.error("A sign-in mail did not leave: %s", type(error).__name__)
            messages.error(
                self.request, _("Le message n’est pas parti : vérifiez l’adresse, puis réessayez dans un instant.")
            )
