"""Bytes on a connection, exactly as written, and what comes back."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 30.0
"""Seconds to wait for an answer before the server counts as silent."""


@dataclass(frozen=True)
class Reply:
    """What came back until the server closed; `status` is 0 when it closed without a word."""

    status: int
    head: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.head}\n{self.body}"


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    return socket.create_connection((parts.hostname, parts.port or 80), timeout=PATIENCE)


def tell(url: str, sent: bytes) -> Reply:
    """Sends these bytes, says that there is no more, and reads to the end."""
    with connected(url) as line:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before it had heard all
            line.sendall(sent)
        return _read(line)


def _read(line: socket.socket) -> Reply:
    received = b""
    with suppress(ConnectionResetError):
        while piece := line.recv(65536):
            received += piece
    head, _, body = received.decode("latin-1").partition("\r\n\r\n")
    words = head.split(" ", 2)
    return Reply(int(words[1]) if len(words) > 1 and words[1].isdigit() else 0, head, body)


def request(
    method: bytes, target: bytes, *headers: bytes, body: bytes = b"", host: bytes | None = b"127.0.0.1"
) -> bytes:
    """A request of these parts, one after which the server closes."""
    lines = [method + b" " + target + b" HTTP/1.1", *([b"Host: " + host] if host is not None else [])]
    if body and not any(
        header.lower().startswith((b"content-length", b"transfer-encoding")) for header in headers
    ):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, *headers, b"Connection: close", b"", body])
