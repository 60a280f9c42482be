"""The socket every open page holds: it tells the page that its session is over, and why. It takes nothing."""

import asyncio
import json
import logging
import random
from collections import Counter
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error
from django.http import parse_cookie
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from accounts import sessions

log = logging.getLogger(__name__)

SIGNED_OUT = 4401
UNEXPECTED = 4400
TOO_MANY = 4429
TRY_LATER = 1013
LOOK_EVERY = 30.0
"""Seconds after which a socket looks at its session, whether or not it was told to."""
LISTEN_AGAIN = 10.0
TELL_WITHIN = 1.0
MOST_A_PERSON = 200
"""Sockets one person may hold open at one process."""

_AWAY = (RedisError, OSError)
_open: Counter[UUID] = Counter()
# In threads of the loop's own: one slow answer of the database must not hold every other socket up.
_who_holds = database_sync_to_async(sessions.who_holds, thread_sensitive=False)


class PageSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """What PostgreSQL says of the session is the truth; a message from elsewhere only has the socket look at once.

    A stranger is let in for the one message that tells them so, since a browser hides from its page why a handshake
    failed.
    """

    # Channels would end the socket with the first trouble of its layer. This one listens by itself and outlives that.
    channel_layer_alias = ""
    _work: tuple["asyncio.Task[None]", ...] = ()
    _user_id: UUID | None = None

    async def connect(self) -> None:
        self._told = asyncio.Event()
        await self.accept()
        try:
            user_id, reason = await self._look()
        except (Error, PoolTimeout):
            await self.close(TRY_LATER)
            return
        if user_id is None:
            await self._say_goodbye(reason)
        elif _open[user_id] >= MOST_A_PERSON:
            await self.close(TOO_MANY)
        else:
            self._user_id = user_id
            _open[user_id] += 1
            self._work = (asyncio.create_task(self._listen(user_id)), asyncio.create_task(self._watch()))
            for task in self._work:
                task.add_done_callback(self._stopped)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nobody has anything to say here."""
        await self.close(UNEXPECTED)

    async def disconnect(self, code: int) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        if self._user_id is not None:
            _open[self._user_id] -= 1
            if not _open[self._user_id]:
                del _open[self._user_id]

    async def _watch(self) -> None:
        """Looks when told to, and in any case from time to time, until the session is over."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_about(LOOK_EVERY)):
                    await self._told.wait()
            self._told.clear()
            try:
                user_id, reason = await self._look()
            except (Error, PoolTimeout):
                continue  # Nobody knows at the moment; no request gets an answer either.
            if user_id != self._user_id:
                await self._say_goodbye(reason)
                return

    async def _listen(self, user_id: UUID) -> None:
        """Hears that something happened to this person's sessions, for as long as the channel layer is there."""
        while True:
            layer = get_channel_layer()
            try:
                channel = await layer.new_channel()
                await layer.group_add(group_of(user_id), channel)
                # What happened before we listened nobody told us.
                self._told.set()
                try:
                    while True:
                        await layer.receive(channel)
                        self._told.set()
                finally:
                    async with asyncio.timeout(TELL_WITHIN):
                        await layer.group_discard(group_of(user_id), channel)
            except _AWAY:
                await asyncio.sleep(_about(LISTEN_AGAIN))

    async def _look(self) -> tuple[UUID | None, str]:
        """Who holds this page's session, and why nobody does. Opened by somebody else, the page is over, too."""
        user, reason = await _who_holds(self._cookie(settings.SESSION_COOKIE_NAME))
        opened_by = parse_qs(self.scope["query_string"].decode("latin-1")).get("of", [""])[0]
        if user is None or opened_by not in ("", str(user.pk)):
            return None, reason
        return user.pk, ""

    def _cookie(self, name: str) -> str:
        header = next((value for key, value in self.scope["headers"] if key == b"cookie"), b"")
        return str(parse_cookie(header.decode("latin-1")).get(name, ""))

    def _stopped(self, task: "asyncio.Task[None]") -> None:
        problem = None if task.cancelled() else task.exception()
        if problem is not None:
            log.error("A socket stopped watching its session.", exc_info=problem)
            self._work = (*self._work, asyncio.create_task(self.close(TRY_LATER)))

    async def _say_goodbye(self, reason: str) -> None:
        await self.send(text_data=json.dumps({"type": "signed_out", "reason": reason}))
        await self.close(SIGNED_OUT)


def group_of(user_id: UUID) -> str:
    """The channel layer's name for all sockets of one person, on whatever process."""
    return f"person.{user_id.hex}"


def tell_sockets(*, user_id: UUID, **_: Any) -> None:
    """Has every socket of this person look at its session now. Without Redis each does so by itself, a little later."""
    try:
        async_to_sync(_tell)(user_id)
    except _AWAY as problem:
        log.warning("Sockets could not be told at once that sessions ended: %s", type(problem).__name__)


async def _tell(user_id: UUID) -> None:
    async with asyncio.timeout(TELL_WITHIN):
        await get_channel_layer().group_send(group_of(user_id), {"type": "look"})


def _about(seconds: float) -> float:
    """Roughly `seconds`, so that sockets opened together don't all look together."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret
