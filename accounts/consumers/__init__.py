"""The socket every open page holds: it tells the page that its session is over, and why. It takes nothing."""

import asyncio
import json
import logging
import random
from contextlib import suppress
from urllib.parse import parse_qs
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error
from django.http import parse_cookie
from psycopg_pool import PoolTimeout

from accounts.consumers.holders import holder_of
from mediabridge.switchboard import board

log = logging.getLogger(__name__)

SIGNED_OUT = 4401
UNEXPECTED = 4400
TOO_MANY = 4429
TRY_LATER = 1013
LOOK_EVERY = 30.0
"""Seconds after which a socket looks at its session although nobody told it to: nobody can while Redis is away."""
MOST_A_PERSON = 200
"""Sockets one person may hold open at one process."""


class PageSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """What PostgreSQL says of the session is the truth; a message from elsewhere only has the socket look at once.

    A stranger is let in for the one message that tells them so, since a browser hides from its page why a handshake
    failed.
    """

    # Channels would give each socket a listener of its own, and end the socket with the first trouble of its layer.
    channel_layer_alias = ""
    _user_id: UUID | None = None
    _watching: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        self._told = asyncio.Event()
        await self.accept()
        heard = board.heard
        try:
            user_id, reason = await self._look()
        except (Error, PoolTimeout):
            await self.close(TRY_LATER)
            return
        if user_id is None:
            await self._say_goodbye(reason)
        elif board.count(user_id) >= MOST_A_PERSON:
            await self.close(TOO_MANY)
        else:
            self._user_id = user_id
            board.add(user_id, self._told)
            if board.heard != heard:
                self._told.set()
            self._watching = asyncio.create_task(self._watch())
            self._watching.add_done_callback(self._stopped)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nobody has anything to say here."""
        await self.close(UNEXPECTED)

    async def disconnect(self, code: int) -> None:
        if self._user_id is not None:
            board.remove(self._user_id, self._told)
        if self._watching is not None:
            self._watching.cancel()

    async def _watch(self) -> None:
        """Looks when told to, and in any case from time to time, until the session is over."""
        while True:
            with suppress(TimeoutError):
                # Not all at once, though they were opened together.
                async with asyncio.timeout(LOOK_EVERY * random.uniform(0.8, 1.2)):  # noqa: S311 - nothing secret
                    await self._told.wait()
            self._told.clear()
            try:
                user_id, reason = await self._look()
            except (Error, PoolTimeout):
                continue  # Nobody knows at the moment; no request gets an answer either.
            if user_id != self._user_id:
                await self._say_goodbye(reason)
                return

    async def _look(self) -> tuple[UUID | None, str]:
        """Who holds this page's session, and why nobody does. Opened by somebody else, the page is over, too."""
        user, reason = await holder_of(self._cookie(settings.SESSION_COOKIE_NAME))
        opened_by = parse_qs(self.scope["query_string"].decode("latin-1")).get("of", [""])[0]
        if user is None or opened_by not in ("", str(user.pk)):
            return None, reason
        return user.pk, ""

    def _cookie(self, name: str) -> str:
        header = next((value for key, value in self.scope["headers"] if key == b"cookie"), b"")
        return str(parse_cookie(header.decode("latin-1")).get(name, ""))

    async def _say_goodbye(self, reason: str) -> None:
        await self.send(text_data=json.dumps({"type": "signed_out", "reason": reason}))
        await self.close(SIGNED_OUT)

    def _stopped(self, task: "asyncio.Task[None]") -> None:
        problem = None if task.cancelled() else task.exception()
        if problem is not None:
            log.error("A socket stopped watching its session.", exc_info=problem)
            self._watching = asyncio.create_task(self.close(TRY_LATER))
