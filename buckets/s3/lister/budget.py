"""How much a bucket is asked at once and a second. Whoever lists the same bucket in one process shares a budget."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

AT_ONCE = 64
"""Requests in flight by default: more make a listing hardly faster, but waste more."""

FOREIGN_PER_SECOND = 250.0
"""Requests a second by default where the store is not AWS: other stores advise no more for a bucket."""

_GROWTH = 1.0
_ONE_BURST = 0.25


class Budget(Protocol):
    """What a listing asks before each request. An implementation may share its numbers among processes."""

    @property
    def at_once(self) -> int:
        """How many requests may be in flight at the moment, by everybody together; at least 1."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """One request's turn: entered when it may be sent, left when it was answered."""

    def slow_down(self, *, sent_at: float) -> None:
        """The store said that it is too much, to a request that was sent at this moment of the monotonic clock."""


class RequestBudget:
    """The budget of one bucket in one process: at most `at_once` in flight and `per_second` a second (None: as they come).

    When the store says SlowDown, half as many may be in flight, then one more each second. First come, first served.
    """

    def __init__(self, *, at_once: int = AT_ONCE, per_second: float | None = None) -> None:
        self._most = at_once
        self._allowed = float(at_once)
        self._grown_at = 0.0
        self._halved_at = -1.0
        self._apart = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._in_flight = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self.most_in_flight = 0

    @classmethod
    def for_endpoint(cls, endpoint_url: str) -> "RequestBudget":
        """The default for a bucket there; an empty URL is AWS."""
        return cls(per_second=FOREIGN_PER_SECOND if endpoint_url else None)

    @property
    def is_in_use(self) -> bool:
        """Whether anything is in flight or waits to be."""
        return bool(self._in_flight or self._queue)

    def resize(self, *, at_once: int, per_second: float | None) -> None:
        """From now on this much, as the share of one process among several. What the store said of its load still counts."""
        was_full = self._allowed >= self._most
        self._most = at_once
        self._allowed = float(at_once) if was_full else min(self._allowed, float(at_once))
        self._apart = 1 / per_second if per_second else 0.0
        self._wake()

    @property
    def at_once(self) -> int:
        if self._allowed < self._most:
            now = time.monotonic()
            self._allowed = min(float(self._most), self._allowed + (now - self._grown_at) * _GROWTH)
            self._grown_at = now
        return max(1, int(self._allowed))

    def slow_down(self, *, sent_at: float) -> None:
        # What was sent before the last halving says nothing about what is sent since.
        if sent_at > self._halved_at:
            self._allowed = max(1.0, self.at_once / 2)
            self._halved_at = self._grown_at = time.monotonic()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        await self._enter()
        try:
            await self._pace()
            yield
        finally:
            self._in_flight -= 1
            self._wake()

    async def _enter(self) -> None:
        if self._in_flight >= self.at_once or self._queue:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queue.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._in_flight -= 1
                    self._wake()
                else:
                    self._queue.remove(turn)
                raise
        else:
            self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)

    def _wake(self) -> None:
        while self._queue and self._in_flight < self.at_once:
            turn = self._queue.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)

    async def _pace(self) -> None:
        """Waits until the next request may be sent; what was not used a quarter of a second ago may be sent now."""
        if not self._apart:
            return
        now = time.monotonic()
        self._next = max(self._next, now - _ONE_BURST) + self._apart
        if self._next > now:
            await asyncio.sleep(self._next - now)
