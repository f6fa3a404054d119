"""The Celery application: rows are the queue, messages only wake workers up (docs/design-notes.md)."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

from i4emploi_site import checks, servers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "i4emploi_site.settings")

app = Celery("i4emploi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def start_servers(**_: object) -> None:
    servers.start()
    checks.run_at_start()
