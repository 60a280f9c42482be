"""The wire's doors for administrators to buckets, and to what is stored of their contents."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from buckets import registration
from buckets.models import Bucket
from files import admin_descriptions, contents
from files.admin_serializers import BucketChange, FlushedRows, NewBucket, RegisteredBucket
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.doors import door


@door("GET", "POST", for_admins=True, described=admin_descriptions.BUCKETS)
def buckets(request: Request) -> Response:
    """Every bucket, by name; or a new one."""
    if request.method != "POST":
        rows = contents.with_contents(Bucket.objects.all()).order_by("display_name", "id")
        return Response(RegisteredBucket(rows, many=True).data)
    asked = NewBucket(data=request.data)
    asked.is_valid(raise_exception=True)
    new = Bucket(**asked.own_fields)
    with asked.in_own_words():
        registration.register(new, key=asked.key, **_who(request))
    return _told_of(new.id)


@door("PATCH", "DELETE", for_admins=True, described=admin_descriptions.BUCKET)
def bucket(request: Request, bucket_id: UUID) -> Response:
    """Changes a bucket, its key too; or takes it out. S3 is left alone."""
    if request.method == "DELETE":
        registration.remove(bucket_id, **_who(request))
        return Response({})
    asked = BucketChange(data=request.data)
    asked.is_valid(raise_exception=True)
    with asked.in_own_words():
        contents.change_bucket(bucket_id, asked.own_fields, key=asked.key, **_who(request))
    return _told_of(bucket_id)


@door("DELETE", for_admins=True, described=admin_descriptions.CACHE)
def cache(request: Request) -> Response:
    """Forgets every stored listing and link."""
    return Response({"deleted": FlushedRows(contents.flush(**_who(request))).data})


def _told_of(bucket_id: UUID) -> Response:
    return Response(RegisteredBucket(contents.with_contents(Bucket.objects.filter(pk=bucket_id)).get()).data)


def _who(request: Request) -> dict[str, Any]:
    return {"by": request.user, "ip": client_ip(request._request)}
