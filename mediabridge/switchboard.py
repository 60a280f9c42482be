"""How what happened at one process reaches the sockets of all: each process has one listener at the channel layer.

One for all sockets, since a layer that hears for each of them may keep a message back for seconds when one goes.
"""

import asyncio
import logging
import random
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

GROUP = "sessions"
AGAIN_AFTER = 10.0
REJOIN_EVERY = 5.0
"""Seconds after which membership of the group is renewed: a Redis that was restarted forgot it, and nobody says so."""
TELL_WITHIN = 1.0

_AWAY = (RedisError, OSError)


class Switchboard:
    """Whose sockets are open at this process. `heard` grows with everything that is told."""

    def __init__(self) -> None:
        self.heard = 0
        self._sockets: dict[UUID, set[asyncio.Event]] = {}
        self._listener: asyncio.Task[None] | None = None

    def add(self, user_id: UUID, told: asyncio.Event) -> None:
        """From now on `told` is set whenever something happened to sessions of this person."""
        self._sockets.setdefault(user_id, set()).add(told)
        listener = self._listener
        if listener is None or listener.done() or listener.get_loop() is not asyncio.get_running_loop():
            self._listener = asyncio.create_task(self._listen())
            self._listener.add_done_callback(_complain)

    def remove(self, user_id: UUID, told: asyncio.Event) -> None:
        mine = self._sockets.get(user_id, set())
        mine.discard(told)
        if not mine:
            self._sockets.pop(user_id, None)

    def count(self, user_id: UUID) -> int:
        """How many sockets this person holds open here."""
        return len(self._sockets.get(user_id, ()))

    def tell(self, *people: UUID) -> None:
        """Has the sockets of `people` look at their sessions."""
        self.heard += 1
        for user_id in people:
            for told in self._sockets.get(user_id, ()):
                told.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear(get_channel_layer())
            except _AWAY:
                await asyncio.sleep(AGAIN_AFTER * random.uniform(0.8, 1.2))  # noqa: S311 - nothing secret

    async def _hear(self, layer: Any) -> None:
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        # What happened before we listened nobody told us.
        self.tell(*self._sockets)
        coming = asyncio.ensure_future(layer.receive(channel))
        try:
            while True:
                await asyncio.wait({coming}, timeout=REJOIN_EVERY)
                if coming.done():
                    self.tell(UUID(coming.result()["person"]))
                    coming = asyncio.ensure_future(layer.receive(channel))
                else:
                    await layer.group_add(GROUP, channel)
        finally:
            coming.cancel()


board = Switchboard()


def tell_sockets(*, user_id: UUID, **_: Any) -> None:
    """Has every socket of this person look at its session now. Without Redis each does so by itself, a little later."""
    try:
        async_to_sync(_tell)(user_id)
    except _AWAY as problem:
        log.warning("Sockets could not be told at once that sessions ended: %s", type(problem).__name__)


async def _tell(user_id: UUID) -> None:
    async with asyncio.timeout(TELL_WITHIN):
        await get_channel_layer().group_send(GROUP, {"type": "look", "person": user_id.hex})


def _complain(task: "asyncio.Task[None]") -> None:
    problem = None if task.cancelled() else task.exception()
    if problem is not None:
        log.error("Nobody listens for ended sessions any more.", exc_info=problem)
