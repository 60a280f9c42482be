"""A socket held open by nobody's browser: what it is told, and when it is closed."""

import base64
import os
import selectors
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


@dataclass
class Ear:
    """An open socket at `url` (the product's origin). `status` is the handshake's; `closed_at` a monotonic time.

    `origin` is the page's: the product's own when it is None, not told at all when it is empty.
    """

    url: str
    cookie: str = ""
    path: str = "/ws/page"
    origin: str | None = None
    status: int = 0
    said: list[str] = field(default_factory=list)
    code: int | None = None
    closed_at: float | None = None
    _seen: bytes = b""

    def open(self) -> "Ear":
        host = urlsplit(self.url).netloc
        self.line = socket.create_connection(
            (host.partition(":")[0], int(host.rpartition(":")[2])), timeout=20
        )
        headers = {
            "Host": host,
            **({} if self.origin == "" else {"Origin": self.origin or self.url}),
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **({"Cookie": self.cookie} if self.cookie else {}),
        }
        lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self.line.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._seen:
            more = self.line.recv(4096)
            assert more, "the handshake was not answered"
            self._seen += more
        head, _, self._seen = self._seen.partition(b"\r\n\r\n")
        self.status = int(head.split()[1])
        return self

    def say(self, body: bytes, *, kind: int = TEXT) -> None:
        """Sends one frame, masked as clients must."""
        if len(body) < 126:
            size = bytes([0x80 | len(body)])
        elif len(body) < 65_536:
            size = b"\xfe" + struct.pack(">H", len(body))
        else:
            size = b"\xff" + struct.pack(">Q", len(body))
        self.line.sendall(bytes([0x80 | kind]) + size + b"\0\0\0\0" + body)

    def hear(self) -> None:
        """Takes what has come; called when there is something to read."""
        try:
            more = self.line.recv(65536)
        except OSError:
            more = b""
        self._seen += more
        while self.closed_at is None and (frame := self._frame()):
            kind, body = frame
            if kind == TEXT:
                self.said.append(body.decode())
            elif kind == PING:
                self.say(body, kind=PONG)
            elif kind == CLOSE:
                self.code = struct.unpack(">H", body[:2])[0]
                self.closed_at = time.monotonic()
        if not more and self.closed_at is None:
            self.closed_at = time.monotonic()

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame; the server's are not masked."""
        if len(self._seen) < 2:
            return None
        more = {126: 2, 127: 8}.get(self._seen[1], 0)
        start = 2 + more
        size = int.from_bytes(self._seen[2:start], "big") if more else self._seen[1]
        if len(self._seen) < start + size:
            return None
        kind, body = self._seen[0] & 15, self._seen[start : start + size]
        self._seen = self._seen[start + size :]
        return kind, body


def hear_all(ears: Iterable[Ear], *, seconds: float) -> None:
    """Listens to all `ears` until every one is closed, or for so long."""
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for ear in ears:
            if ear.closed_at is None:
                selector.register(ear.line, selectors.EVENT_READ, ear)
        while selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data.hear()
                if key.data.closed_at is not None:
                    selector.unregister(key.fileobj)
