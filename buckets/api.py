"""The wire's door to buckets."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from buckets import descriptions
from buckets.access import reaches_of
from buckets.serializers import BucketRow
from mediabridge.wire.doors import door


@door("GET", scope="anything", described=descriptions.BUCKETS)
def buckets(request: Request) -> Response:
    """The buckets the caller may reach, by their names."""
    user = request.user
    assert isinstance(user, User), "the door asks for somebody"
    return Response(BucketRow(reaches_of(user=user), many=True).data)
