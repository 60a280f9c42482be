"""The socket of the search page: one search of many buckets at a time, replaced by the next, each bucket for itself."""

import asyncio
import json
import logging
from contextlib import aclosing, suppress
from typing import Any, Final

from django.db import Error
from django.utils import timezone
from psycopg_pool import PoolTimeout

from accounts.tokens import ForcedOut, TokenInvalid
from buckets.paths import Malformed, Reach
from buckets.s3.errors import S3Error
from mediabridge.switchboard import board
from mediabridge.wire import json_body, throttles
from mediabridge.wire.socket_calls import request_of
from search.asking import Asked
from search.consumers import callers
from search.consumers.callers import Caller, SignInFirst, ThrownOut
from search.consumers.orders import Order, number_of, order_of
from search.consumers.refusals import error_of, is_expected, page_error_of
from search.consumers.speaking import (
    DONE,
    SIGNED_OUT,
    TRY_LATER,
    UNEXPECTED,
    ReaderGone,
    Speaker,
    first_of,
    read_message,
)
from search.consumers.watching import Bell, watch
from search.events import CacheHit, Complete, Failed, FolderDone, Traversing
from search.running import Lines, Word, in_thread
from search.runs import Slowly, run_somewhere
from search.stored_hits import listed_at
from search.streams import end

log = logging.getLogger(__name__)

MOST_WAITING: Final = 20
"""Messages that may wait to be read; a page says one for every pause in typing."""
MOST_A_PERSON: Final = 200
AT_ONCE: Final = 40
"""Buckets of one search that are looked through at once."""


class PageSearch(Speaker):
    """Says of every bucket `complete` or `error` once, then `complete` of the whole; one bucket's trouble is its own."""

    async def connect(self) -> None:
        self._inbox: asyncio.Queue[str | bytes] = asyncio.Queue(MOST_WAITING)
        self._line = asyncio.Lock()
        self._bell = Bell()
        await self.accept()
        self._task = asyncio.create_task(self._live())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            self._inbox.put_nowait(text_data if text_data is not None else bytes_data or b"")
        except asyncio.QueueFull:
            await self.close(UNEXPECTED)

    async def _live(self) -> None:
        try:
            caller = await in_thread(lambda: callers.by_session(request_of(self.scope), now=timezone.now()))
            if board.count(caller.user_id) >= MOST_A_PERSON:
                raise throttles.TooFast(1)
            board.add(caller.user_id, self._bell)
            try:
                await self._listen(caller)
            finally:
                board.remove(caller.user_id, self._bell)
        except* (SignInFirst, ForcedOut, TokenInvalid, ThrownOut):
            await self.close(SIGNED_OUT)
        except* (Error, PoolTimeout, throttles.TooFast):
            await self.close(TRY_LATER)
        except* ReaderGone:
            await self.close(DONE)
        except* Exception as problems:
            log.error("A page's search ended.", exc_info=first_of(problems))
            await self.close(TRY_LATER)

    async def _listen(self, caller: Caller) -> None:
        """Takes what the page says, one message after the other, until its socket closes."""
        running: asyncio.Task[None] | None = None
        number = -1
        async with asyncio.TaskGroup() as group:
            while True:
                said = await self._inbox.get()
                message: dict[str, Any] = {}
                try:
                    message = read_message(said)
                    order = _order(message, caller)
                except (Malformed, json_body.Malformed) as problem:
                    await self._tell(_number(message), **error_of(problem))
                    continue
                if running is not None and (order is not None or number_of(message) == number):
                    await end(running)
                if order is not None:
                    number = order.number
                    running = group.create_task(self._search(caller, order))

    async def _search(self, caller: Caller, order: Order) -> None:
        try:
            await in_thread(lambda: throttles.spend_as_searcher(caller.user_id))
        except throttles.TooFast as problem:
            await self._tell(order.number, **error_of(problem))
            return
        hands = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for asked in order.asked:
                group.create_task(self._look_through(caller, order.number, asked, hands))
        await self._tell(order.number, type="complete")

    async def _look_through(
        self, caller: Caller, number: int, asked: Asked, hands: asyncio.Semaphore
    ) -> None:
        bucket = str(asked.bucket_id)
        async with hands:
            try:
                told = await self._relay(caller, number, asked)
            except* (ThrownOut, SignInFirst, ForcedOut, TokenInvalid, ReaderGone) as problems:
                problem = first_of(problems)
                if isinstance(problem, ThrownOut | ForcedOut):
                    await self._tell(number, **error_of(problem))
                raise problem from None
            except* Exception as problems:
                problem = first_of(problems)
                if isinstance(problem, S3Error):
                    log.warning(
                        "Bucket %s could not be searched: %s (%s, %s)",
                        bucket, type(problem).__name__, problem.action, problem.code,
                    )  # fmt: skip
                elif not is_expected(problem):
                    log.error("A search failed.", exc_info=problem)
                said = page_error_of(problem, administers=caller.administers)
                await self._tell(number, bucket=bucket, **said)
            else:
                await self._tell(number, bucket=bucket, type="complete", **told)

    async def _relay(self, caller: Caller, number: int, asked: Asked) -> dict[str, object]:
        """How many keys were listed, and when the whole bucket was last. Raises what keeps the bucket from being searched
        to the end."""
        reach = await in_thread(lambda: callers.place_of(caller, asked, now=timezone.now()))
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch(self._bell, caller, asked, reach))
            async with aclosing(run_somewhere(asked, now=timezone.now())) as words:
                async for word in words:
                    if isinstance(word, Complete):
                        watching.cancel()
                        return {"listed": word.listed, **await _age_of(reach)}
                    if isinstance(word, Failed):
                        raise word.problem
                    await self._pass_on(number, str(asked.bucket_id), word)
        raise AssertionError("every search has an end")

    async def _pass_on(self, number: int, bucket: str, word: Word | Slowly) -> None:
        match word:
            case Lines(items):
                await self._say_in_turn(
                    f'{{"type":"results","search":{number},"bucket":"{bucket}","items":[{items}]}}'
                )
            case Traversing(folder, listed):
                await self._tell(number, bucket=bucket, type="traversing", folder=folder, listed=listed)
            case CacheHit(folder, hits):
                await self._tell(number, bucket=bucket, type="cache_hit", folder=folder, count=hits)
            case Slowly():
                await self._tell(number, bucket=bucket, type="slow")
            case FolderDone(folder):
                await self._tell(number, bucket=bucket, type="folder_done", folder=folder)

    async def _tell(self, number: int, **told: object) -> None:
        await self._say_in_turn(json.dumps({**told, "search": number}, ensure_ascii=False))

    async def _say_in_turn(self, text: str) -> None:
        """The line is given in turn to whoever asked for it first, so that no bucket's hits crowd the others' out."""
        async with self._line:
            await self.say(text)


def _order(message: dict[str, Any], caller: Caller) -> Order | None:
    """The search a message asks for; None when it asks to stop one. Raises Malformed."""
    match message.get("type"):
        case "search":
            return order_of(message, user_id=caller.user_id)
        case "stop":
            number_of(message)
            return None
    raise Malformed("type", "This must be search or stop.")


async def _age_of(reach: Reach) -> dict[str, object]:
    with suppress(Error, PoolTimeout):
        found = await in_thread(lambda: listed_at([reach]))
        return {"indexed_at": found[reach.bucket_id].isoformat()} if found else {}
    return {}


def _number(message: dict[str, Any]) -> int:
    with suppress(Malformed):
        return number_of(message)
    return 0
