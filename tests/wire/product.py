"""The product behind daphne on a real socket, in a thread of the test's own process.

No process is started and nothing needs to be committed: while a test waits for its answer, the threads that serve it use
the test's own database connection, and see what it changed in settings, caches and mailbox.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from daphne.server import Server
from django.db import DEFAULT_DB_ALIAS, connections
from twisted.internet import reactor

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]
Peer = tuple[str, int]
PATIENCE = 30


class Product:
    """Where it listens, and which clients it is still busy for."""

    host = "127.0.0.1"

    def __init__(self, application: Application) -> None:
        self._application = application
        self._busy: set[Peer] = set()
        self._changed = threading.Condition()
        self._server = Server(
            self._serve,
            endpoints=[f"tcp:port=0:interface={self.host}"],
            signal_handlers=False,
            server_name="",
        )
        self._thread = threading.Thread(target=self._server.run, name="daphne", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.listening_addresses[0][1])

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + PATIENCE
        while not (self._server.listening_addresses and reactor.running):  # type: ignore[attr-defined]
            assert time.monotonic() < until, "daphne does not listen"
            time.sleep(0.005)

    def stop(self) -> None:
        reactor.callFromThread(reactor.stop)  # type: ignore[attr-defined]
        self._thread.join(PATIENCE)

    def await_rest(self, peer: Peer) -> None:
        """Waits for what the product does for `peer` after its answer is out, such as giving its connection back."""
        with self._changed:
            assert self._changed.wait_for(lambda: peer not in self._busy, PATIENCE), "it is still busy"

    async def _serve(self, scope: Scope, receive: Any, send: Any) -> None:
        peer = tuple(scope["client"])
        self._busy.add(peer)
        try:
            await self._application(scope, receive, send)
        finally:
            with self._changed:
                self._busy.discard(peer)
                self._changed.notify_all()


class _Storage:
    """Keeps connections as Django does, one for a thread; but what is lent is everybody's."""

    def __init__(self, own: Any) -> None:
        self.__dict__.update(own=own, lent={})

    def __getattr__(self, alias: str) -> Any:
        lent = self.__dict__["lent"].get(alias)
        return lent if lent is not None else getattr(self.__dict__["own"], alias)

    def __setattr__(self, alias: str, connection: Any) -> None:
        setattr(self.__dict__["own"], alias, connection)

    def __delattr__(self, alias: str) -> None:
        delattr(self.__dict__["own"], alias)


@contextmanager
def connections_can_be_lent() -> Iterator[None]:
    """Lets `connection_is_lent` work for as long as it lasts."""
    usual = connections._connections
    connections._connections = _Storage(usual)
    try:
        yield
    finally:
        connections._connections = usual


def _leave_open() -> None:
    """Nothing: whose connection it is looks after it."""


@contextmanager
def connection_is_lent() -> Iterator[None]:
    """Gives every thread this thread's connection, when a transaction is open in it that nobody else can look into.

    A test that commits keeps its own, and so does every thread that serves it.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if not connection.in_atomic_block:
        yield
        return
    lent = connections._connections.lent
    connection.inc_thread_sharing()
    lent[DEFAULT_DB_ALIAS] = connection
    try:
        # Django looks at connections before and after each request, and closes one with a transaction in it.
        with patch.object(connection, "close_if_unusable_or_obsolete", _leave_open):
            yield
    finally:
        del lent[DEFAULT_DB_ALIAS]
        connection.dec_thread_sharing()
