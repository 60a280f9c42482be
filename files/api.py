"""The wire's doors to files."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from buckets.access import bucket_id_of, reach_for, reaches_for
from buckets.paths import FolderKey, Reach
from files import deletion, descriptions, eviction, links, slices, uploads
from files.refusals import TooMany
from files.serializers import (
    ChangedObject,
    Doomed,
    EntryRow,
    Keys,
    Named,
    OfferedFile,
    Stretch,
    shown_arrival,
    shown_outcome,
    shown_upload,
)
from files.uploads import BATCH_LIMIT, Offered
from mediabridge.wire import webhooks
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.doors import door
from mediabridge.wire.json_body import LongJSON


@door("GET", "DELETE", scope={"GET": "read", "DELETE": "delete"}, described=descriptions.FILES)
def files(request: Request, bucket_id: UUID) -> Response:
    """What is in a folder of a bucket; or the end of a file."""
    return _delete(request, bucket_id) if request.method == "DELETE" else _list(request, bucket_id)


def _list(request: Request, bucket_id: UUID) -> Response:
    """A stretch of a folder: by number, or behind a cursor for whoever sends one."""
    reach = reach_asked(request, bucket_id)
    asked = Stretch(data=request.query_params)
    asked.is_valid(raise_exception=True)
    prefix, limit, offset, cursor = map(asked.validated_data.get, ("prefix", "limit", "offset", "cursor"))
    now = timezone.now()
    if cursor is None:
        found = slices.part(reach, prefix, offset=offset, limit=limit, now=now)
    else:
        found = slices.part_behind(reach, prefix, cursor=cursor, limit=limit, now=now)
    told = {
        "items": EntryRow(found.entries, many=True).data,
        "total": found.total,
        "fromCache": found.from_store,
    }
    return Response(told if cursor is None else {**told, "nextCursor": found.next_cursor or None})


def _delete(request: Request, bucket_id: UUID) -> Response:
    """One file, in the answer's status; or several, each in the answer."""
    reach = reach_asked(request, bucket_id)
    asked = Doomed(data=request.data)
    asked.is_valid(raise_exception=True)
    act: dict[str, Any] = {"by": caller(request), "ip": client_ip(request._request), "now": timezone.now()}
    if "s3Key" in asked.validated_data:
        deletion.delete_file(reach, asked.validated_data["s3Key"], **act)
        return Response({})
    became = deletion.delete_files(reach, asked.validated_data["s3Keys"], **act)
    return Response({"items": [shown_outcome(key, outcome) for key, outcome in became.items()]})


@door("POST", scope="read", body=LongJSON, described=descriptions.URLS)
def urls(request: Request, bucket_id: UUID) -> Response:
    """Links to files, by full key, for a program to show or hand on."""
    reach = reach_asked(request, bucket_id)
    asked = Keys(data=request.data)
    asked.is_valid(raise_exception=True)
    found = links.for_keys(reach, asked.validated_data["keys"], now=timezone.now())
    return Response(
        {key: {"file_url": link.file, "thumbnail_url": link.thumbnail} for key, link in found.items()}
    )


@door("POST", scope="upload", described=descriptions.PRESIGN)
def presign(request: Request) -> Response:
    """Signed uploads for a batch that may span buckets: for all of it, or for none."""
    rows = _rows(request, OfferedFile)
    offered = [
        (reach, Offered(folder, row["filename"], row["size"], row["contentType"], row["createOnly"]))
        for (reach, folder), row in zip(_places(request, rows), rows, strict=True)
    ]
    signed = uploads.presign(offered, by=caller(request), ip=client_ip(request._request), now=timezone.now())
    return Response([shown_upload(upload) for upload in signed])


@door("POST", scope="upload", described=descriptions.CONFIRM)
def confirm(request: Request) -> Response:
    """Whether S3 has what was sent there; the folders are right at once."""
    rows = _rows(request, Named)
    keys = [
        (reach, reach.child(folder, row["filename"]))
        for (reach, folder), row in zip(_places(request, rows), rows, strict=True)
    ]
    held = uploads.confirm_keys(keys, by=caller(request), ip=client_ip(request._request), now=timezone.now())
    return Response([shown_arrival(row["filename"], one) for row, one in zip(rows, held, strict=True)])


@door("POST", limit="webhook", is_open=True, described=descriptions.EVICT)
def evict(request: Request) -> Response:
    """Somebody's machine saw an object change. Repeating it is harmless; a bucket nobody registered is nobody's business."""
    sent = webhooks.body_of(
        request, header="X-Evict-Secret", secrets=settings.EVICT_WEBHOOK_SECRETS, now=timezone.now()
    )
    asked = ChangedObject(data=sent)
    asked.is_valid(raise_exception=True)
    eviction.object_changed(**asked.validated_data)
    return Response({})


def _rows(request: Request, row: type[Named]) -> list[dict[str, Any]]:
    """What a batch says, row by row. Raises TooMany before it looks at any: half a million would take minutes."""
    if len(request.data) > BATCH_LIMIT:
        raise TooMany(BATCH_LIMIT)
    asked = row(data=request.data, many=True)
    asked.is_valid(raise_exception=True)
    rows: list[dict[str, Any]] = asked.validated_data
    return rows


def _places(request: Request, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Reach, FolderKey]]:
    """Where each row's `bucketId` and `path` lead the caller. Raises NoSuchBucket, OutOfBounds or Malformed."""
    ids = [bucket_id_of(row["bucketId"]) for row in rows]
    reaches = reaches_for(user=caller(request), bucket_ids=set(ids))
    places = []
    for id_, row in zip(ids, rows, strict=True):
        request.reach = reaches[id_]  # type: ignore[attr-defined]
        places.append((reaches[id_], reaches[id_].folder(row["path"])))
    return places


def reach_asked(request: Request, bucket_id: UUID) -> Reach:
    """Where the caller may go in this bucket, noted for what follows the door. Raises NoSuchBucket."""
    reach = reach_for(user=caller(request), bucket_id=bucket_id)
    request.reach = reach  # type: ignore[attr-defined]
    return reach


def caller(request: Request) -> User:
    """Who calls at a door that asks for somebody."""
    assert isinstance(request.user, User), "the door asks for somebody"
    return request.user
