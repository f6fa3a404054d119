#!/usr/bin/env python
"""Django's command line. Commands that need no server do not start one."""

import os
import sys

from i4emploi_site import servers

WITHOUT_SERVERS = {"makemessages", "compilemessages", "collectstatic", "help", "version", "startapp", "spectacular"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "i4emploi_site.settings")
    from django.core.management import execute_from_command_line

    if not WITHOUT_SERVERS.intersection(sys.argv[1:2]):
        servers.start()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
