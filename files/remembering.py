"""What a search lists is stored, too, when it has come whole and nobody waits for it any more.

Storing takes many times as long as listing. So pages are held as they came, and stored behind whoever read them: a few by a
thread of this process, many by a process of its own.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from datetime import datetime
from typing import Final

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, connections
from psycopg_pool import PoolTimeout

from buckets.access import NoSuchBucket
from buckets.paths import FolderKey, Reach
from buckets.s3.errors import S3Error
from buckets.s3.lister import Page
from files import apart
from files.indexing import Busy, Storing, StoringLevel, store_listing
from files.relisting import want_listing
from files.spool import NoRoom, Spool

log = structlog.get_logger(__name__)
MOST_PAGES: Final = 48
"""Pages that are held in memory; fewer files than may lie in a folder that is stored from a listing of many."""
_MOST_WAITING: Final = 5 * MOST_PAGES
_AHEAD: Final = 16
"""Pages on their way to the disk."""
_behind = ThreadPoolExecutor(1, thread_name_prefix="remember")
_writer = ThreadPoolExecutor(1, thread_name_prefix="spool")
_waiting: dict[Future[None], int] = {}
"""How many pages each holds."""

Pages = AsyncGenerator[Page, None]


async def remembered(
    begin: Callable[[], Pages], *, reach: Reach, folder: FolderKey, now: datetime, is_level: bool = False
) -> Pages:
    """The pages of the listing of everything below `folder`, or with `is_level` of that folder alone, that `begin` begins;
    once they have all come they are stored.

    What is stored is a whole listing or nothing: one that is closed early or fails leaves nothing. Neither a database that is
    away nor a full disk keeps anybody from listing.
    """
    work = await sync_to_async(_begun, thread_sensitive=False)(reach, folder, now, is_level)
    held = _Held(work, folder) if work else None
    try:
        async with aclosing(begin()) as pages:
            async for page in pages:
                yield page
                if held is not None:
                    await held.add(page.as_it_came())
        if held is not None:
            await held.store()
    finally:
        if held is not None:
            held.drop()


class _Held:
    """The pages of one listing: in memory while they are few, then on disk."""

    def __init__(self, work: Storing | StoringLevel, folder: FolderKey) -> None:
        self._work = work
        self._folder = folder
        self._pages: list[Page] = []
        self._spool: Spool | None = None
        self._writing: deque[Future[None]] = deque()
        self._is_big = self._is_over = False

    async def add(self, page: Page) -> None:
        """Keeps a page, as long as that is possible and pays."""
        if self._is_over:
            return
        self._pages.append(page)
        if not self._is_big and len(self._pages) > MOST_PAGES:
            self._is_big = True
            await self._begin_spool()
        if self._spool is not None:
            self._writing.append(_writer.submit(self._spool.add, self._pages))
            if len(self._writing) > _AHEAD:
                await self._written()
        if self._is_big:
            self._pages = []

    async def store(self) -> None:
        """Has all of it stored behind."""
        while self._writing:
            await self._written()
        pages, self._pages = self._pages, []
        if self._is_big and isinstance(self._work, StoringLevel):
            # A folder of so many entries is gathered packed, and by few requests: it is listed once more.
            _submit(_behind.submit(want_listing, self._folder))
        elif self._spool is not None and isinstance(self._work, Storing):
            # Who searched the same beside this one may have been through first.
            if apart.pays(self._work.begun):
                spool, self._spool = self._spool, None
                _submit(apart.store_apart(self._work.begun, spool))
        elif not self._is_big and sum(_waiting.values()) + len(pages) <= _MOST_WAITING:
            _submit(_behind.submit(_store, self._work, pages), pages=len(pages))

    def drop(self) -> None:
        """Keeps nothing any more."""
        self._is_over, self._pages = True, []
        if self._spool is not None:
            # By the thread that may be writing to it.
            _writer.submit(self._spool.drop)
            self._spool = None

    async def _begin_spool(self) -> None:
        if not isinstance(self._work, Storing) or not apart.pays(self._work.begun):
            return
        made = _writer.submit(Spool, self._work.begun)
        try:
            self._spool = await asyncio.wrap_future(made)
        except (OSError, NoRoom) as problem:
            self._give_up(problem)
        except asyncio.CancelledError:
            # The thread that makes it hears nothing of that.
            made.add_done_callback(_drop)
            raise

    async def _written(self) -> None:
        """Waits for the disk: of what is on its way to it there is no more than so much."""
        try:
            await asyncio.wrap_future(self._writing.popleft())
        except (OSError, NoRoom) as problem:
            self._give_up(problem)

    def _give_up(self, problem: Exception) -> None:
        log.warning("listing_not_kept", problem=type(problem).__name__, bucket_id=str(self._folder.bucket_id))
        self._writing.clear()
        self.drop()


def _drop(made: Future[Spool]) -> None:
    if not made.cancelled() and not made.exception():
        made.result().drop()


def _submit(future: Future[None], *, pages: int = 0) -> None:
    _waiting[future] = pages
    future.add_done_callback(lambda done: _waiting.pop(done, None))


def _begun(reach: Reach, folder: FolderKey, now: datetime, is_level: bool) -> Storing | StoringLevel | None:
    try:
        if is_level:
            return StoringLevel(reach, folder, now=now)
        return Storing.begin(reach, folder, now=now)
    except (Error, PoolTimeout):
        return None
    finally:
        connections.close_all()


def _store(work: Storing | StoringLevel, pages: list[Page]) -> None:
    try:
        pages.reverse()
        if isinstance(work, Storing):
            store_listing(work.begun, _one_by_one(pages), now=work.begun.at)
            return
        for page in _one_by_one(pages):
            work.add(page)
        work.finish()
    except (Busy, NoSuchBucket, Error, PoolTimeout, S3Error) as problem:
        log.info("listing_not_remembered", problem=type(problem).__name__)
    finally:
        connections.close_all()


def _one_by_one(pages: list[Page]) -> Iterator[Page]:
    """The pages from the last one on: each is read by itself, and gone with it."""
    while pages:
        yield pages.pop()


def settle(*, patience: float) -> None:
    """Waits until what came whole is stored, at most so many seconds, and ends what is not; for whoever is about to end."""
    _, late = futures.wait(list(_waiting), timeout=patience)
    for future in late:
        future.cancel()
    apart.stop()
