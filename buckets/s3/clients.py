"""What is kept per bucket and credential version: its signer and its SDK client. A new client costs 150 ms.

The SDK only builds requests and reads answers here. Its HTTP is replaced by our transport, so timeouts, errors and the
check of addresses are the same for its calls and for our own; its retries and its region redirects never happen.
"""

import io
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from uuid import UUID

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from buckets.connection import Connection
from buckets.credentials import BadSeal, open_sealed
from buckets.s3 import calls, transport
from buckets.s3.address import address_of, style_of
from buckets.s3.deadline import Deadline
from buckets.s3.errors import BadCredentials
from buckets.s3.signing import Signer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

_under_way: ContextVar[tuple[str, Deadline]] = ContextVar("_under_way")
_SDK = Config(  # type: ignore[call-arg]  # the stubs don't know ignore_configured_endpoint_urls yet
    signature_version="s3v4",
    retries={"total_max_attempts": 1, "mode": "standard"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    disable_request_compression=True,
    # The bucket's row alone says where to go; nothing in the machine's environment does.
    ignore_configured_endpoint_urls=True,
    use_fips_endpoint=False,
    use_dualstack_endpoint=False,
)


class _Kept(Generic[T]):
    """One value a bucket, made anew when its connection changed in anything."""

    def __init__(self, make: Callable[[Connection], T]) -> None:
        self._make = make
        self._values: dict[UUID, tuple[Connection, T]] = {}
        self._lock = threading.Lock()

    def of(self, connection: Connection) -> T:
        kept = self._values.get(connection.bucket_id)
        if kept is not None and kept[0] is connection:
            return kept[1]
        if kept is None or kept[0] != connection:
            with self._lock:  # the SDK may not make two clients at once
                kept = self._values.get(connection.bucket_id)
                if kept is None or kept[0] != connection:
                    kept = self._values[connection.bucket_id] = (connection, self._make(connection))
        return kept[1]


def signer_of(connection: Connection) -> Signer:
    """The signer of this bucket's key. Raises BadCredentials when the stored key doesn't open."""
    return _signers.of(connection)


def with_client(connection: Connection, action: str, use: "Callable[[S3Client], T]") -> T:
    """What `use` returns, given this bucket's SDK client, as one guarded call that needs the IAM action `action`.

    `use` makes exactly one request and must be harmless to repeat. Raises S3Error.
    """
    client = _clients.of(connection)

    def attempt(deadline: Deadline) -> T:
        token = _under_way.set((action, deadline))
        try:
            return use(client)
        finally:
            _under_way.reset(token)

    return calls.call(connection, action, attempt)


def _make_signer(connection: Connection) -> Signer:
    access_key_id, secret = _opened(connection)
    return Signer(access_key_id, secret, connection.region)


def _make_client(connection: Connection) -> "S3Client":
    access_key_id, secret = _opened(connection)
    address_of(connection)  # refuses a region that can't stand in a host
    client = _session.client(
        "s3",
        region_name=connection.region,
        endpoint_url=connection.endpoint_url or None,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret,
        config=_SDK.merge(
            Config(
                s3={
                    "addressing_style": style_of(connection),
                    "us_east_1_regional_endpoint": "regional",
                }
            )
        ),
    )
    client.meta.events.register("before-send.s3", cast(Any, _send))
    return client


def _send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    """The SDK asks this before it would send; with an answer in hand it doesn't."""
    action, deadline = _under_way.get()
    headers = {name: _text(value) for name, value in request.headers.items() if name.lower() != "expect"}
    answer = transport.send(
        request.method,
        request.url,
        headers=headers,
        body=_bytes(request.body),
        action=action,
        deadline=deadline,
    )
    return AWSResponse(request.url, answer.status, cast(Any, answer.headers), _Raw(answer.body))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _bytes(body: Any) -> bytes:
    """What the SDK hands over: nothing, bytes, or a file that an earlier try may have read."""
    if hasattr(body, "read"):
        body.seek(0)
        body = body.read()
    return body or b""


class _Raw(io.BytesIO):
    """A body that was already read, as the SDK expects one."""

    def stream(self, size: int = 65536) -> Any:
        yield self.read()


def _opened(connection: Connection) -> tuple[str, str]:
    row = connection.bucket_id
    try:
        return (
            open_sealed(connection.access_key_id, row_id=row, field="access_key_id"),
            open_sealed(connection.secret_access_key, row_id=row, field="secret_access_key"),
        )
    except BadSeal:
        raise BadCredentials("The bucket's stored key can't be opened.", code="BadSeal") from None


_session = boto3.Session()
_signers: _Kept[Signer] = _Kept(_make_signer)
_clients: "_Kept[S3Client]" = _Kept(_make_client)
