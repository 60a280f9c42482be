"""What both sockets have: messages that are read strictly, and words that are sent no faster than they are taken."""

import asyncio
from typing import Any, Final

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from mediabridge.wire import json_body
from search.streams import end

LONGEST_MESSAGE: Final = 64 * 1024
TAKEN_WITHIN: Final = 30.0
"""Seconds a client may take to read what there is for it, before it counts as gone."""
DONE, TRY_LATER, UNEXPECTED, SIGNED_OUT = 1000, 1013, 4400, 4401


class ReaderGone(Exception):
    """The client reads no longer what is sent to it."""


class Speaker(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A socket whose life is one task, `_task`, which ends with it."""

    # Channels would give each socket a listener of its own, and end the socket with the first trouble of its layer.
    channel_layer_alias = ""
    _task: "asyncio.Task[None] | None" = None

    async def disconnect(self, code: int) -> None:
        if self._task is not None:
            await end(self._task)

    async def say(self, text: str) -> None:
        """Returns when the client's line has taken it. Raises ReaderGone when it doesn't."""
        try:
            async with asyncio.timeout(settings.SEARCH_READER_PATIENCE):
                await self.send(text_data=text)
        except OSError:  # too slow, or hung up in this very moment
            raise ReaderGone from None


def read_message(said: str | bytes) -> dict[str, Any]:
    """The JSON object in a message. Raises Malformed."""
    if not isinstance(said, str):
        raise json_body.Malformed("A message must be text.")
    raw = said.encode(errors="surrogatepass")
    if len(raw) > LONGEST_MESSAGE:
        raise json_body.Malformed("This message is too long.")
    read = json_body.read(raw)
    if not isinstance(read, dict):
        raise json_body.Malformed("A message must be a JSON object.")
    return read


def first_of(problems: BaseExceptionGroup[Exception]) -> Exception:
    """The first problem of a group, however deep."""
    problem: Exception | BaseExceptionGroup[Exception] = problems
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem
