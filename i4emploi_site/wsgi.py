"""WSGI entry point: `granian --interface wsgi i4emploi_site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from i4emploi_site import checks, servers
from i4emploi_site.lib.plain_requests import readable_content_type

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "i4emploi_site.settings")
servers.start()
application = readable_content_type(get_wsgi_application())
checks.run_at_start()
