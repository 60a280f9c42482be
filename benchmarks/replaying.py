"""The product's sockets before searches that cost nothing: what they find was made when the process began.

Whatever a search through the wire's socket looks for, it finds `ROWS` files, in the pieces in which a lister sends them; what
is left to measure is the socket. Beside it, at `/plain`, stands the plainest consumer there is: a message of JSON for each.

Run as a program it is a lister that finds them, for a web process as it always is: then their way by Redis is measured, too.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, Final

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.management import call_command
from django.urls import path

from mediabridge import asgi, sockets
from search import worker
from search.asking import Asked
from search.consumers import wire
from search.events import Complete
from search.hits import FILE, Hit
from search.lines import item_of, lines_of
from search.running import Lines, Word
from search.streams import MOST_ROWS

ROWS: Final = 100_000
_AT: Final = datetime(2025, 3, 7, 12, 30, tzinfo=UTC)


def _hits() -> list[Hit]:
    return [
        Hit(FILE, f"archive/2025/region-{number // 20_000}/day-{number // 20:04d}/", f"photo-{number:06d}-berlin.jpg",
            1_000 + number, _AT, "STANDARD", "image")
        for number in range(ROWS)
    ]  # fmt: skip


_found: Final = _hits()
_items: Final = [item_of(hit, root="") for hit in _found]
_words: Final = [
    Lines.of(lines_of(_found[start : start + MOST_ROWS], root="")) for start in range(0, ROWS, MOST_ROWS)
]


async def replayed(asked: Asked, **how: object) -> AsyncGenerator[Word, None]:
    """All words of a search at once."""
    for word in _words:
        yield word
    yield Complete(ROWS)


class PlainRows(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Says every item in a message of its own, as Channels' own documentation does it."""

    async def receive_json(self, content: Any, **more: Any) -> None:
        for item in _items:
            await self.send_json({"type": "result", "item": item})
        await self.send_json({"type": "complete"}, close=True)


if __name__ == "__main__":
    worker.run = replayed
    call_command("lister")

wire.run_somewhere = replayed
application = ProtocolTypeRouter(
    {
        "http": asgi.application,
        "websocket": URLRouter([path("plain", PlainRows.as_asgi()), *sockets.socket_patterns]),  # type: ignore[arg-type,list-item]
    }
)
