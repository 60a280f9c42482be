"""Celery: the worker's application and, as one table, what beat runs when."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_postrun, worker_init
from django.core.exceptions import ImproperlyConfigured

from mediabridge.memory import give_back

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.production")

_LISTING = ("files.tasks.finish_listing", "files.tasks.refresh_indexes")

app = Celery("mediabridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # name                 what                                     every … seconds
    "drop-outdated": {"task": "files.tasks.drop_outdated", "schedule": 3600.0, "options": {"expires": 3600}},
    "refresh-indexes": {"task": "files.tasks.refresh_indexes", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-uploads": {"task": "files.tasks.sweep_uploads", "schedule": 30.0, "options": {"expires": 30}},
    "seal-audit-log": {"task": "accounts.tasks.seal_audit_log", "schedule": 2.0, "options": {"expires": 2}},
    "prune-audit-log": {
        "task": "accounts.tasks.prune_audit_log",
        "schedule": 86400.0,
        "options": {"expires": 86400},
    },
    "sweep-accounts": {"task": "accounts.tasks.sweep", "schedule": 3600.0, "options": {"expires": 3600}},
}


@worker_init.connect(weak=False, dispatch_uid="mediabridge.wrong_key")
def end_with_a_wrong_key(**_: Any) -> None:
    """Ends the worker with one sentence. Celery only logs what a receiver raises, except the wish to end."""
    from buckets.checks import refuse_wrong_key  # models exist only from here on

    try:
        refuse_wrong_key()
    except ImproperlyConfigured as problem:
        raise SystemExit(str(problem)) from None


@task_postrun.connect(weak=False, dispatch_uid="mediabridge.memory")
def give_memory_back(*, task: Any, **_: Any) -> None:
    """A listing of a hundred thousand entries needs some twenty megabytes, for a moment."""
    if task.name in _LISTING:
        give_back()
