"""What a search lists is stored, too, when it has come whole and nobody waits for it any more.

Storing takes many times as long as listing. So pages are held as they came, and stored behind whoever read them; of a listing
too big for that nothing is, for such a bucket is listed as a whole behind the pages anyway.
"""

from collections.abc import AsyncGenerator, Callable
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from datetime import datetime

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, connections
from psycopg_pool import PoolTimeout

from buckets.paths import FolderKey, Reach
from buckets.s3.errors import S3Error
from buckets.s3.lister import Page
from files.indexing import Storing, StoringLevel

log = structlog.get_logger(__name__)
MOST_PAGES = 64
_MOST_WAITING = 4 * MOST_PAGES
_behind = ThreadPoolExecutor(1, thread_name_prefix="remember")
_waiting: dict[Future[None], int] = {}
"""How many pages each holds."""

Pages = AsyncGenerator[Page, None]


async def remembered(
    begin: Callable[[], Pages], *, reach: Reach, folder: FolderKey, now: datetime, is_level: bool = False
) -> Pages:
    """The pages of the listing of everything below `folder`, or with `is_level` of that folder alone, that `begin` begins;
    once they have all come they are stored.

    What is stored is a whole listing or nothing: one that is closed early, fails, or is bigger than 64 pages leaves nothing.
    A database that is away keeps nobody from listing.
    """
    work = await sync_to_async(_begun, thread_sensitive=False)(reach, folder, now, is_level)
    held: list[Page] | None = [] if work else None
    async with aclosing(begin()) as pages:
        async for page in pages:
            yield page
            if held is not None:
                held.append(page.as_it_came())
                held = held if len(held) <= MOST_PAGES else None
    if work and held is not None and sum(_waiting.values()) + len(held) <= _MOST_WAITING:
        count = len(held)
        future = _behind.submit(_store, work, held)
        _waiting[future] = count
        future.add_done_callback(lambda done: _waiting.pop(done, None))


def _begun(reach: Reach, folder: FolderKey, now: datetime, is_level: bool) -> Storing | StoringLevel | None:
    try:
        if is_level:
            return StoringLevel(reach, folder, now=now)
        return Storing(reach, folder, now=now, vouches=True)
    except (Error, PoolTimeout):
        return None
    finally:
        connections.close_all()


def _store(work: Storing | StoringLevel, pages: list[Page]) -> None:
    try:
        pages.reverse()
        while pages:
            # Each is read by itself, and gone with it.
            work.add(pages.pop())
        work.finish()
        if isinstance(work, Storing):
            work.forget_gone(unsure=work.too_big)
    except (Error, PoolTimeout, S3Error) as problem:
        log.info("listing_not_remembered", problem=type(problem).__name__)
    finally:
        connections.close_all()


def settle(*, patience: float) -> None:
    """Waits until what came whole is stored, at most so many seconds; for whoever is about to end."""
    futures.wait(list(_waiting), timeout=patience)
