"""Mails that may fail to leave: nothing that was stored depends on one."""

import logging

from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)


def send(
    to: str, subject: str, body: str, about: str, reply_to: str = "", attached: tuple[str, str, str] | None = None
) -> bool:
    """False when the mail did not leave; then `about` is logged, and never the address.

    `attached` is a file's name, its text and its kind.
    """
    message = EmailMessage(" ".join(subject.split()), body, to=[to], reply_to=[reply_to] if reply_to else None)
    if attached:
        message.attach(*attached)
    try:
        message.send()
    except (OSError, ValueError) as error:  # ValueError: an address that cannot be encoded
        logger.error("%s: a mail did not leave: %s", about, type(error).__name__)
        return False
    return True
