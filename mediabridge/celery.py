"""Celery: the worker's application and, as one table, what beat runs when."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.production")

app = Celery("mediabridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # name                 what                                     every … seconds
    "drop-outdated": {"task": "files.tasks.drop_outdated", "schedule": 3600.0, "options": {"expires": 3600}},
    "sweep-uploads": {"task": "files.tasks.sweep_uploads", "schedule": 30.0, "options": {"expires": 30}},
    "sweep-accounts": {"task": "accounts.tasks.sweep", "schedule": 3600.0, "options": {"expires": 3600}},
}
