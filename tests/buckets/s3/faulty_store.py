"""A tiny store that fails on purpose: real sockets, real bytes, one thread a connection."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, "FaultyStore"], None]

EMPTY_LISTING = (
    '<?xml version="1.0"?><ListBucketResult><Name>b</Name><KeyCount>0</KeyCount>'
    "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated></ListBucketResult>"
)


def answer(status: int, body: str | bytes = "", **headers: str) -> Behaviour:
    """Answers with this status, body and headers (`x_amz_date=` becomes `x-amz-date`)."""
    content = body.encode() if isinstance(body, str) else body

    def behave(client: socket.socket, store: "FaultyStore") -> None:
        lines = [f"HTTP/1.1 {status} Whatever", "connection: close"]
        if "content_length" not in headers:
            lines.append(f"content-length: {len(content)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        client.sendall("\r\n".join([*lines, "", ""]).encode() + content)

    return behave


def refusal(status: int, code: str, extra: str = "", **headers: str) -> Behaviour:
    """Answers as S3 refuses."""
    return answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code>{extra}</Error>", **headers)


def listing(body: str | bytes = EMPTY_LISTING) -> Behaviour:
    return answer(200, body)


def cut(body: str | bytes = EMPTY_LISTING, *, at: int = 60) -> Behaviour:
    """Promises the whole body and closes the connection in the middle of it."""
    content = body.encode() if isinstance(body, str) else body
    return answer(200, content[:at], content_length=str(len(content)))


def reset(client: socket.socket, store: "FaultyStore") -> None:
    """Sends a part of an answer's first line, then a TCP reset."""
    client.sendall(b"HTTP/1.1 2")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(client: socket.socket, store: "FaultyStore") -> None:
    """Speaks something else than HTTP."""
    client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def stall(client: socket.socket, store: "FaultyStore") -> None:
    """Says nothing until the store closes."""
    store.closing.wait(30)


def drip(client: socket.socket, store: "FaultyStore") -> None:
    """Sends its body a byte at a time, always just before a timeout of the socket."""
    client.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")
    while not store.closing.wait(0.05):
        client.sendall(b" ")


def drip_headers(client: socket.socket, store: "FaultyStore") -> None:
    """Sends headers without end, a byte at a time."""
    client.sendall(b"HTTP/1.1 200 OK\r\nx-endless: ")
    while not store.closing.wait(0.05):
        client.sendall(b".")


@dataclass
class FaultyStore:
    """Behaves as told, one behaviour a request; the last one goes on for ever. `requests` and `bodies` are what it got."""

    behaviours: list[Behaviour] = field(default_factory=lambda: [listing()])
    tls: ssl.SSLContext | None = None
    requests: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "FaultyStore":
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            wrapped = self.tls.wrap_socket(client, server_side=True) if self.tls else client
            with wrapped:
                head, body = self._read_request(wrapped)
                if not head:
                    return
                with self._lock:
                    self.requests.append(head)
                    self.bodies.append(body)
                    behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
                behaviour(wrapped, self)

    def _read_request(self, client: socket.socket) -> tuple[str, str]:
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(65536) or b"\r\n\r\n"
        head, _, body = data.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
        while len(body) < int(fields.get("content-length", 0)) and (more := client.recv(65536)):
            body += more
        return head.decode(), body.decode(errors="replace")


class PlainSpeaker(FaultyStore):
    """Answers whatever arrives in plain HTTP at once, as a web server does that is greeted in TLS; its `url` says https."""

    @property
    def url(self) -> str:
        return super().url.replace("http://", "https://")

    def _read_request(self, client: socket.socket) -> tuple[str, str]:
        client.recv(65536)
        return "GET / HTTP/1.1", ""
