"""Who may call the wire, and how often. Nothing here imports a view of REST framework: its views import these.

`raises` is what a policy refuses with, for the description of the wire.
"""

from typing import TYPE_CHECKING, ClassVar, Literal, get_args
from uuid import UUID

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from mediabridge.wire import throttles

if TYPE_CHECKING:
    from rest_framework.views import APIView

Tries = Literal["login", "setup"]
"""Doors that take passwords, limited like the pages that do, and together with them."""

Limit = throttles.Door | Tries


Act = Literal["read", "upload", "overwrite", "delete"]
Need = Act | Literal["anything"]
"""What a personal token must have been made for: one operation, or whichever."""


class BeyondToken(Exception):
    """A personal token was used for what it wasn't made for, or for what none can do. The text is a sentence for its owner."""


class SignedIn(BasePermission):
    """Somebody; by a personal token only where the door says so. That nobody called counts against the address they
    called from. Raises BeyondToken."""

    raises: ClassVar[tuple[type[Exception] | Exception, ...]] = (
        NotAuthenticated,
        BeyondToken("This personal token was made for something else."),
    )

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            count(request, user_id=None)
            return False
        acts: frozenset[str] | None = getattr(request.auth, "acts", None)
        verb = request.method or ""
        # What this door doesn't do for anybody is told so: no other token would help.
        does_it = verb != "OPTIONS" and hasattr(view, verb.lower())
        if acts is not None and does_it and (refusal := _beyond(acts, needed_at(view, verb))):
            count(request, user_id=request.user.pk)
            raise BeyondToken(refusal)
        return True


class Administrators(SignedIn):
    """Somebody who administers. That somebody else called counts as theirs."""

    raises = (*SignedIn.raises, PermissionDenied)

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        if getattr(request.user, "is_admin", False):
            return True
        count(request, user_id=request.user.pk)
        return False


class Limits(BaseThrottle):
    """Counts a call where it belongs: at its door, for its person, or for its address. Raises TooFast."""

    raises = (throttles.TooFast,)

    def allow_request(self, request: Request, view: "APIView") -> bool:
        count(request, user_id=request.user.pk)
        return True


def needed_at(view: object, verb: str) -> Need | None:
    """What a personal token needs for this verb at the door `view`; None where it opens nothing, which is what a door
    that doesn't speak of tokens says."""
    needs: dict[str, Need] = getattr(view, "token_needs", {})
    return needs.get("GET" if verb == "HEAD" else verb)


def _beyond(acts: frozenset[str], need: Need | None) -> str:
    """Why a token for `acts` is not enough; empty when it is."""
    if need is None:
        return "No personal token can do this: sign in."
    if (need == "anything" and acts) or need in acts:
        return ""
    return f"This personal token may not {need}: it was made for {', '.join(sorted(acts)) or 'nothing'}."


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
