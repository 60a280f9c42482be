"""The wire's doors for administrators to people, and to what they did."""

from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import admin_descriptions, changing, counted, people
from accounts.admin_serializers import AuditRow, AuditStretch, Person, PersonChange, PersonRow
from accounts.authentication import caller
from accounts.models import User
from accounts.tokens import Identity
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.doors import door


@door("GET", "POST", for_admins=True, described=admin_descriptions.PEOPLE)
def users(request: Request) -> Response:
    """Everybody, by their names; or somebody new."""
    if request.method != "POST":
        return Response(PersonRow(User.objects.all(), many=True).data)
    asked = Person(data=request.data)
    asked.is_valid(raise_exception=True)
    with asked.in_own_words():
        user = people.add(**asked.validated_data, by=caller(request), ip=client_ip(request._request))
    return Response(PersonRow(user).data)


@door("PATCH", "DELETE", for_admins=True, described=admin_descriptions.ONE)
def user(request: Request, user_id: UUID) -> Response:
    """Changes somebody, or removes them."""
    by, ip = caller(request), client_ip(request._request)
    if request.method == "DELETE":
        people.remove(people.by_id(user_id), by=by, ip=ip)
        return Response({})
    asked = PersonChange(data=request.data)
    asked.is_valid(raise_exception=True)
    assert isinstance(request.auth, Identity), "the door asks for somebody"
    assert request.auth.session is not None, "no personal token opens this door"
    with asked.in_own_words():
        changes = changing.Changes(**asked.validated_data)  # type: ignore[typeddict-item]
        keep, now = request.auth.session.id, timezone.now()
        found = changing.change(user_id, changes, by=by, keep=keep, ip=ip, now=now)
    return Response(PersonRow(found).data)


@door("GET", for_admins=True, described=admin_descriptions.AUDIT)
def audit(request: Request) -> Response:
    """What was done with files, newest first."""
    asked = AuditStretch(data=request.query_params)
    asked.is_valid(raise_exception=True)
    limit, offset = asked.validated_data["limit"], asked.validated_data["offset"]
    entries, total = counted.part(asked.operations, offset=offset, limit=limit)
    return Response({"items": AuditRow(entries, many=True).data, "total": total})
