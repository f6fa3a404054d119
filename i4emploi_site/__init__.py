"""Composition root of i4emploi: the only place that knows both apps."""

from i4emploi_site.celery import app as celery_app

__all__ = ["celery_app"]
