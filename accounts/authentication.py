"""Who is this? For the wire: an access token, or the session of a page of ours with its form token."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from accounts import personal_tokens, sessions
from accounts.models import User
from accounts.session_store import SessionStore
from accounts.tokens import ENDED_BY_FORCE, ForcedOut, Identity, TokenExpired, TokenInvalid, who_is
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.policies import count

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class FormTokenMissing(Exception):
    """A page's session came without the token that proves that a page of ours sent it."""


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`, an access token or a personal one. Whoever sends one is judged by it alone, whatever
    cookies came along.

    Raises TokenInvalid, TokenExpired or ForcedOut; a refusal counts against the limits, too.
    """

    raises = (TokenInvalid, TokenExpired, ForcedOut)

    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        token = bearer_of(request)
        if token is None:
            return None
        try:
            identity = who_is(token, now=timezone.now())
        except TokenInvalid:
            count(request, user_id=None)
            raise
        except (TokenExpired, ForcedOut) as problem:
            count(request, user_id=problem.user_id)
            raise
        _touch(identity, request)
        return identity.user, identity

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PageSession(BaseAuthentication):
    """The session cookie of a page, from that page: everything but reading needs its form token.

    Raises FormTokenMissing; ForcedOut when the session ended that way.
    """

    raises = (ForcedOut,)
    raises_at_acts = (FormTokenMissing,)

    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        page = request._request
        if not isinstance(page.session, SessionStore):
            return None
        if not isinstance(page.user, User):
            if page.session.ended_reason in ENDED_BY_FORCE:
                count(request, user_id=None)
                raise ForcedOut
            return None
        check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
        check.process_request(page)
        if check.process_view(page, None, (), {}):  # type: ignore[arg-type]
            raise FormTokenMissing
        row = page.session.row
        assert row is not None, "who is signed in has a session"
        return page.user, Identity(page.user, row, is_signed=page.method not in SAFE_METHODS)


def _touch(identity: Identity, request: Request) -> None:
    now = timezone.now()
    if identity.session is not None:
        sessions.touch(identity.session, now=now)
    if identity.user.token is not None:
        personal_tokens.touch(identity.user.token, ip=client_ip(request._request), now=now)


def bearer_of(request: Request) -> str | None:
    """The token after `Bearer`; None without one, empty when there is nothing behind the word."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def caller(request: Request) -> User:
    """Who calls at a door that asks for somebody."""
    assert isinstance(request.user, User), "the door asks for somebody"
    return request.user
