"""A search through one bucket: what is known of it and what is listed of the rest, as one stream of events.

What is known answers first, by folder: whatever lies directly in a known folder comes from the index, everything else from
listings. The index's first hits are told before it says how much is known; then listings start, and don't wait for the rest.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from django.db import Error
from psycopg_pool import PoolTimeout

from buckets.paths import FolderKey, Malformed, OutOfBounds, Reach
from buckets.s3.errors import S3Error
from search.events import CacheHit, Complete, Event, Failed, FolderDone, Found, Traversing
from search.hits import Hit
from search.matching import NO_FILTERS, Filters, Query
from search.sifting import Listing, Sifter
from search.streams import merged

READABLE_EVERY: Final = 0.25
"""Seconds between two words of where the search is."""
_FEW: Final = 64
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and where: below a folder of a reach, or with `is_level` only directly in it."""

    reach: Reach
    below: FolderKey
    query: Query
    filters: Filters = NO_FILTERS
    is_level: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the index answers for: the folders with these full keys, or all there is.

    What it doesn't answer for is `is_elsewhere`, anywhere; or else directly in the folders of `levels`, everywhere below
    those of `trees`, and in folders that are met there and nobody knew of.
    """

    folders: Collection[str] = field(default_factory=frozenset)
    is_elsewhere: bool = True
    levels: Collection[str] = ()
    trees: Collection[str] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing need be listed."""
        return not (self.is_elsewhere or self.levels or self.trees)


Answers = Callable[[], AsyncGenerator[Known | list[Hit], None]]
"""What is known already: hits, and once among them, behind a few, in which folders those are. All of it speaks of the same
moment."""
Pages = Callable[[FolderKey, bool], AsyncGenerator[Listing, None]]
"""Begins a listing of everything below a folder, or of that folder alone."""


async def traverse(wanted: Wanted, *, answers: Answers, pages: Pages) -> AsyncGenerator[Event, None]:
    """Every hit once, and how the search gets on; ends with one Complete or Failed. Closing it ends all work for it."""
    folder = wanted.reach.path_of(wanted.below)
    yield Traversing(folder)
    search = _Search(wanted, pages, folder)
    try:
        async with aclosing(answers()) as coming:
            async for found in coming:
                if isinstance(found, Known):
                    break
                yield search.answer(found)
            known = found
            assert isinstance(known, Known), "it comes once"
            async with aclosing(merged(search.answered(coming), *search.listed(known))) as events:
                async for event in events:
                    yield event
    except (S3Error, Error, PoolTimeout) as problem:
        yield Failed(problem)
        return
    yield FolderDone(folder)
    yield Complete(search.count)


class _Search:
    def __init__(self, wanted: Wanted, pages: Pages, folder: str) -> None:
        self._wanted, self._pages, self._folder = wanted, pages, folder
        self._told = time.monotonic()
        self._answered = 0
        self.count = 0

    def answer(self, hits: list[Hit]) -> Found:
        """Some of what the index knows."""
        self._answered += len(hits)
        return Found(hits)

    async def answered(self, coming: AsyncGenerator[Known | list[Hit], None]) -> AsyncGenerator[Event, None]:
        """The rest of it."""
        async for hits in coming:
            assert not isinstance(hits, Known), "it comes once"
            yield self.answer(hits)
        if self._answered:
            yield CacheHit(self._folder, self._answered)

    def listed(self, known: Known) -> list[AsyncGenerator[Event, None]]:
        """What listings bring of everything else, each a stream."""
        if known.is_everything:
            return []
        jobs = self._jobs(known)
        if jobs is None:
            return [self._list(self._wanted.below, known.folders, is_level=self._wanted.is_level)]
        return [self._work_off(jobs, known) for _ in range(min(_AT_ONCE, len(jobs)))]

    def _jobs(self, known: Known) -> "deque[tuple[FolderKey, bool]] | None":
        """The folders to list one by one; None when listing everything in one go is less work, or the only way."""
        if known.is_elsewhere or self._wanted.is_level or len(known.levels) + len(known.trees) > _FEW:
            return None
        try:
            return deque(
                (self._folder_at(key), is_level)
                for keys, is_level in ((known.trees, False), (known.levels, True))
                for key in keys
            )
        except (OutOfBounds, Malformed):
            # A folder with a name that S3 keeps and nobody may ask for.
            return None

    def _folder_at(self, key: str) -> FolderKey:
        return self._wanted.reach.folder(self._wanted.reach.path_of(key))

    async def _work_off(
        self, jobs: "deque[tuple[FolderKey, bool]]", known: Known
    ) -> AsyncGenerator[Event, None]:
        while jobs:
            folder, is_level = jobs.popleft()
            async for event in self._list(folder, known.folders, is_level=is_level, meet=(jobs, known)):
                yield event

    async def _list(
        self,
        folder: FolderKey,
        answered: Collection[str],
        *,
        is_level: bool,
        meet: "tuple[deque[tuple[FolderKey, bool]], Known] | None" = None,
    ) -> AsyncGenerator[Event, None]:
        """The hits of one listing. Of a level, folders that nobody knew of are put among the jobs."""
        wanted = self._wanted
        sifter = Sifter(
            wanted.query,
            root=wanted.reach.root,
            below=folder.text,
            filters=wanted.filters,
            answered=answered,
        )
        async with aclosing(self._pages(folder, is_level)) as coming:
            async for page in coming:
                if hits := sifter.take(page):
                    yield Found(hits)
                self.count += page.count
                if is_level and meet is not None:
                    self._note_strangers(page, *meet)
                if time.monotonic() - self._told >= READABLE_EVERY:
                    self._told = time.monotonic()
                    yield Traversing(self._place_of(page), self.count)
                # Pages that are there already are taken without a pause; others want to be served, too.
                await asyncio.sleep(0)
        if hits := sifter.end():
            yield Found(hits)

    def _note_strangers(self, page: Listing, jobs: "deque[tuple[FolderKey, bool]]", known: Known) -> None:
        for key in page.prefixes:
            if key not in known.folders and key not in known.levels and key not in known.trees:
                try:
                    jobs.append((self._folder_at(key), False))
                except (OutOfBounds, Malformed):
                    continue

    def _place_of(self, page: Listing) -> str:
        """The folder that the page ends in."""
        last = (page.span.upto or page.span.after).decode(errors="replace")
        folder = last[: last.rfind("/") + 1]
        inside = folder.startswith(self._wanted.below.text)
        return folder[len(self._wanted.reach.root) :] if inside else self._folder
