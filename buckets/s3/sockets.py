"""Connections to stores: to permitted addresses only, and read against a deadline.

A timeout of a socket only bounds the pause between two bytes. A store that sends a byte every four seconds would hold a
thread for ever, so every piece, of headers and body alike, is awaited no longer than the deadline allows.
"""

import io
import socket
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from buckets.endpoints import addresses_of, is_private
from buckets.s3.deadline import reading_until
from buckets.s3.errors import PrivateAddress

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
_BUFFER = 64 * 1024


class _TimedReader(io.RawIOBase):
    """What a socket sends, each piece awaited until the deadline at most."""

    def __init__(self, raw: io.RawIOBase, connected: socket.socket) -> None:
        self._raw = raw
        self._connected = connected

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = reading_until.get().left
        if left <= 0:
            raise TimeoutError("The answer came too slowly.")
        self._connected.settimeout(min(READ_SECONDS, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock.makefile("rb", buffering=0), sock), _BUFFER)


class _PlainConnection(HTTPConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        _refuse_private_name(self.host)
        return _refuse_private_peer(super()._new_conn(), self.host)


class _EncryptedConnection(HTTPSConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        _refuse_private_name(self.host)
        return _refuse_private_peer(super()._new_conn(), self.host)


class PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _EncryptedConnection


def _refuse_private_name(host: str) -> None:
    """Raises PrivateAddress. A name that was public when it was saved may not stay so."""
    if not may_be_private(host) and any(is_private(address) for address in addresses_of(host)):
        raise PrivateAddress(code="private")


def _refuse_private_peer(connected: socket.socket, host: str) -> socket.socket:
    """The socket, unless the name changed its meaning between the question and the connection."""
    if not may_be_private(host) and is_private(connected.getpeername()[0]):
        connected.close()
        raise PrivateAddress(code="private")
    return connected


def may_be_private(host: str) -> bool:
    """Whether this host may mean an address inside a private network: the operator allows it, or named it."""
    return bool(settings.ALLOW_PRIVATE_ENDPOINTS) or host == urlsplit(settings.S3_ENDPOINT_URL).hostname
