"""Where a search runs: in the lister processes, or in this one while there are none."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Final

from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import RequestBudget
from search.asking import Asked
from search.running import Budgets, Word, run

AT_ONCE_HERE: Final = 4
"""Requests in flight to one bucket from a process that serves pages."""

_budgets = Budgets(lambda _: RequestBudget(at_once=AT_ONCE_HERE))


async def run_somewhere(asked: Asked, *, now: datetime) -> AsyncGenerator[Word, None]:
    """The whole of a search, as `search.running.run` tells it."""
    async with (
        AsyncTransport() as transport,
        aclosing(run(asked, transport=transport, budgets=_budgets, now=now)) as words,
    ):
        async for word in words:
            yield word
