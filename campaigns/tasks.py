from celery import shared_task
from django.utils import timezone

from campaigns import figures


@shared_task(queue="clicks")
def count_clicks() -> None:
    figures.count_clicks()


@shared_task(queue="clicks")
def record_points() -> None:
    figures.record_points(timezone.now())
