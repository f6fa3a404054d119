"""Sign-in addresses and mails: one that cannot be reached is said on the page, and breaks nothing."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def clean_email(self, email: str) -> str:
        """allauth would cut a longer one short, and it would be somebody else's."""
        if len(email) > LONGEST_ADDRESS:
            raise ValidationError(_("Cette adresse est trop longue : vérifiez-la."))
        return super().clean_email(email)

    def is_safe_url(self, url: str) -> bool:
        try:
            return super().is_safe_url(url)
        except ValueError:  # no address at all
            return False

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException, ValueError) as error:  # ValueError: an address that cannot be encoded
            logger.error("A sign-in mail did not leave: %s", type(error).__name__)
            messages.error(
                self.request, _("Le message n’est pas parti : vérifiez l’adresse, puis réessayez dans un instant.")
            )
