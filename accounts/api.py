"""The wire's doors to people: signing in, staying signed in, signing out."""

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import descriptions, refreshing, sessions, setup, signing_in, tokens
from accounts.authentication import bearer_of, caller
from accounts.models import Session, User
from accounts.serializers import Credentials, FirstAdmin
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.doors import door, refuse_foreign_pages
from mediabridge.wire.json_body import SmallJSON

COOKIE_PATH = "/api/auth/"


@door("GET", limit="setup-status", is_open=True, described=descriptions.SETUP_STATE)
def setup_status(request: Request) -> Response:
    """Whether nobody has an account yet."""
    return Response({"setupRequired": setup.is_needed()})


@door("POST", limit="setup", is_open=True, body=SmallJSON, described=descriptions.SET_UP)
def set_up(request: Request) -> Response:
    """The first administrator, once; signed in at once."""
    asked = FirstAdmin(data=request.data)
    asked.is_valid(raise_exception=True)
    user = setup.create_first_admin(**asked.validated_data, ip=client_ip(request._request))
    return _signed_in(request, user)


@door("POST", limit="login", is_open=True, body=SmallJSON, described=descriptions.LOG_IN)
def log_in(request: Request) -> Response:
    asked = Credentials(data=request.data)
    asked.is_valid(raise_exception=True)
    user = signing_in.check(**asked.validated_data, ip=client_ip(request._request), now=timezone.now())
    return _signed_in(request, user)


@door("POST", limit="refresh", is_open=True, described=descriptions.REFRESH)
def refresh(request: Request) -> Response:
    """A new access token for the refresh cookie, which is exchanged for the next. A refusal leaves the cookie alone:

    another tab may just have got it.
    """
    refuse_foreign_pages(request)
    grant = refreshing.rotate(_cookie(request), ip=client_ip(request._request), now=timezone.now())
    return _granted(grant)


@door("POST", limit="logout", is_open=True, described=descriptions.LOG_OUT)
def log_out(request: Request) -> Response:
    """Ends the session of the cookie and that of the access token, however old they are."""
    refuse_foreign_pages(request)
    now = timezone.now()
    held = [refreshing.session_of(_cookie(request)), tokens.session_behind(bearer_of(request) or "", now=now)]
    for session in held:
        if session is not None and session.user is not None:
            sessions.end(
                user=session.user,
                session_id=session.id,
                reason=Session.Ended.SIGNED_OUT,
                by=session.user,
                ip=client_ip(request._request),
                now=now,
            )
    answer = Response({})
    answer.delete_cookie(
        settings.REFRESH_COOKIE_NAME, path=COOKIE_PATH, samesite=settings.REFRESH_COOKIE_SAMESITE
    )
    return answer


@door("GET", limit="me", described=descriptions.ME)
def me(request: Request) -> Response:
    """Who is signed in, and what a client offers them."""
    user = caller(request)
    return Response(
        {
            "name": user.name,
            "email": user.email,
            "isAdmin": user.is_admin,
            "menuItems": ["resources", *(["user-management"] if user.is_admin else [])],
        }
    )


def _signed_in(request: Request, user: User) -> Response:
    grant = refreshing.open_session(
        user=user,
        ip=client_ip(request._request),
        agent=request.headers.get("User-Agent", ""),
        now=timezone.now(),
    )
    return _granted(grant)


def _granted(grant: refreshing.Grant) -> Response:
    """The access token for the client's memory, the refresh token for a cookie no script can read."""
    answer = Response({"token": tokens.access_token(grant.session, now=timezone.now())})
    answer.set_cookie(
        settings.REFRESH_COOKIE_NAME,
        grant.refresh_token,
        max_age=refreshing.LIFETIME,
        path=COOKIE_PATH,
        secure=settings.REFRESH_COOKIE_SECURE,
        httponly=True,
        samesite=settings.REFRESH_COOKIE_SAMESITE,
    )
    return answer


def _cookie(request: Request) -> str:
    return request.COOKIES.get(settings.REFRESH_COOKIE_NAME, "")
