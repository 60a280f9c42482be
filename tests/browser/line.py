"""A line to the S3 server that can be cut, held, or slowed down, so that an outage is a real one."""

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit


class Line:
    """A TCP forwarder on loopback. Signatures pass, since the Host header stays as it was sent."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._flow = threading.Event()
        self._flow.set()
        self._is_cut = False
        self.bytes_per_second: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def cut(self) -> None:
        """Resets every connection, and each new one at once, until `mend`."""
        self._is_cut = True
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Lets nothing through, and closes nothing, until `mend`."""
        self._flow.clear()

    def mend(self) -> None:
        """Lets everything through again, as fast as it comes."""
        self._is_cut = False
        self.bytes_per_second = None
        self._flow.set()

    def close(self) -> None:
        self.mend()
        self.cut()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                self._flow.wait()
                if self.bytes_per_second:
                    time.sleep(len(data) / self.bytes_per_second)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        # Both directions come here; whoever closes first leaves the other nothing to wait for.
        for end in (source, sink):
            self._open.discard(end)
            end.close()
