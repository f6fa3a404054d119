"""Logs are read by more people than pages: the secret of a link in an address is not written to them."""

import logging
import re

SECRET = re.compile(r"(?<=/)[\w:.-]{30,}(?=/|$)")


class NoSecrets(logging.Filter):
    """Cuts the long random segments out of the addresses that a record names."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(SECRET.sub("…", value) if isinstance(value, str) else value for value in record.args)
        return True
