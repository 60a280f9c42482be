"""`manage.py store_listing`: stores a listing that a lister made; listers start it themselves."""

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import Error
from django.utils import timezone
from psycopg_pool import PoolTimeout

from buckets.access import NoSuchBucket
from buckets.s3.errors import S3Error
from buckets.s3.lister.page import Page
from files import spool
from files.indexing import Busy, store_listing
from files.spool import BrokenSpool

log = structlog.get_logger(__name__)
FAILED, STOPPED = 1, 143
KINDNESS = 10


class Command(BaseCommand):
    help = (
        "Stores the listing that comes on standard input. Listers start this behind a search that listed very much, so that"
        " others need not wait while it is stored; there is nothing in it for a person to call."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if sys.stdin.isatty():
            self.stderr.write(
                "This is for listers, which write a listing to it. To list a bucket: manage.py index_bucket"
            )
            raise SystemExit(FAILED)
        os.nice(KINDNESS)
        signal.signal(signal.SIGTERM, _stop)
        try:
            begun, pages = spool.read(sys.stdin.buffer)
            outcome = store_listing(begun, while_wanted(pages), now=timezone.now())
        except (Busy, NoSuchBucket) as reason:
            log.info("listing_dropped", reason=type(reason).__name__)
        except (Error, PoolTimeout, S3Error, BrokenSpool) as problem:
            log.warning("listing_not_remembered", problem=type(problem).__name__)
            raise SystemExit(FAILED) from None
        else:
            log.info("listing_remembered", bucket_id=str(begun.bucket_id), **asdict(outcome))


def while_wanted(pages: Iterable[Page]) -> Iterator[Page]:
    """The pages as long as whoever started this lives: of what a lister began nothing outlasts it for long."""
    parent = os.getppid()
    for page in pages:
        if os.getppid() != parent:
            raise SystemExit(STOPPED)
        yield page


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(STOPPED)
