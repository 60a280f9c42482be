"""Storing what the lister brings of everything below a folder, and listing whole buckets with it."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Event, Thread
from typing import Self
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async
from django.db import Error, connections
from psycopg_pool import PoolTimeout

from buckets.access import reach_without_person
from buckets.paths import FolderKey, Malformed, OutOfBounds, Reach
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.errors import S3Error
from buckets.s3.lister import Hint, ListedFolder, Page, Share, WholeFolders, listing
from files import bucket_index, relisting, storing
from files.bucket_index import Claim
from files.cache import Stored
from files.rows import Columns, columns_of
from files.storing import Begun

_ROWS_AT_ONCE = 5_000
_FOLDERS_AT_ONCE = 500
MOST_FILES = 50_000
"""Files of one folder that are held until it is whole."""
_RENEW_EVERY = 2.0
_STAY_EVERY = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was stored: folders that are new or changed, those that were as stored, those left alone because they were evicted
    or listed by somebody since, and those that are gone. `rows` are entries looked at, `keys` objects listed."""

    new: int = 0
    unchanged: int = 0
    refused: int = 0
    gone: int = 0
    rows: int = 0
    keys: int = 0


class Storing:
    """Takes the pages of one listing of everything below `folder`; stores each folder when nothing of it can be missing.

    Begin it before S3 is asked. Whatever ends it before `finish`, what is stored is whole, and a next time unchanged: it need
    not go on where it stopped. It asks the database, so it belongs to one thread. One that `vouches` notes of unchanged
    folders, too, when they were listed; otherwise `bucket_index.note_listed` does it for all at once.
    """

    def __init__(self, begun: Begun, *, may_be_missing: bool, vouches: bool = False) -> None:
        self._vouches = vouches
        self._may_be_missing = may_be_missing
        self.begun = begun
        self._folders = WholeFolders(begun.path, most_files=MOST_FILES)
        self._waiting: dict[str, Columns] = {}
        self._rows = 0
        self.hints: list[Hint] = []
        self.outcome = Outcome()

    @classmethod
    def begin(cls, reach: Reach, folder: FolderKey, *, now: datetime) -> Self:
        """Begins to store a listing that is made for this reach."""
        begun = storing.begin(bucket_id=folder.bucket_id, path=folder.text, now=now)
        return cls(begun, may_be_missing=bool(reach.path_of(folder)))

    def add(self, page: Page) -> None:
        """Takes in a page. Raises S3Unavailable when its rows can't be read."""
        if page.hint:
            self.hints.append(page.hint)
        self.outcome = replace(self.outcome, keys=self.outcome.keys + page.count)
        for folder in self._folders.add(page):
            self._take(folder)

    @property
    def too_big(self) -> set[str]:
        """The folders (full keys) that were whole and too big to hold, so far."""
        return self._folders.too_big

    def finish(self) -> Outcome:
        """Stores the rest. Of folders `too_big` to hold nothing was stored: list each by itself, then `forget_gone`."""
        self._store()
        return self.outcome

    def forget_gone(self, *, unsure: set[str]) -> Outcome:
        """Forgets folders that are gone, once everything else is stored but what was `unsure`."""
        storing.distrust(self.begun, unsure)
        gone = storing.forget_gone(self.begun, unsure=unsure)
        storing.tidy_up(rows=self.outcome.rows if self.outcome.new else 0)
        self.outcome = replace(self.outcome, gone=gone)
        return self.outcome

    def _take(self, folder: ListedFolder) -> None:
        key = folder.key
        is_empty = not (folder.files or folder.folders or folder.has_marker)
        if "\x00" in key or (is_empty and self._may_be_missing):
            return
        self._waiting[key] = columns_of_listed(folder)
        self._rows += len(self._waiting[key])
        if self._rows >= _ROWS_AT_ONCE or len(self._waiting) >= _FOLDERS_AT_ONCE:
            self._store()

    def _store(self) -> None:
        if not self._waiting:
            return
        told = list(storing.store_folders(self.begun, self._waiting, vouches=self._vouches).values())
        self.outcome = replace(
            self.outcome,
            new=self.outcome.new + told.count(Stored.NEW),
            unchanged=self.outcome.unchanged + told.count(Stored.UNCHANGED),
            refused=self.outcome.refused + told.count(Stored.REFUSED),
            rows=self.outcome.rows + self._rows,
        )
        self._waiting, self._rows = {}, 0


