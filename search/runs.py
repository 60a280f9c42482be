"""Where a search runs: with a lister; and in this process, at a few requests in flight, while no lister takes it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Final, NamedTuple

from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import RequestBudget
from search.asking import Asked
from search.exchange import NobodyTakesIt, exchange
from search.running import Budgets, Lines, Word, run
from search.words import Interrupted

AT_ONCE_HERE: Final = 4
"""Requests in flight to one bucket from a process that serves pages."""
REMEMBERED: Final = 50_000
"""Hits after which a search whose lister ended is not begun again: nobody could tell any more which were told."""
_TRIES: Final = 2

_budgets = Budgets(lambda _: RequestBudget(at_once=AT_ONCE_HERE))


class Slowly(NamedTuple):
    """From here on the search runs slowly: no lister has taken it."""


async def run_somewhere(asked: Asked, *, now: datetime) -> AsyncGenerator[Word | Slowly, None]:
    """The whole of a search, as `search.running.run` tells it, each hit once, whatever becomes of listers meanwhile.

    Raises Interrupted when its lister ended and too much was told already to begin again.
    """
    told = _Told()
    for _ in range(_TRIES):
        try:
            async with aclosing(exchange().search(asked)) as words:
                async for word in words:
                    if fresh := told.fresh(word):
                        yield fresh
                return
        except NobodyTakesIt:
            break
        except Interrupted:
            if told.is_too_much:
                raise
    yield Slowly()
    async with (
        AsyncTransport() as transport,
        aclosing(run(asked, transport=transport, budgets=_budgets, now=now)) as words,
    ):
        async for word in words:
            if fresh := told.fresh(word):
                yield fresh


class _Told:
    """Which hits were told, for a search that is begun again."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    @property
    def is_too_much(self) -> bool:
        return len(self._seen) >= REMEMBERED

    def fresh(self, word: Word) -> Word | None:
        """The word without the hits that were told before."""
        if not isinstance(word, Lines) or self.is_too_much:
            return word
        lines = tuple(line for line in word.lines if hash(line) not in self._seen)
        self._seen.update(map(hash, lines))
        return Lines(lines) if lines else None
