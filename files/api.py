"""The wire's doors to files."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from buckets.access import reach_for
from buckets.paths import Reach
from files import eviction, links, slices
from files.serializers import ChangedObject, EntryRow, Keys, Stretch
from mediabridge.wire import webhooks
from mediabridge.wire.doors import door
from mediabridge.wire.json_body import LongJSON


@door("GET")
def files(request: Request, bucket_id: UUID) -> Response:
    """What a folder holds, a stretch of it: by number, or behind a cursor for whoever sends one."""
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


@door("POST", body=LongJSON)
def urls(request: Request, bucket_id: UUID) -> Response:
    """Links to files, by full key, for a program to show or hand on."""
    reach = reach_asked(request, bucket_id)
    asked = Keys(data=request.data)
    asked.is_valid(raise_exception=True)
    found = links.for_keys(reach, asked.validated_data["keys"], now=timezone.now())
    return Response(
        {key: {"file_url": link.file, "thumbnail_url": link.thumbnail} for key, link in found.items()}
    )


@door("POST", limit="webhook", is_open=True)
def evict(request: Request) -> Response:
    """Somebody's machine saw an object change. Repeating it is harmless; a bucket nobody registered is nobody's business."""
    sent = webhooks.body_of(
        request, header="X-Evict-Secret", secrets=settings.EVICT_WEBHOOK_SECRETS, now=timezone.now()
    )
    asked = ChangedObject(data=sent)
    asked.is_valid(raise_exception=True)
    eviction.object_changed(**asked.validated_data)
    return Response({})


def reach_asked(request: Request, bucket_id: UUID) -> Reach:
    """Where the caller may go in this bucket, noted for what follows the door. Raises NoSuchBucket."""
    reach = reach_for(user=caller(request), bucket_id=bucket_id)
    request.reach = reach  # type: ignore[attr-defined]
    return reach


def caller(request: Request) -> User:
    """Who calls at a door that asks for somebody."""
    assert isinstance(request.user, User), "the door asks for somebody"
    return request.user
