"""`python -m mediabridge.serving`: daphne, whose sockets wait for their readers.

Daphne takes whatever an application sends and keeps it in memory until the client has read it. Here sending to a socket
returns when its line has room again, so whoever sends to a slow reader is slow, too, and may count the seconds. Whoever sends to
one that has just hung up gets an OSError, as the specification of ASGI says.

And it hangs up on whoever sends more than it takes, where a client waits for a last word. Here the application is told.

Nor does it tell an application that it ends. This one speaks ASGI's lifespan protocol.
"""

# It installs the event loop everything else is to use.
import daphne.server  # isort: skip

import asyncio
import socket
from typing import Any, Final
from weakref import WeakKeyDictionary

from autobahn.exception import Disconnected
from daphne.cli import CommandLineInterface
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred

KERNEL_BYTES = 256 * 1024
"""What the system may hold for one socket; by itself it would grow to megabytes for a reader that has stopped."""


class Line:
    """What Twisted tells whether it has more to write than it likes to hold (64 KiB)."""

    def __init__(self) -> None:
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def room(self) -> None:
        """Returns when there is room again, or nobody at the other end any more."""
        await self._has_room.wait()

    def pauseProducing(self) -> None:
        self._has_room.clear()

    def resumeProducing(self) -> None:
        self._has_room.set()

    def stopProducing(self) -> None:
        self._has_room.set()


class CalmProtocol(WebSocketProtocol):  # type: ignore[misc]
    """Of a message longer than the limit nothing is kept. The application gets one that is too long by a byte, and empty of
    meaning, as soon as its length is known; what it then says, and whether it closes, is its own affair."""

    _is_too_long = False

    def _max_message_size_exceeded(self, size: int, limit: int, reason: str) -> None:
        self._is_too_long = True
        # So whatever else comes of this message is thrown away.
        self.failedByMe = True
        self.onMessage(bytes(limit + 1), self.message_is_binary)

    def onMessageEnd(self) -> None:
        super().onMessageEnd()
        if self._is_too_long:
            self._is_too_long = self.failedByMe = False


WebSocketFactory.protocol = CalmProtocol


TIDIED_WITHIN: Final = 5.0
"""Seconds that an application has for giving back what it holds when the server ends."""


class PatientServer(daphne.server.Server):  # type: ignore[misc]
    """Daphne's server, with a line for each open socket, and a word for the application when it begins and ends."""

    _life: "asyncio.Future[None] | None" = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lines: WeakKeyDictionary[Any, Line] = WeakKeyDictionary()

    def run(self) -> None:
        reactor.callWhenRunning(self.begin_life)
        super().run()

    def begin_life(self) -> None:
        """One that knows no lifespan goes without."""
        self._orders: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._orders.put_nowait({"type": "lifespan.startup"})
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        self._life = asyncio.ensure_future(self.application(scope, self._orders.get, _heard))
        self._life.add_done_callback(lambda life: life.cancelled() or life.exception())

    def kill_all_applications(self) -> Deferred[None]:
        killed: Deferred[None] = super().kill_all_applications()
        return killed.addCallback(lambda _: Deferred.fromFuture(asyncio.ensure_future(self._end_life())))

    async def _end_life(self) -> None:
        if self._life is not None:
            self._orders.put_nowait({"type": "lifespan.shutdown"})
            await asyncio.wait({self._life}, timeout=TIDIED_WITHIN)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        try:
            await super().handle_reply(protocol, message)
        except Disconnected:
            # The line is down, and the application will be told in a moment.
            raise ConnectionResetError("This socket's client has hung up.") from None
        if message["type"] == "websocket.accept" and protocol.transport is not None:
            self._lines[protocol] = _line_on(protocol.transport)
        elif message["type"] == "websocket.send" and (line := self._lines.get(protocol)) is not None:
            await line.room()


async def _heard(message: dict[str, Any]) -> None:
    """What an application says of its life changes nothing here."""


def _line_on(transport: Any) -> Line:
    line = Line()
    # The HTTP connection this was before would stop reading whenever there is much to write.
    transport.unregisterProducer()
    transport.registerProducer(line, True)
    transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
    return line


class CommandLine(CommandLineInterface):  # type: ignore[misc]
    server_class = PatientServer


if __name__ == "__main__":
    CommandLine.entrypoint()
