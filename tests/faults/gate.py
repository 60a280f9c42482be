"""A gate before a store: lets bytes through, or does to them what networks and stores do on bad days."""

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Mood = Literal["open", "stall", "reset", "slow_down"]
SLOW_DOWN = (
    b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
)


@dataclass
class Gate:
    """Listens on `url` and speaks with the store at `upstream`. Its `mood` may change at any time.

    `hold_next_listing` keeps the answer to the next ListObjectsV2 back until `let_go`, with the store's state of when it
    was asked in it; `held` is set as soon as one is kept.
    """

    upstream: str
    mood: Mood = "open"
    held: threading.Event = field(default_factory=threading.Event)
    requests: int = 0
    _holding: bool = False
    _go: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _open: set[socket.socket] = field(default_factory=set)

    def __enter__(self) -> "Gate":
        self._door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._go.set()
        self._door.close()
        self._drop_all()

    def turn(self, mood: Mood) -> None:
        """Changes the mood, also for connections that are open."""
        self.mood = mood
        self._drop_all()

    def hold_next_listing(self) -> None:
        self._go.clear()
        self.held.clear()
        self._holding = True

    def let_go(self) -> None:
        self._go.set()

    def _drop_all(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._attend, args=[client], daemon=True).start()

    def _attend(self, client: socket.socket) -> None:
        self._open.add(client)
        try:
            with client, suppress(OSError):
                asked = client.recv(65536)
                if asked:
                    self._answer(client, asked)
        finally:
            self._open.discard(client)

    def _answer(self, client: socket.socket, asked: bytes) -> None:
        self.requests += 1
        if self.mood == "stall":
            self._closing.wait(60)
        elif self.mood == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.mood == "slow_down":
            head = f"HTTP/1.1 503 Slow Down\r\nconnection: close\r\ncontent-length: {len(SLOW_DOWN)}\r\n\r\n"
            client.sendall(head.encode() + SLOW_DOWN)
        else:
            self._pass_on(client, asked)

    def _pass_on(self, client: socket.socket, asked: bytes) -> None:
        address = urlsplit(self.upstream)
        with socket.create_connection((address.hostname, address.port or 80)) as store:
            self._open.add(store)
            must_hold = self._must_hold(asked)
            store.sendall(asked)
            back = threading.Thread(target=self._pump, args=[store, client, must_hold], daemon=True)
            back.start()
            with suppress(OSError):
                while more := client.recv(65536):
                    store.sendall(more)
            with suppress(OSError):
                store.shutdown(socket.SHUT_WR)
            back.join()
            self._open.discard(store)

    def _must_hold(self, asked: bytes) -> bool:
        must_hold, self._holding = self._holding and b"list-type=2" in asked, self._holding
        if must_hold:
            self._holding = False
        return must_hold

    def _pump(self, store: socket.socket, client: socket.socket, must_hold: bool) -> None:
        with suppress(OSError):
            while answer := store.recv(65536):
                if must_hold:
                    self.held.set()
                    self._go.wait(30)
                client.sendall(answer)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)