class StoringLevel:
    """Takes the pages of one listing of `folder` alone, and stores it in the end. Make it before S3 is asked."""

    def __init__(self, reach: Reach, folder: FolderKey, *, now: datetime) -> None:
        self._may_be_missing = bool(reach.path_of(folder))
        self._begun = storing.begin(bucket_id=folder.bucket_id, path=folder.text, now=now)
        self._found = ListedFolder(folder.text)

    def add(self, page: Page) -> None:
        """Takes in a page. Raises S3Unavailable when its rows can't be read."""
        start = len(self._found.key)
        self._found.folders |= {prefix[start:-1] for prefix in page.prefixes}
        self._found.files += [listed for listed in page.objects if len(listed.key) > start]
        self._found.has_marker |= any(len(listed.key) == start for listed in page.objects)

    def finish(self) -> None:
        """Stores the folder, or that it is gone: nothing is in it, not even its own marker. A root is always there."""
        found = self._found
        if self._may_be_missing and not (found.files or found.folders or found.has_marker):
            storing.note_missing(self._begun)
            return
        columns = columns_of_listed(found)
        storing.store_folders(self._begun, {found.key: columns}, vouches=True)
        storing.tidy_up(rows=len(columns))


def columns_of_listed(folder: ListedFolder) -> Columns:
    """The entries of a folder as a listing of it alone would have them."""
    return columns_of(folder.folders, folder.files, start=len(folder.key))


class Busy(Exception):
    """Somebody else is listing this bucket, or is by now: a claim was lost."""


class TookTooLong(Exception):
    """The listing was ended: it took longer than it may. Its text says so, and what to do."""


_TOO_LONG = (
    "Listing it took longer than {minutes:,.0f} minutes, so it was ended; what it had found is stored. If the bucket is that big,"
    " raise INDEX_TIME_LIMIT, or run manage.py index_bucket once."
)
_BROKEN_OFF = "The listing was broken off. What it had found is stored; the next one writes what is missing."
_UNSURE = "Folders that are very big and have odd names, or changed all the time, could not be listed."
_FLUSHED = "Meanwhile all that was known was forgotten: it has to be listed anew."

Say = Callable[[int, int | None], None]
"""Is told with every page how many objects have been listed, and how many the last listing had, if there was one. What it
raises ends the listing."""


def index_bucket(
    *, bucket_id: UUID, now: datetime, say: Say = lambda *_: None, most_seconds: float | None = None
) -> Outcome:
    """Lists a bucket from end to end and stores it. Raises NoSuchBucket, Busy, or S3Error, which is noted; so is TookTooLong,
    when its pages have not all come within `most_seconds`.

    Begun anew after it was broken off, it lists all again and writes only what had not been stored.
    """
    reach = reach_without_person(bucket_id=bucket_id)

    def bring(work: Storing, renew: Callable[[], None]) -> None:
        with Share(reach.connection) as share:
            async_to_sync(_within)(most_seconds, partial(_list_all, reach, work, say, share, renew))

    claim = bucket_index.claim(bucket_id, now=now)
    return _index(reach, claim, partial(Storing.begin, reach, reach.folder(""), now=now), bring, now=now)


def store_listing(begun: Begun, pages: Iterable[Page], *, now: datetime) -> Outcome:
    """Stores the pages of a listing of everything below a folder, which somebody else made and read to its end; one of a whole
    bucket is noted as such. Raises NoSuchBucket, S3Error, or Busy when somebody lists the whole bucket or has done so since.
    """
    reach = reach_without_person(bucket_id=begun.bucket_id)

    def bring(work: Storing, _: Callable[[], None]) -> None:
        for page in pages:
            work.add(page)

    if begun.path == reach.root:
        claim = bucket_index.claim(begun.bucket_id, now=now, unless_since=begun.at)
        return _index(reach, claim, partial(Storing, begun, may_be_missing=False), bring, now=now)
    work = Storing(begun, may_be_missing=True, vouches=True)
    bring(work, lambda: None)
    work.finish()
    return work.forget_gone(unsure=_never_listed(work, now=now))


