"""Celery's doors: beat wakes them, rows say what is to be done, a lost message costs a second."""

from celery import shared_task
from django.utils import timezone

from influencers import (
    cap_mail,
    claiming,
    drill_mail,
    drilling,
    publishing,
    recognising,
    reconciling,
    reminding,
    reserving,
    stop_mail,
    tracking,
)


@shared_task
def publish_due(network: str) -> None:
    publishing.publish_due(network)


@shared_task
def sweep() -> None:
    claiming.sweep(timezone.now())


@shared_task
def offer_taps() -> None:
    publishing.offer_taps(timezone.now())
    reminding.remind(timezone.now())


@shared_task
def tell_slots() -> None:
    reminding.tell_slots(timezone.now())


@shared_task
def ask_owners() -> None:
    reminding.ask_owners(timezone.now())


@shared_task
def recognise_taps() -> None:
    recognising.recognise_due(timezone.now())


@shared_task
def reconcile_due() -> None:
    reconciling.reconcile_due(timezone.now())


@shared_task
def read_metrics(network: str) -> None:
    tracking.read_due(network, timezone.now())


@shared_task
def tell_caps() -> None:
    cap_mail.tell_due(timezone.now())


@shared_task
def tell_stops() -> None:
    stop_mail.tell_due(timezone.now())


@shared_task
def drill_due() -> None:
    drilling.run_due(timezone.now())
    drill_mail.tell_due(timezone.now())


@shared_task
def launch_reserves() -> None:
    reserving.launch_due(timezone.now())
