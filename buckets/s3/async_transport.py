"""The way of many requests at once to a store and back, for listings: the same guard as `transport`, on an event loop.

Never redirected, private addresses refused when connecting, no longer answer than any honest one, nothing of the machine's
environment followed. What fails ends as one of our errors.
"""

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from buckets.endpoints import is_private
from buckets.s3 import sockets
from buckets.s3.errors import PrivateAddress, S3Unavailable, Unreachable
from buckets.s3.translation import BROKEN_OFF, NO_HTTP, TIMEOUT, refusal, tls_failure

LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes. A thousand keys of 1,024 bytes, all of them percent-encoded, are 3.1 million, and leave 1,100 for each one's tags."""
_LONGEST_REFUSAL = 64 * 1024
_WHOLE_SECONDS = 30.0
_BUFFER = 1024 * 1024
_IDLE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class AsyncAnswer:
    """A whole answer below 300. `waited` is how many seconds its first byte took."""

    body: bytes
    waited: float


class AsyncTransport:
    """Pooled connections of one event loop; use it as `async with AsyncTransport() as transport`."""

    async def __aenter__(self) -> "AsyncTransport":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, resolver=_GuardedResolver(), ttl_dns_cache=60, keepalive_timeout=_IDLE_SECONDS,
                ssl=ssl.create_default_context(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False, read_bufsize=_BUFFER,
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
        )  # fmt: skip
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, url: str, *, headers: dict[str, str], action: str, patience: float) -> AsyncAnswer:
        """The answer to one GET of the already encoded `url`. `action` is the IAM action it needs, for errors.

        No pause may last longer than `patience` seconds, and the whole answer no longer than 30. Raises S3Error.
        """
        address = URL(url, encoded=True)
        _refuse_private_literal(address.host or "")
        timeout = aiohttp.ClientTimeout(
            total=_WHOLE_SECONDS, sock_connect=min(sockets.CONNECT_SECONDS, patience), sock_read=patience
        )
        started = time.monotonic()
        try:
            async with self._session.get(
                address, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                waited = time.monotonic() - started
                is_fine = response.status < 300
                body = await _read(response, LONGEST_ANSWER if is_fine else _LONGEST_REFUSAL)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _failure(error, action=action) from None
        if not is_fine:
            raise refusal(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=body,
                action=action,
                now=datetime.now(UTC),
            )
        return AsyncAnswer(body, waited)


class _GuardedResolver(AbstractResolver):
    """Resolves names to addresses the server may connect to; the connection goes to exactly the address that was checked."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not sockets.may_be_private(host) and any(is_private(one["host"]) for one in found):
            raise _Private(host)
        return found

    async def close(self) -> None:
        await self._inner.close()


class _Private(OSError):
    """A name that means an address where this server may not go."""


def _refuse_private_literal(host: str) -> None:
    """Raises PrivateAddress: an address written as such is not resolved, so nobody else would look at it."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not sockets.may_be_private(host) and is_private(host):
        raise PrivateAddress(code="private")


async def _read(response: aiohttp.ClientResponse, longest: int) -> bytes:
    is_fine = response.status < 300
    if is_fine and (response.content_length or 0) > longest:
        response.close()
        raise aiohttp.ClientPayloadError("The answer is longer than any honest one.")
    pieces: list[bytes] = []
    size = 0
    while piece := await response.content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > longest:
            response.close()
            if not is_fine:  # a web page: its beginning says that it is no refusal of S3's
                break
            raise aiohttp.ClientPayloadError("The answer is longer than any honest one.")
    return b"".join(pieces)


def _failure(error: BaseException, *, action: str) -> S3Unavailable:
    """The error that a failed connection, a timeout or a broken-off answer means."""
    reason = getattr(error, "os_error", None) or error
    if isinstance(reason, _Private) or isinstance(error.__cause__, _Private):
        return PrivateAddress(action=action, code="private")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError | ssl.CertificateError):
        return tls_failure(error, action=action)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable("The endpoint's name has no address.", action=action, code="DNS")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Unreachable(action=action, code="connect")
    if isinstance(error, TimeoutError):
        return S3Unavailable(action=action, code=TIMEOUT)
    is_foreign = isinstance(error, aiohttp.ClientResponseError)
    return S3Unavailable(action=action, code=NO_HTTP if is_foreign else BROKEN_OFF)
