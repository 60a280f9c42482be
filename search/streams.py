"""Streams of events, brought together and cut into pieces of a good size."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any, Final, TypeVar

from search.events import Event, Found
from search.hits import Hit

T = TypeVar("T")

MOST_ROWS: Final = 100
MOST_WAIT: Final = 0.03
"""Seconds a hit waits for others to travel with."""
_AHEAD: Final = 4
_SAY_AGAIN_AFTER: Final = 0.5


async def merged(*streams: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """What all `streams` give, as it comes; a few are held at most. Ends with the last, or raises what one of them does."""
    coming: asyncio.Queue[T | _Over] = asyncio.Queue(_AHEAD)

    async def drain(stream: AsyncGenerator[T, None]) -> None:
        over = _Over()
        try:
            async with aclosing(stream):
                async for given in stream:
                    await coming.put(given)
        except Exception as problem:  # noqa: BLE001 - it is raised where the merged stream is taken
            over.problem = problem
        await coming.put(over)

    tasks = [asyncio.create_task(drain(stream)) for stream in streams]
    try:
        left = len(tasks)
        while left:
            given = await coming.get()
            if not isinstance(given, _Over):
                yield given
            elif given.problem is not None:
                raise given.problem
            else:
                left -= 1
    finally:
        await end(*tasks)


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancels these tasks and returns when they are over, however they ended.

    Said again until it is heard: before Python 3.12 `wait_for`, which Redis's client uses, may swallow a cancellation. Who is
    cancelled while waiting waits on, or what these tasks use would be closed under their hands.
    """
    going = {task for task in tasks if not task.done()}
    cancelled: asyncio.CancelledError | None = None
    until = 0.0
    while going:
        if (left := until - time.monotonic()) <= 0:
            left = _SAY_AGAIN_AFTER
            until = time.monotonic() + left
            for task in going:
                task.cancel()
        try:
            _, going = await asyncio.wait(going, timeout=left)
        except asyncio.CancelledError as problem:
            cancelled = problem
    for task in tasks:
        if not task.cancelled():
            task.exception()
    if cancelled is not None:
        raise cancelled


class _Over:
    """The end of one stream, and why."""

    problem: Exception | None = None


async def batched(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The same events, hits in batches: the first at once, then 100 of them, or those of 30 ms. What is told after a hit
    comes after it."""
    waiting: list[Hit] = []
    told = -math.inf
    coming: asyncio.Task[Event] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(events))
            left = max(0.0, told + MOST_WAIT - time.monotonic()) if waiting else None
            await asyncio.wait({coming}, timeout=left)
            event = None
            if coming.done():
                done, coming = coming, None
                try:
                    event = done.result()
                except StopAsyncIteration:
                    break
            if isinstance(event, Found):
                waiting += event.hits
                while len(waiting) >= MOST_ROWS:
                    told = time.monotonic()
                    yield Found(waiting[:MOST_ROWS])
                    waiting = waiting[MOST_ROWS:]
                continue
            if waiting:
                told = time.monotonic()
                yield Found(waiting)
                waiting = []
            if event is not None:
                yield event
        if waiting:
            yield Found(waiting)
    finally:
        if coming is not None:
            coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming
        await events.aclose()
