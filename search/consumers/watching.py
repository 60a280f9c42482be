"""Looking whether somebody may still see what is being found for them."""

import asyncio
import random
from contextlib import suppress
from typing import Final, NoReturn

from django.db import Error
from django.utils import timezone
from psycopg_pool import PoolTimeout

from buckets.paths import Reach
from search.asking import Asked
from search.consumers.callers import Caller, look_again
from search.running import in_thread

LOOK_EVERY: Final = 5.0
"""Seconds after which access is looked at again though nobody was told that anything happened."""


class Bell(asyncio.Event):
    """Rung by the switchboard for whoever holds a socket. Several may listen: each counts for itself."""

    rings = 0

    def set(self) -> None:
        self.rings += 1
        super().set()


async def watch(bell: Bell, caller: Caller, asked: Asked, reach: Reach) -> NoReturn:
    """Raises what ended the right to go on, soon after it ended: at once when the bell rings."""
    heard = bell.rings
    while True:
        if bell.rings == heard:
            bell.clear()
            with suppress(TimeoutError):
                # Not all at once, though they were opened together.
                async with asyncio.timeout(LOOK_EVERY * random.uniform(0.8, 1.2)):  # noqa: S311 - nothing secret
                    await bell.wait()
        heard = bell.rings
        # While the database is away nobody knows; no request gets an answer either.
        with suppress(Error, PoolTimeout):
            await in_thread(lambda: look_again(caller, asked, reach, now=timezone.now()))
