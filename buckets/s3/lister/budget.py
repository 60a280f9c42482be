"""How much a bucket is asked at once and a second. Whoever lists the same bucket in one process shares a budget."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from buckets.s3.lister.waits import Waits

AT_ONCE = 64
"""Requests in flight by default: more make a listing hardly faster, but waste more."""

FOREIGN_PER_SECOND = 250.0
"""Requests a second by default where the store is not AWS: other stores advise no more for a bucket."""

_GROWTH = 1.0
_ONE_BURST = 0.25
_LEARNT_FROM = 1.0
_SHORTEST = 0.1
_ENOUGH = 10
_BACK_OFF = 0.9
_BOLDNESS = 0.1
_FORGOTTEN = 30.0


class Budget(Protocol):
    """What a listing asks before each request. An implementation may share its numbers among processes."""

    @property
    def at_once(self) -> int:
        """How many requests may be in flight at the moment, by everybody together; at least 1."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """One request's turn: entered when it may be sent, left when it was answered."""

    @property
    def answered_at(self) -> float:
        """When the store answered anything last, by the monotonic clock; 0 for never."""

    def slow_down(self, *, sent_at: float) -> None:
        """The store said that it is too much, to a request that was sent at this moment of the monotonic clock."""

    def lose(self, *, sent_at: float) -> None:
        """A request that was sent at this moment of the monotonic clock got no answer."""


class RequestBudget:
    """The budget of one bucket in one process: at most `at_once` in flight and `per_second` a second (None: as they come).

    When the store says SlowDown, it is asked from then on a little less often than it answered in the second before, and
    more boldly the longer it doesn't say so again. Where it had answered too little to tell, half as many may be in flight,
    then one more each second. A store that lets requests wait for each other has no more in flight than wait bearably
    (`Waits`). First come, first served.
    """

    def __init__(self, *, at_once: int = AT_ONCE, per_second: float | None = None) -> None:
        self._most = at_once
        self._allowed = float(at_once)
        self._grown_at = 0.0
        self._slowed_at = -1.0
        self._learnt: float | None = None
        self._answered: deque[float] = deque()
        self._busy_since = 0.0
        self._waits = Waits()
        self._sent = 0
        self.answered_at = 0.0
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
        now = time.monotonic()
        if self._allowed < self._most:
            self._allowed = min(float(self._most), self._allowed + (now - self._grown_at) * _GROWTH)
            self._grown_at = now
        return max(1, int(min(self._allowed, self._waits.bearable(now))))

    def lose(self, *, sent_at: float) -> None:
        self._waits.lost(sent_at=sent_at, now=time.monotonic())

    def slow_down(self, *, sent_at: float) -> None:
        self.answered_at = time.monotonic()
        # What was sent before the last time it said so says nothing about what is sent since.
        if sent_at <= self._slowed_at:
            return
        now = time.monotonic()
        answered, lately = self._lately(now)
        if answered >= _ENOUGH:
            self._learnt = _BACK_OFF * min(answered / lately, self._rate(now) or answered / lately)
            self._next = now
        else:
            self._allowed = max(1.0, self.at_once / 2)
            self._grown_at = now
        self._slowed_at = now

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        await self._enter()
        try:
            await self._pace()
            self._sent += 1
            among, sent_at = self._sent, time.monotonic()
            try:
                yield
                self._note_answer(sent_at, among)
            finally:
                self._sent -= 1
        finally:
            self._in_flight -= 1
            self._wake()

    def _note_answer(self, sent_at: float, among: int) -> None:
        now = self.answered_at = time.monotonic()
        self._waits.answered(now - sent_at, among=among, now=now)
        if not self._answered or now - self._answered[-1] > _LEARNT_FROM:
            self._busy_since = now
        self._answered.append(now)
        while self._answered[0] < now - _LEARNT_FROM:
            self._answered.popleft()

    def _lately(self, now: float) -> tuple[int, float]:
        """How many requests were answered in the last second, or in the shorter time since they began to be."""
        count = sum(at > now - _LEARNT_FROM for at in self._answered)
        return count, min(_LEARNT_FROM, max(_SHORTEST, now - self._busy_since))

    def _rate(self, now: float) -> float | None:
        """Requests a second that the store is thought to bear; None while nothing speaks against more."""
        quiet = now - self._slowed_at
        if self._learnt is None or quiet > _FORGOTTEN:
            self._learnt = None
            return None
        return self._learnt * (1 + _BOLDNESS * quiet**2)

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
        now = time.monotonic()
        rate = self._rate(now)
        apart, burst = self._apart, _ONE_BURST
        if rate and 1 / rate > apart:
            apart, burst = 1 / rate, 0.0
        if not apart:
            return
        self._next = max(self._next, now - burst) + apart
        if self._next > now:
            await asyncio.sleep(self._next - now)
