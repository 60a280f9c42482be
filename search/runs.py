"""Where a search runs: with a lister; and in this process, at a few requests in flight, while no lister takes it."""

import asyncio
import time
from array import array
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import RequestBudget
from search.asking import Asked
from search.exchange import NobodyTakesIt, exchange, hang_up
from search.hands import Hands
from search.lines import identity_of
from search.running import Budgets, Lines, Word, run
from search.words import Interrupted

AT_ONCE_HERE: Final = 4
"""Requests in flight to one bucket from a process that serves pages."""
HANDS_HERE: Final = 8
"""Searches that list at once in such a process. The others wait; what is known is told all the same."""
REMEMBERED: Final = 10_000
"""Hits after which a search whose lister ended is not begun again: nobody could tell any more which were told."""
ANOTHER_WITHIN: Final = 6.0
"""Seconds that a search whose lister ended waits for one that takes its place."""
_TRIES: Final = 2
_PAUSE: Final = 0.5

_transports: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncTransport] = WeakKeyDictionary()
_budgets = Budgets(lambda _: RequestBudget(at_once=AT_ONCE_HERE))
_hands = Hands(HANDS_HERE)


class Slowly(NamedTuple):
    """From here on the search runs slowly: no lister has taken it."""


async def run_somewhere(asked: Asked, *, now: datetime) -> AsyncGenerator[Word | Slowly, None]:
    """The whole of a search, as `search.running.run` tells it, each hit once, whatever becomes of listers meanwhile.

    Raises Interrupted when its lister ended and too much was told already to begin again.
    """
    told = _Told()
    tries, until = 0, 0.0
    while tries < _TRIES:
        try:
            async with aclosing(exchange().search(asked)) as words:
                async for word in words:
                    if fresh := told.fresh(word):
                        yield fresh
                return
        except NobodyTakesIt:
            # A lister that is killed is started again; here the search would stay slow to its end.
            if time.monotonic() >= until:
                break
            await asyncio.sleep(_PAUSE)
        except Interrupted:
            if told.is_too_much:
                raise
            told.begin_again()
            tries, until = tries + 1, time.monotonic() + ANOTHER_WITHIN
    yield Slowly()
    transport = await _transport()
    async with aclosing(run(asked, transport=transport, budgets=_budgets, hands=_hands, now=now)) as words:
        async for word in words:
            if fresh := told.fresh(word):
                yield fresh


async def _transport() -> AsyncTransport:
    """That of the running event loop: making one takes longer than many a search."""
    loop = asyncio.get_running_loop()
    if loop not in _transports:
        _transports[loop] = await AsyncTransport().__aenter__()
    return _transports[loop]


async def close() -> None:
    """Gives back what searches of the running event loop keep for the next one."""
    await hang_up()
    if transport := _transports.pop(asyncio.get_running_loop(), None):
        await transport.__aexit__(None, None, None)


class _Told:
    """Which hits were told, for a search that is begun again; as long as they are few enough to remember."""

    def __init__(self) -> None:
        self._told = array("q")
        self._before: frozenset[int] = frozenset()
        self.is_too_much = False

    def begin_again(self) -> None:
        """From here on hits may come that were told before."""
        self._before = frozenset(self._told)

    def fresh(self, word: Word) -> Word | None:
        """The word without the hits that were told before."""
        if not isinstance(word, Lines) or (self.is_too_much and not self._before):
            return word
        lines = word.lines
        if self._before:
            lines = [line for line in lines if _hash(line) not in self._before]
            word = Lines.of(lines)
        self._told.extend(map(_hash, lines))
        if len(self._told) >= REMEMBERED:
            self.is_too_much = True
            del self._told[:]
        return word if lines else None


def _hash(line: str) -> int:
    return hash(identity_of(line))
