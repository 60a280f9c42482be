"""Who may call the wire, and how often. Nothing here imports a view of REST framework: its views import these."""

from typing import TYPE_CHECKING, Literal, get_args
from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from mediabridge.wire import throttles

if TYPE_CHECKING:
    from rest_framework.views import APIView

Tries = Literal["login", "setup"]
"""Doors that take passwords, limited like the pages that do, and together with them."""

Limit = throttles.Door | Tries


class SignedIn(BasePermission):
    """Somebody. That nobody called counts against the address they called from."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.user.is_authenticated:
            return True
        count(request, user_id=None)
        return False


class Administrators(SignedIn):
    """Somebody who administers. That somebody else called counts as theirs."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        if getattr(request.user, "is_admin", False):
            return True
        count(request, user_id=request.user.pk)
        return False


class Limits(BaseThrottle):
    """Counts a call where it belongs: at its door, for its person, or for its address. Raises TooFast."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        count(request, user_id=request.user.pk)
        return True


def count(request: Request, *, user_id: UUID | None) -> None:
    """Counts this call, of the person with this id or of nobody. Raises TooFast."""
    limit: str | None = getattr(request.parser_context["view"], "throttle_scope", None)
    if limit is not None and limit in get_args(Tries) and request.method == "POST":
        wait = throttles.seconds_to_wait(request._request, group=limit, rate=throttles.login_rate())
        if wait:
            raise throttles.TooFast(wait)
    elif limit is not None and limit not in get_args(Tries):
        throttles.spend_at_door(request._request, limit)
    elif user_id is not None:
        throttles.spend_as_person(user_id, "wire")
    else:
        throttles.spend_as_stranger(request._request)
