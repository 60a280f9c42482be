"""Running one search in this process, wherever that is: from what was asked to lines and words for whoever listens."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import Error, connections
from psycopg_pool import PoolTimeout

from buckets.access import NoSuchBucket
from buckets.connection import Connection
from buckets.paths import FolderKey, Malformed, OutOfBounds
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import Budget, Page, listing
from files.remembering import remembered
from search.answers import stored
from search.asking import Asked, wanted_by
from search.events import CacheHit, Complete, Event, Failed, FolderDone, Found, Traversing
from search.hands import Hands, hand_of, with_hand
from search.hits import Hit
from search.lines import lines_of
from search.reading import AT_ONCE, from_thread
from search.streams import batched
from search.traversal import Known, Wanted, traverse

T = TypeVar("T")
# Within a line of JSON a new line is written otherwise.
_BETWEEN: Final = ",\n"
# Apart from the threads that read for somebody slow: a short question never waits for them.
_askers: Final = ThreadPoolExecutor(8, thread_name_prefix="ask")
# A thread that reads for somebody slow stays theirs for as long as they are slow.
_reading: Final = Hands(AT_ONCE)


class Lines(NamedTuple):
    """Hits, each an object of JSON, with a comma and a new line between them: on their way they stay in one piece."""

    text: str

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Lines":
        return cls(_BETWEEN.join(lines))

    @property
    def lines(self) -> list[str]:
        """Each by itself."""
        return self.text.split(_BETWEEN)


Word = Lines | Traversing | CacheHit | FolderDone | Complete | Failed
"""What is told of a search: hits as lines, everything else as it happens. Ends with exactly one Complete or Failed."""


class Budgets:
    """The budgets of the buckets that are searched in this process: one for each, for as long as somebody needs it."""

    def __init__(self, make: Callable[[Connection], Budget]) -> None:
        self._make = make
        self._held: dict[UUID, tuple[Budget, float]] = {}

    def of(self, connection: Connection) -> Budget:
        """Whoever lists the same bucket has the same one."""
        now = time.monotonic()
        budget = self._held.get(connection.bucket_id, (None, 0.0))[0] or self._make(connection)
        self._held = {key: held for key, held in self._held.items() if now - held[1] < 3600}
        self._held[connection.bucket_id] = (budget, now)
        return budget


async def run(
    asked: Asked,
    *,
    transport: AsyncTransport,
    budgets: Budgets,
    hands: Hands,
    now: datetime,
    remembers: bool = False,
) -> AsyncGenerator[Word, None]:
    """The whole of a search. Closing it ends all work for it. A process that `remembers` stores what was listed whole.

    What is known is told at once; listing what isn't takes one of `hands`, and waits until the person gets one.
    """
    try:
        wanted = await in_thread(partial(wanted_by, asked))
    except (NoSuchBucket, OutOfBounds, Malformed, Error, PoolTimeout) as problem:
        yield Failed(problem)
        return

    async def answers() -> AsyncGenerator[Known | list[Hit], None]:
        read = partial(stored, wanted, within=settings.LISTING_TTL, now=now)
        with hand_of(_reading, asked.user_id) as reader:
            async with aclosing(with_hand(reader, from_thread(read))) as known:
                async for piece in known:
                    yield piece

    def pages(folder: FolderKey, is_level: bool) -> AsyncGenerator[Page, None]:
        reach = wanted.reach
        delimiter = "/" if is_level else ""
        begin = partial(
            listing,
            reach,
            folder,
            transport=transport,
            budget=budgets.of(reach.connection),
            delimiter=delimiter,
        )
        if not remembers:
            return with_hand(lister, begin())
        begun = remembered(begin, reach=reach, folder=folder, now=now, is_level=is_level)
        return with_hand(lister, begun)

    with hand_of(hands, asked.user_id) as lister:
        events = traverse(wanted, answers=answers, pages=pages)
        async with aclosing(batched(events)) as batches:
            async for event in batches:
                if (word := _said(event, wanted, for_page=asked.for_page)) is not None:
                    yield word


def _said(event: Event, wanted: Wanted, *, for_page: bool) -> Word | None:
    if not isinstance(event, Found):
        return event
    told = Lines.of(lines_of(event.hits, root=wanted.reach.root, for_page=for_page))
    return told if told.text else None


async def in_thread(ask: Callable[[], T]) -> T:
    """What `ask` answers, asked in a thread: the event loop serves others meanwhile."""

    def work() -> T:
        try:
            return ask()
        finally:
            connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(_askers, work)
