"""The project: composes the apps, owns no behaviour."""

from mediabridge.celery import app as celery_app

__all__ = ["celery_app"]
