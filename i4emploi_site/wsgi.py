"""WSGI entry point: `granian --interface wsgi i4emploi_site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from i4emploi_site import servers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "i4emploi_site.settings")
servers.start()
application = get_wsgi_application()
