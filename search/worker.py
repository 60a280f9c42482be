"""A lister: takes searches that pages and programs asked for, and sends what it finds to the process that relays it.

It sends no further ahead than it is told that what it sent was passed on, so a slow reader at the other end slows the
listing, and nothing is dropped on the way.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Final

from django.conf import settings

from buckets.connection import Connection
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import AT_ONCE, FOREIGN_PER_SECOND, RequestBudget
from search.asking import Asked
from search.post import AWAY, WANTED, Letter, Post
from search.running import Budgets, Word, run
from search.streams import end
from search.words import to_bytes

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 64
"""Searches that one lister runs at once."""
AHEAD: Final = 16
"""Words that may be on their way: 100 hits each at most."""
READER_SILENT: Final = 3.0
SHARED_FOR: Final = 3.0
_SHARE_EVERY: Final = 0.5
_AGAIN_AFTER: Final = 1.0


class Worker:
    """One lister process. `clock` tells the time."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._post = Post(settings.REDIS_URL, prefix=settings.SEARCH_BOXES, kind="lister")
        self._clock = clock
        self._shares = _Shares(self._post)
        self._budgets = Budgets(self._shares.budget_of)
        self._running: dict[str, tuple[asyncio.Task[None], asyncio.Semaphore]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Serves until it is cancelled; then every search it runs is told to go elsewhere."""
        with suppress(*AWAY):
            await self._post.show_alive()
        helpers = [asyncio.create_task(self._post.stay_alive()), asyncio.create_task(self._shares.keep())]
        try:
            async with AsyncTransport() as transport:
                try:
                    while True:
                        await self._take_one(transport)
                finally:
                    await end(*(task for task, _ in self._running.values()))
        finally:
            # Whatever still asks Redis would open a line that nobody closes any more.
            await end(*helpers, *self._ending, *self._shares.asking)
            with suppress(*AWAY):
                await self._post.leave()

    async def _take_one(self, transport: AsyncTransport) -> None:
        try:
            got = await self._post.receive(*([WANTED] if len(self._running) < MOST_AT_ONCE else []))
        except AWAY as problem:
            log.warning("No searches can be taken at the moment: %s", type(problem).__name__)
            await asyncio.sleep(_AGAIN_AFTER)
            return
        if got is None:
            return
        box, letter = got
        if box == WANTED:
            self._begin(letter, transport)
        elif letter.about in self._running:
            task, credit = self._running[letter.about]
            if letter.kind == "S":
                _keep(asyncio.create_task(end(task)), self._ending)
            for _ in range(int(letter.body or 0)):
                credit.release()

    def _begin(self, letter: Letter, transport: AsyncTransport) -> None:
        credit = asyncio.Semaphore(AHEAD)
        task = asyncio.create_task(self._serve(letter, credit, transport))
        self._running[letter.about] = task, credit
        task.add_done_callback(lambda _: self._running.pop(letter.about))

    async def _serve(self, letter: Letter, credit: asyncio.Semaphore, transport: AsyncTransport) -> None:
        reader, _, told = letter.body.decode().partition("\n")
        try:
            if not await self._post.is_alive(reader):
                return
            await self._post.send(reader, Letter(letter.about, "T", self._post.name.encode()))
            await self._tell_all(letter.about, reader, Asked.of_json(told), credit, transport)
        except asyncio.CancelledError:
            # Whoever stopped it listens no more; whoever didn't is told at once that nothing more comes.
            with suppress(*AWAY):
                await self._post.send(reader, Letter(letter.about, "G"))
        except AWAY as problem:
            log.warning("A search was lost on the way: %s", type(problem).__name__)
        except Exception:  # the listener is told, and the others go on
            log.exception("A search failed.")
            with suppress(*AWAY):
                await self._post.send(reader, Letter(letter.about, "G"))

    async def _tell_all(
        self, about: str, reader: str, asked: Asked, credit: asyncio.Semaphore, transport: AsyncTransport
    ) -> None:
        ready: asyncio.Queue[Word | None] = asyncio.Queue()
        finding = asyncio.create_task(self._find(asked, ready, reader, credit, transport))
        finding.add_done_callback(lambda _: ready.put_nowait(None))
        number, coming = 0, True
        try:
            while coming:
                # What was found while the last letter was on its way goes in one.
                found = [await ready.get(), *(ready.get_nowait() for _ in range(ready.qsize()))]
                coming = found[-1] is not None
                if words := [word for word in found if word is not None]:
                    body = f"{number}\n".encode() + to_bytes(*words)
                    await self._post.send(reader, Letter(about, "W", body))
                    number += len(words)
            finding.result()
        finally:
            await end(finding)

    async def _find(
        self,
        asked: Asked,
        ready: "asyncio.Queue[Word | None]",
        reader: str,
        credit: asyncio.Semaphore,
        transport: AsyncTransport,
    ) -> None:
        """Puts what is found into `ready`, no further ahead than there is credit; until there is no reader any more."""
        words = run(asked, transport=transport, budgets=self._budgets, now=self._clock(), remembers=True)
        async with aclosing(words):
            async for word in words:
                while not await _within(credit, READER_SILENT):
                    if not await self._post.is_alive(reader):
                        return
                ready.put_nowait(word)


class _Shares:
    """What of a bucket's request budget is this process's: a part for each process that lists the bucket at the moment."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._budgets: dict[str, tuple[RequestBudget, Connection]] = {}
        self.asking: set[asyncio.Task[None]] = set()

    def budget_of(self, connection: Connection) -> RequestBudget:
        budget = RequestBudget.for_endpoint(connection.endpoint_url)
        self._budgets[str(connection.bucket_id)] = budget, connection
        _keep(asyncio.create_task(self._divide(str(connection.bucket_id), budget, connection)), self.asking)
        return budget

    async def keep(self) -> None:
        while True:
            for bucket, (budget, connection) in list(self._budgets.items()):
                if budget.is_in_use:
                    await self._divide(bucket, budget, connection)
            await asyncio.sleep(_SHARE_EVERY)

    async def _divide(self, bucket: str, budget: RequestBudget, connection: Connection) -> None:
        try:
            sharers = await self._post.sharers(bucket, seconds=SHARED_FOR)
        except AWAY:
            return
        budget.resize(
            at_once=max(1, AT_ONCE // sharers),
            per_second=FOREIGN_PER_SECOND / sharers if connection.endpoint_url else None,
        )


def _keep(task: asyncio.Task[None], among: set[asyncio.Task[None]]) -> None:
    """Until it is done: the event loop itself holds tasks but weakly."""
    among.add(task)
    task.add_done_callback(among.discard)


async def _within(credit: asyncio.Semaphore, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await credit.acquire()
    except TimeoutError:
        return False
    return True
