"""Reading from the database in a thread, for somebody on the event loop who may lose interest at any moment."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event as Flag
from threading import Lock
from typing import Final, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")

_AHEAD: Final = 4
_LOOK_UP_EVERY: Final = 0.05
_CANCELLED_WITHIN: Final = 1.0
AT_ONCE: Final = 16
"""Threads that read in one process."""
_readers: Final = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="read")
_stoppers: Final = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stop")


class _Over:
    """The end, and why."""

    problem: Exception | None = None


async def from_thread(read: Callable[[], Iterator[T]]) -> AsyncGenerator[T, None]:
    """What `read` gives, from one thread of its own, read no further ahead than a few are taken.

    Closing it ends the thread's work soon, a statement that the database is still at included.
    """
    loop = asyncio.get_running_loop()
    coming: asyncio.Queue[T | _Over] = asyncio.Queue(_AHEAD)
    reading = _Reading()

    def hand_over(given: T | _Over) -> None:
        if reading.is_stopped():
            return
        handed = asyncio.run_coroutine_threadsafe(coming.put(given), loop)
        while not reading.is_stopped():
            with suppress(TimeoutError):
                handed.result(_LOOK_UP_EVERY)
                return
        handed.cancel()

    def work() -> None:
        if not reading.begin():
            return
        over = _Over()
        found = read()
        try:
            for given in found:
                hand_over(given)
                if reading.is_stopped():
                    break
        except Exception as problem:  # noqa: BLE001 - it is raised where the stream is taken
            over.problem = problem
        finally:
            reading.end()
            try:
                if isinstance(found, Generator):
                    found.close()
            finally:
                connections.close_all()
        hand_over(over)

    _readers.submit(work)
    try:
        while not isinstance(given := await coming.get(), _Over):
            yield given
        if given.problem is not None:
            raise given.problem
    finally:
        reading.stop()


class _Reading:
    """Whether somebody still wants what a thread reads; and how its statement is cancelled when nobody does."""

    def __init__(self) -> None:
        self._stopped, self._ended = Flag(), Flag()
        self._database: BaseDatabaseWrapper | None = None
        # Whoever holds it may cancel: the connection is still this thread's, and no other's statement is met.
        self._mine = Lock()

    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def begin(self) -> bool:
        """Said by the thread that is to read; whether it still should."""
        self._database = connections[DEFAULT_DB_ALIAS]
        return not self.is_stopped()

    def end(self) -> None:
        """Said by the thread that reads, before it gives its connection back."""
        with self._mine:
            self._ended.set()

    def stop(self) -> None:
        """Nobody wants it any more. A thread between two rows sees that by itself."""
        self._stopped.set()
        if self._database is not None and not self._ended.is_set():
            _stoppers.submit(self._break_off)

    def _break_off(self) -> None:
        # Said again until it is heard: it may come between two statements.
        while not self._ended.wait(_LOOK_UP_EVERY):
            with self._mine:
                held = None if self._ended.is_set() or self._database is None else self._database.connection
                if isinstance(held, psycopg.Connection):
                    with suppress(psycopg.Error):
                        held.cancel_safe(timeout=_CANCELLED_WITHIN)
