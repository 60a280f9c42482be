"""The wire's doors for administrators to the archive: whose keys are whose, and what is being restored."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.doors import door
from mediabridge.wire.shapes import Stretch
from restore import counted, descriptions, owners
from restore.models import AwsKey
from restore.serializers import KeyRow, NewKey, RequestRow, TallyCounts


@door("GET", "POST", for_admins=True, described=descriptions.KEYS)
def aws_keys(request: Request) -> Response:
    """Every key that has an owner; or a new one."""
    if request.method != "POST":
        return Response(KeyRow(AwsKey.objects.all(), many=True).data)
    asked = NewKey(data=request.data)
    asked.is_valid(raise_exception=True)
    key = AwsKey(**asked.validated_data)
    with asked.in_own_words():
        owners.add(key, **_who(request))
    return Response(KeyRow(key).data)


@door("DELETE", for_admins=True, described=descriptions.ONE_KEY)
def aws_key(request: Request, key_id: UUID) -> Response:
    """Forgets whose key this is."""
    owners.remove(key_id, **_who(request))
    return Response({})


@door("GET", for_admins=True, described=descriptions.REQUESTS)
def restore_requests(request: Request) -> Response:
    """What is being restored, newest first, and how far all of it is."""
    asked = Stretch(data=request.query_params)
    asked.is_valid(raise_exception=True)
    requests, tally = counted.part(**asked.validated_data)
    return Response({"items": RequestRow(requests, many=True).data, **TallyCounts(tally).data})


def _who(request: Request) -> dict[str, Any]:
    return {"by": request.user, "ip": client_ip(request._request)}
