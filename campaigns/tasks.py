"""Doors for Celery: each wakes up one domain call; the rows are the queue."""

from celery import shared_task
from django.utils import timezone

from campaigns import alerts, documents, figures, following_up, gazette, job_requests, officials, radar, suggesting


@shared_task
def count_clicks() -> None:
    while figures.count_clicks():
        pass


@shared_task
def record_points() -> None:
    figures.record_points(timezone.now())


@shared_task
def ask_town_halls() -> None:
    officials.ask_due(timezone.now())


@shared_task
def watch_gazette() -> None:
    gazette.watch(timezone.now())


@shared_task
def sweep_radar() -> None:
    radar.sweep(timezone.now())


@shared_task
def send_clock_alerts() -> None:
    alerts.send_due(timezone.now())


@shared_task
def suggest_dates() -> None:
    suggesting.refresh_all(timezone.now())


@shared_task
def suggest_changed_dates() -> None:
    suggesting.refresh_changed(timezone.now())


@shared_task
def ask_follow_ups() -> None:
    following_up.ask_due(timezone.now())


@shared_task
def delete_old_documents() -> None:
    documents.delete_due(timezone.now())


@shared_task
def mail_job_requests() -> None:
    job_requests.mail_due(timezone.now())


@shared_task
def end_job_requests() -> None:
    job_requests.end_due(timezone.now())