def _index(
    reach: Reach,
    claim: Claim | None,
    begin: Callable[[], Storing],
    bring: Callable[[Storing, Callable[[], None]], None],
    *,
    now: datetime,
) -> Outcome:
    """Stores what `bring` adds, and notes what came of it; it is given what keeps the claim, too. Raises Busy without one."""
    if claim is None:
        raise Busy
    problem = _BROKEN_OFF
    started = time.monotonic()
    try:
        work = begin()
        with held(claim, work) as renew:
            bring(work, renew)
            work.finish()
            unsure = _never_listed(work, now=now)
            renew()
            outcome = work.forget_gone(unsure=unsure)
        problem = _UNSURE if unsure else ""
        took = time.monotonic() - started
        if not bucket_index.note_listed(
            claim, work.begun, root=reach.root, keys=outcome.keys, seconds=took, hints=work.hints
        ):
            problem = _FLUSHED
    except (S3Error, TookTooLong) as error:
        problem = str(error)
        raise
    finally:
        bucket_index.release(claim, problem=problem, seconds=time.monotonic() - started)
    return outcome


@contextmanager
def held(claim: Claim, work: Storing) -> Iterator[Callable[[], None]]:
    """Keeps the claim however long something takes, from a thread of its own. What it gives renews it, too, and raises Busy
    once somebody else has the bucket."""
    over = Event()

    def renew() -> None:
        if not bucket_index.renew(claim, keys=work.outcome.keys):
            raise Busy

    def stay() -> None:
        while not over.wait(_STAY_EVERY):
            # What it finds is found again where it matters; a database that is away may be back before the claim runs out.
            with suppress(Busy, Error, PoolTimeout):
                renew()
            connections.close_all()

    staying = Thread(target=stay, name="claim", daemon=True)
    staying.start()
    try:
        yield renew
    finally:
        over.set()
        staying.join()


async def _within(most_seconds: float | None, begin: Callable[[], Coroutine[None, None, None]]) -> None:
    # A store may keep a listing busy for ever and never send a page: only the clock ends that.
    try:
        async with asyncio.timeout(most_seconds) as limit:
            await begin()
    except TimeoutError:
        if not limit.expired():
            raise
        raise TookTooLong(_TOO_LONG.format(minutes=(most_seconds or 0.0) / 60)) from None


async def _list_all(reach: Reach, work: Storing, say: Say, share: Share, renew: Callable[[], None]) -> None:
    """Requests go on while what came is stored, in the caller's own thread."""
    hints = await sync_to_async(bucket_index.hints_of)(reach.bucket_id)
    last = sum(hint.keys for hint in hints) or None
    renewed_at = time.monotonic()
    async with AsyncTransport() as transport:
        pages = listing(reach, reach.folder(""), transport=transport, budget=share.budget, hints=hints)
        async with aclosing(pages):
            async for page in pages:
                await sync_to_async(_take)(work, page, share)
                say(work.outcome.keys, last)
                if time.monotonic() - renewed_at >= _RENEW_EVERY:
                    renewed_at = time.monotonic()
                    await sync_to_async(renew)()


def _take(work: Storing, page: Page, share: Share) -> None:
    work.add(page)
    share.keep()


def _never_listed(work: Storing, *, now: datetime) -> set[str]:
    """Of the folders that were too big to hold those that could not be listed by themselves, either."""
    return {path for path in work.too_big if not _listed_alone(work.begun.bucket_id, path, now=now)}


def _listed_alone(bucket_id: UUID, path: str, *, now: datetime) -> bool:
    try:
        return relisting.finish(bucket_id=bucket_id, path=path, now=now)
    except (OutOfBounds, Malformed):
        return False
