"""The wire's doors to one's personal tokens. No token opens them: whoever makes one, signed in."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import personal_tokens
from accounts.models import User
from buckets import token_descriptions
from buckets import tokens as bucket_tokens
from buckets.access import bucket_id_of
from buckets.token_serializers import MadeToken, NewToken, TokenRow
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.doors import door


@door("GET", "POST", described=token_descriptions.TOKENS)
def tokens(request: Request) -> Response:
    """One's tokens, newest first; or a new one, told this once."""
    if request.method != "POST":
        return Response(TokenRow(personal_tokens.of(_owner(request)), many=True).data)
    asked = NewToken(data=request.data)
    asked.is_valid(raise_exception=True)
    wanted: dict[str, Any] = asked.validated_data
    wanted["bucket_ids"] = {bucket_id_of(text) for text in wanted.get("bucket_ids") or ()}
    with asked.in_own_words():
        made = bucket_tokens.make(
            **wanted, user=_owner(request), ip=client_ip(request._request), now=timezone.now()
        )
    return Response(MadeToken(made).data)


@door("DELETE", described=token_descriptions.ONE_TOKEN)
def token(request: Request, token_id: UUID) -> Response:
    """Ends one of one's tokens, for good."""
    owner, ip = _owner(request), client_ip(request._request)
    personal_tokens.revoke(user=owner, token_id=token_id, by=owner, ip=ip, now=timezone.now())
    return Response({})


def _owner(request: Request) -> User:
    assert isinstance(request.user, User), "the door asks for somebody"
    return request.user
