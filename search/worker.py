"""A lister: takes searches that pages and programs asked for, and sends what it finds to the process that relays it.

It sends no further ahead than it is told that what it sent was passed on, so a slow reader at the other end slows the
listing, and nothing is dropped on the way.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from buckets.connection import Connection
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import RequestBudget
from buckets.s3.lister.shares import SHARED_FOR, divide
from search import post
from search.asking import Asked
from search.hands import Hands
from search.post import AWAY, WANTED, Letter, Post, Roll
from search.running import Budgets, Word, run
from search.streams import end
from search.words import to_bytes

log = logging.getLogger(__name__)

HANDS: Final = 64
"""Searches that list at once in one lister."""
MOST_AT_ONCE: Final = 1_000
"""Searches that one lister has taken, with those that tell what is known and wait for a hand to list the rest."""
MOST_A_PERSON: Final = 250
AHEAD: Final = 16
"""Words that may be on their way: 100 hits each at most."""
_SHARE_EVERY: Final = 0.5
_AGAIN_AFTER: Final = 1.0


class Worker:
    """One lister process. `clock` tells the time."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._post = Post(settings.REDIS_URL, prefix=settings.SEARCH_BOXES, kind="lister")
        self._clock = clock
        self._shares = _Shares(self._post)
        self._budgets = Budgets(self._shares.budget_of)
        self._hands = Hands(HANDS)
        self._running: dict[str, _Running] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Serves until it is cancelled; then every search it runs is told to go elsewhere."""
        with suppress(*AWAY):
            await self._post.show_alive()
        helpers = [
            asyncio.create_task(helper)
            for helper in (self._post.stay_alive(), self._shares.keep(), self._call_rolls())
        ]
        try:
            async with AsyncTransport() as transport:
                try:
                    while True:
                        await self._take_one(transport)
                finally:
                    await end(*(running.task for running in self._running.values()))
        finally:
            # Whatever still asks Redis would open a line that nobody closes any more.
            try:
                await end(*helpers, *self._ending, *self._shares.asking)
            finally:
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
        elif letter.kind == "R":
            with suppress(*AWAY):
                await self._answer(Roll.of_letter(letter))
        elif running := self._running.get(letter.about):
            if letter.kind == "S":
                self._stop(running)
            else:
                running.credit.passed_on(int(letter.body))

    def _begin(self, letter: Letter, transport: AsyncTransport) -> None:
        reader, _, told = letter.body.decode().partition("\n")
        running = _Running(letter.about, reader)
        running.task = asyncio.create_task(self._serve(running, told, transport))
        self._running[letter.about] = running
        running.task.add_done_callback(lambda _: self._running.pop(letter.about))

    def _stop(self, running: "_Running") -> None:
        _keep(asyncio.create_task(end(running.task)), self._ending)

    async def _answer(self, roll: Roll) -> None:
        """Who waits for what nobody runs here is told so: whatever was said of its end was lost."""
        for about, words in roll.words.items():
            if running := self._running.get(about):
                running.credit.passed_on(words)
            else:
                await self._post.send(roll.sender, Letter(about, "G"))

    async def _call_rolls(self) -> None:
        """Tells each reader what is run for it: it stops what it doesn't wait for. What is run for the dead ends at once."""
        while True:
            await asyncio.sleep(post.RENEW_EVERY)
            rolls: dict[str, list[_Running]] = defaultdict(list)
            for running in self._running.values():
                rolls[running.reader].append(running)
            with suppress(*AWAY):
                for reader, mine in rolls.items():
                    await self._call_roll(reader, mine)

    async def _call_roll(self, reader: str, mine: "list[_Running]") -> None:
        # What was sent when it is called, not what is sent while it is on its way.
        words = {running.about: running.sent for running in mine}
        if await self._post.is_alive(reader):
            await self._post.send(reader, Roll(self._post.name, words).to_letter())
        else:
            for running in mine:
                self._stop(running)

    async def _serve(self, running: "_Running", told: str, transport: AsyncTransport) -> None:
        try:
            asked = Asked.of_json(told)
            if sum(one.person == asked.user_id for one in self._running.values()) >= MOST_A_PERSON:
                await self._say_gone(running)
                return
            running.person = asked.user_id
            if not await self._post.is_alive(running.reader):
                return
            await self._post.send(running.reader, Letter(running.about, "T", self._post.name.encode()))
            await self._tell_all(running, asked, transport)
        except asyncio.CancelledError:
            # Whoever stopped it listens no more; whoever didn't is told at once that nothing more comes.
            await self._say_gone(running)
        except AWAY as problem:
            log.warning("A search was lost on the way: %s", type(problem).__name__)
            await self._say_gone(running)
        except Exception:  # the listener is told, and the others go on
            log.exception("A search failed.")
            await self._say_gone(running)

    async def _say_gone(self, running: "_Running") -> None:
        """Should this be lost, the reader hears of it when it calls its roll."""
        with suppress(*AWAY):
            await self._post.send(running.reader, Letter(running.about, "G"))

    async def _tell_all(self, running: "_Running", asked: Asked, transport: AsyncTransport) -> None:
        ready: asyncio.Queue[Word | None] = asyncio.Queue()
        finding = asyncio.create_task(self._find(asked, ready, running.credit, transport))
        finding.add_done_callback(lambda _: ready.put_nowait(None))
        coming = True
        try:
            while coming:
                # What was found while the last letter was on its way goes in one.
                found = [await ready.get(), *(ready.get_nowait() for _ in range(ready.qsize()))]
                coming = found[-1] is not None
                if words := [word for word in found if word is not None]:
                    upto = running.sent + len(words)
                    body = f"{running.sent} {upto}\n".encode() + to_bytes(*words)
                    await self._post.send(running.reader, Letter(running.about, "W", body))
                    running.sent = upto
            finding.result()
        finally:
            await end(finding)

    async def _find(
        self,
        asked: Asked,
        ready: "asyncio.Queue[Word | None]",
        credit: "_Credit",
        transport: AsyncTransport,
    ) -> None:
        """Puts what is found into `ready`, no further ahead than there is credit."""
        words = run(
            asked,
            transport=transport,
            budgets=self._budgets,
            hands=self._hands,
            now=self._clock(),
            remembers=True,
        )
        async with aclosing(words):
            async for word in words:
                await credit.take()
                ready.put_nowait(word)


class _Credit:
    """How far ahead of its reader a search may be."""

    def __init__(self) -> None:
        self._taken = self._passed_on = 0
        self._more = asyncio.Event()

    def passed_on(self, words: int) -> None:
        """The reader has passed on so many words in all: what it said before may have been lost, or come late."""
        self._passed_on = max(self._passed_on, words)
        self._more.set()

    async def take(self) -> None:
        """Returns when one more word may be sent."""
        while self._taken - self._passed_on >= AHEAD:
            self._more.clear()
            await self._more.wait()
        self._taken += 1


class _Running:
    """One search of a lister, for the process `reader`; `sent` counts the words that lie in its box, or did."""

    task: asyncio.Task[None]

    def __init__(self, about: str, reader: str) -> None:
        self.about, self.reader = about, reader
        self.person: UUID | None = None
        self.credit = _Credit()
        self.sent = 0


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
        divide(budget, among=sharers, is_foreign=bool(connection.endpoint_url))


def _keep(task: asyncio.Task[None], among: set[asyncio.Task[None]]) -> None:
    """Until it is done: the event loop itself holds tasks but weakly."""
    among.add(task)
    task.add_done_callback(among.discard)
