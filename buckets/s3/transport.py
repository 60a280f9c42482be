"""The one way bytes travel to a store and back: pooled, never redirected, and never longer than a deadline allows.

A timeout of a socket only bounds the pause between two bytes. A store that sends a byte every four seconds would hold a
thread for ever, so a body is read against a deadline.
"""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from buckets.endpoints import addresses_of, is_private
from buckets.s3.errors import PrivateAddress, S3Unavailable
from buckets.s3.translation import failure, refusal

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
_CHUNK = 64 * 1024
_LONGEST_ANSWER = 16 * 1024 * 1024
_LONGEST_REFUSAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment (of the monotonic clock) after which nobody waits any more."""

    at: float

    @classmethod
    def in_seconds(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left; negative afterwards."""
        return self.at - time.monotonic()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store answered. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    action: str,
    deadline: Deadline,
    longest: int = _LONGEST_ANSWER,
    refuse: bool = True,
) -> Answer:
    """The whole answer to one request. `action` is the IAM action it needs, for errors; `longest` is in bytes.

    With `refuse=False` an answer of 300 or more comes back like any other. Raises S3Error.
    """
    if deadline.left <= 0:
        raise S3Unavailable(action=action, code="deadline")
    timeout = urllib3.Timeout(
        connect=min(CONNECT_SECONDS, deadline.left), read=min(READ_SECONDS, deadline.left)
    )
    try:
        response = _pools().request(
            method,
            url,
            headers=dict(headers),
            body=body or None,
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            read = _read(response, deadline, longest if response.status < 300 else _LONGEST_REFUSAL)
        except BaseException:
            response.close()
            raise
        response.release_conn()
    except HTTPError as error:
        raise failure(error, action=action) from None
    answer = Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, read)
    if refuse and answer.status >= 300:
        raise refusal(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            action=action,
            now=datetime.now(UTC),
        )
    return answer


def _read(response: urllib3.BaseHTTPResponse, deadline: Deadline, longest: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > longest:
            raise ProtocolError("The answer is longer than any honest one.")
        if deadline.left <= 0:
            raise ReadTimeoutError(None, "", "The answer came too slowly.")  # type: ignore[arg-type]
    if response.length_remaining:
        raise ProtocolError("The answer was cut short.")
    return b"".join(pieces)


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        _refuse_private_name(self.host)
        return _refuse_private_peer(super()._new_conn(), self.host)


class _EncryptedConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        _refuse_private_name(self.host)
        return _refuse_private_peer(super()._new_conn(), self.host)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _EncryptedConnection


def _refuse_private_name(host: str) -> None:
    """Raises PrivateAddress. A name that was public when it was saved may not stay so."""
    if not _may_be_private(host) and any(is_private(address) for address in addresses_of(host)):
        raise PrivateAddress(code="private")


def _refuse_private_peer(connected: socket.socket, host: str) -> socket.socket:
    """The socket, unless the name changed its meaning between the question and the connection."""
    if not _may_be_private(host) and is_private(connected.getpeername()[0]):
        connected.close()
        raise PrivateAddress(code="private")
    return connected


def _may_be_private(host: str) -> bool:
    return bool(settings.ALLOW_PRIVATE_ENDPOINTS) or host == urlsplit(settings.S3_ENDPOINT_URL).hostname


@cache
def _pools() -> urllib3.PoolManager:
    pools = urllib3.PoolManager(num_pools=64, maxsize=16)
    pools.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}
    return pools
