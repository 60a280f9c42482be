"""Single objects: what is known of one, a piece of one, and deleting many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from buckets.paths import FolderKey, Key, Reach
from buckets.s3 import transport
from buckets.s3.address import address_of
from buckets.s3.calls import call
from buckets.s3.clients import signer_of, with_client
from buckets.s3.deadline import Deadline
from buckets.s3.errors import S3Error, S3Unavailable
from buckets.s3.transport import Answer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import DeleteObjectsOutputTypeDef

DELETE_AT_ONCE = 1000
"""The most keys S3 deletes in one request."""


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What S3 knows of one object. `size` in bytes, `etag` without quotes, `restore` is S3's own line or empty."""

    size: int
    etag: str
    modified_at: datetime
    storage_class: str
    content_type: str
    restore: str


@dataclass(frozen=True, slots=True)
class DeleteOutcome:
    """What became of one key. Where `deleted` is false, `code` and `message` are the store's or our error's."""

    key: Key | FolderKey
    deleted: bool
    code: str = ""
    message: str = ""


def head(reach: Reach, key: Key) -> ObjectFacts:
    """What S3 knows of the object, in one request.

    Raises ObjectMissing, or S3AccessDenied, which also means a missing object where the bucket's key may not list.
    """
    reach.path_of(key)
    connection = reach.connection
    found = with_client(
        connection,
        "s3:GetObject",
        lambda client: client.head_object(Bucket=connection.bucket_name, Key=key.text),
    )
    if "ETag" not in found or "LastModified" not in found:
        raise S3Unavailable("The storage's answer was not whole.", action="s3:GetObject", code="head")
    return ObjectFacts(
        size=found["ContentLength"],
        etag=found["ETag"].strip('"'),
        modified_at=found["LastModified"].astimezone(UTC),
        storage_class=found.get("StorageClass", "STANDARD"),
        content_type=found.get("ContentType", ""),
        restore=found.get("Restore", ""),
    )


def get_range(reach: Reach, key: Key, *, start: int, length: int) -> bytes:
    """At most `length` bytes of the object from byte `start` on; fewer, or none, where it ends. Raises S3Error."""
    reach.path_of(key)
    signer, address = signer_of(reach.connection), address_of(reach.connection)

    def attempt(deadline: Deadline) -> Answer:
        url, headers = signer.headers(
            "GET",
            address,
            path=address.path(key.text),
            query={},
            now=datetime.now(UTC),
            headers={"range": f"bytes={start}-{start + length - 1}"},
        )
        return transport.send(
            "GET", url, headers=headers, action="s3:GetObject", deadline=deadline, longest=start + length
        )

    try:
        answer = call(reach.connection, "s3:GetObject", attempt)
    except S3Error as error:
        if error.code in ("InvalidRange", "416"):
            return b""
        raise
    # Some stores answer 200 with the whole object.
    return answer.body[:length] if answer.status == 206 else answer.body[start : start + length]


def delete_many(reach: Reach, keys: Sequence[Key | FolderKey]) -> list[DeleteOutcome]:
    """Deletes these keys, one request for each thousand, and says for each what became of it, in their order.

    A FolderKey stands for the folder's own marker object, never for what is below it. A key that isn't there counts as
    deleted. Raises S3Error when the first request fails; a later failure is an outcome, for nothing done is forgotten.
    """
    for key in keys:
        if not reach.path_of(key):
            raise ValueError("The root of a reach can't be deleted.")
    outcomes: list[DeleteOutcome] = []
    for first in range(0, len(keys), DELETE_AT_ONCE):
        chunk = keys[first : first + DELETE_AT_ONCE]
        try:
            outcomes += _delete_chunk(reach, chunk)
        except S3Error as error:
            if not outcomes:
                raise
            outcomes += [DeleteOutcome(key, False, error.code, str(error)) for key in chunk]
    return outcomes


def _delete_chunk(reach: Reach, keys: Sequence[Key | FolderKey]) -> list[DeleteOutcome]:
    bucket = reach.connection.bucket_name

    def use(client: "S3Client") -> "DeleteObjectsOutputTypeDef":
        return client.delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key.text} for key in keys], "Quiet": True}
        )

    answer = with_client(reach.connection, "s3:DeleteObject", use)
    refused = {error["Key"]: error for error in answer.get("Errors", [])}
    return [
        DeleteOutcome(key, False, refused[key.text].get("Code", ""), refused[key.text].get("Message", ""))
        if key.text in refused
        else DeleteOutcome(key, True)
        for key in keys
    ]
