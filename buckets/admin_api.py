"""The wire's doors for administrators to who may use which bucket."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from buckets import admin_descriptions, assigning
from buckets.admin_serializers import AssignmentRow, ChangedPlace, NewPlace, Whom
from buckets.models import Assignment
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.doors import door


@door("GET", for_admins=True, described=admin_descriptions.ASSIGNMENTS)
def assignments(request: Request) -> Response:
    """Who may use which bucket, by people's names."""
    rows = Assignment.objects.select_related("user", "bucket")
    rows = rows.order_by("user__name", "user__email", "bucket__display_name", "id")
    return Response(AssignmentRow(rows, many=True).data)


@door("POST", "PATCH", "DELETE", for_admins=True, described=admin_descriptions.ASSIGN)
def assign(request: Request) -> Response:
    """Gives somebody a place in a bucket, changes it, or takes it away."""
    shapes = {"POST": NewPlace, "PATCH": ChangedPlace, "DELETE": Whom}
    asked = shapes[request.method or ""](data=request.data)
    asked.is_valid(raise_exception=True)
    user_id, bucket_id = (asked.validated_data.pop(name) for name in ("user_id", "bucket_id"))
    place: assigning.Place = asked.validated_data
    who: dict[str, Any] = {"by": request.user, "ip": client_ip(request._request)}
    with asked.in_own_words():
        if request.method == "DELETE":
            assigning.withdraw(user_id, bucket_id, **who)
            return Response({})
        act = assigning.assign if request.method == "POST" else assigning.change
        return Response(AssignmentRow(act(user_id, bucket_id, place, **who)).data)
