"""What goes on behind the pages: Celery's doors. A task is only a nudge; what is to be done stands in the database."""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import structlog
from celery import shared_task
from django.db import connections
from django.utils import timezone
from kombu.exceptions import OperationalError

from buckets.access import NoSuchBucket
from buckets.paths import OutOfBounds
from buckets.s3.errors import S3Error
from files import bucket_index, cache, indexing, relisting, settling
from files.bucket_index import Due
from files.indexing import Busy, TookTooLong

log = structlog.get_logger(__name__)

_BROKER_REST_SECONDS = 10.0
_INDEXING_SECONDS = 300.0
_THREADS = threading.BoundedSemaphore(4)
_broker_rests_until = 0.0


@shared_task
def finish_listing(bucket_id: str, path: str) -> None:
    """Lists a folder to its end and stores it."""
    try:
        relisting.finish(bucket_id=UUID(bucket_id), path=path, now=timezone.now())
    except (NoSuchBucket, OutOfBounds):
        log.info("listing_dropped", bucket_id=bucket_id)
    except S3Error as error:
        log.warning("listing_failed", bucket_id=bucket_id, problem=type(error).__name__, code=error.code)


@shared_task
def refresh_indexes() -> None:
    """Lists whole buckets whose time has come, one after the other, for a few minutes.

    It is begun every minute, and others may be at it: as many buckets at once as `bucket_index.due` allows.
    """
    started = time.monotonic()
    while time.monotonic() - started < _INDEXING_SECONDS:
        due = bucket_index.due(now=timezone.now())
        if not due:
            return
        _refresh(due[0])


def _refresh(due: Due) -> None:
    try:
        outcome = indexing.index_bucket(
            bucket_id=due.bucket_id, now=timezone.now(), most_seconds=due.most_seconds
        )
    except (Busy, NoSuchBucket):
        log.info("index_dropped", bucket=due.code)
    except TookTooLong as error:
        log.warning("index_took_too_long", bucket=due.code, problem=str(error))
    except S3Error as error:
        log.warning("index_failed", bucket=due.code, problem=type(error).__name__, code=error.code)
    else:
        log.info("index_refreshed", bucket=due.code, **asdict(outcome))


@shared_task
def sweep_uploads() -> None:
    """Settles uploads whose page never came back."""
    swept = settling.sweep(now=timezone.now())
    if swept.confirmed or swept.abandoned:
        log.info("uploads_swept", confirmed=swept.confirmed, abandoned=swept.abandoned)


@shared_task
def drop_outdated() -> None:
    """Removes what nobody needs any more: links that have run out, uploads settled long ago."""
    log.info("outdated_dropped", rows=cache.drop_outdated(now=timezone.now()))


def on_listing_wanted(sender: object, *, bucket_id: UUID, path: str, is_overdue: bool, **_: Any) -> None:
    """Hands a listing to a worker; while there is no broker, or no worker came, to a thread of this process."""
    global _broker_rests_until  # noqa: PLW0603 - what one process remembers of its broker
    if not is_overdue and time.monotonic() >= _broker_rests_until:
        try:
            finish_listing.apply_async(args=[str(bucket_id), path], retry=False)
        except (OperationalError, OSError):
            _broker_rests_until = time.monotonic() + _BROKER_REST_SECONDS
            log.warning("broker_away")
        else:
            return
    _in_thread(lambda: finish_listing(str(bucket_id), path))


def _in_thread(work: Callable[[], None]) -> None:
    """Does `work` behind the page, four at most at once; what finds no place is asked for again by the next page."""
    if not _THREADS.acquire(blocking=False):
        return

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()
            _THREADS.release()

    threading.Thread(target=run, name="listing", daemon=True).start()
