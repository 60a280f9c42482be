"""What is kept per bucket and credential version: its signer and its SDK client. A new client costs 150 ms."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import UUID

from buckets.connection import Connection
from buckets.credentials import BadSeal, open_sealed
from buckets.s3 import calls
from buckets.s3.deadline import Deadline
from buckets.s3.errors import BadCredentials
from buckets.s3.signing import Signer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")


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
    from buckets.s3 import sdk  # only who needs it loads it

    client = _clients.of(connection)

    def attempt(deadline: Deadline) -> T:
        token = sdk.under_way.set((action, deadline))
        try:
            return use(client)
        except sdk.Unreadable as error:
            raise sdk.unread(error, action=action) from None
        finally:
            sdk.under_way.reset(token)

    return calls.call(connection, action, attempt)


def _make_signer(connection: Connection) -> Signer:
    access_key_id, secret = _opened(connection)
    return Signer(access_key_id, secret, connection.region)


def _make_client(connection: Connection) -> "S3Client":
    from buckets.s3 import sdk

    access_key_id, secret = _opened(connection)
    return sdk.make_client(connection, access_key_id=access_key_id, secret_access_key=secret)


def _opened(connection: Connection) -> tuple[str, str]:
    row = connection.bucket_id
    try:
        return (
            open_sealed(connection.access_key_id, row_id=row, field="access_key_id"),
            open_sealed(connection.secret_access_key, row_id=row, field="secret_access_key"),
        )
    except BadSeal:
        raise BadCredentials("The bucket's stored key can't be opened.", code="BadSeal") from None


_signers: _Kept[Signer] = _Kept(_make_signer)
_clients: "_Kept[S3Client]" = _Kept(_make_client)
