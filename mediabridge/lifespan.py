"""What is done when a server begins and ends, as ASGI tells it: what searches keep for the next one is given back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from search import runs

Messages = Callable[[], Awaitable[Mapping[str, Any]]]
Say = Callable[[dict[str, Any]], Awaitable[None]]


async def lifespan(scope: Mapping[str, Any], receive: Messages, send: Say) -> None:
    """The whole life of one server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await runs.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "lifespan.startup.complete"})
