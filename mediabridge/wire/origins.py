"""From which pages a socket may be opened. Browsers let any page open one and send our cookies along, so we look."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = dict[str, Any]
Application = Callable[
    [Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]
Opener = Literal["own", "frontend", "nobody"]
DEFAULT_PORTS = {"http": "80", "https": "443"}


class OwnOrigin:
    """An ASGI application that hands on only sockets opened by a page of the very host they are opened at.

    Anything else, no origin at all included, is answered 403 before the handshake, which tells nobody whose session
    the cookie holds.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        if is_own(scope["headers"]):
            await self.application(scope, receive, send)
        else:
            await refuse(scope, receive, send)


class KnownOrigin:
    """An ASGI application that hands on sockets opened by a page of this host, of `FRONTEND_URL`, or by no page at all.

    Which of them it was stands in the scope, as `opened_by`: only a page of this host may come with nothing but its
    session. Others are answered 403 before the handshake.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        opener = opened_by(scope["headers"])
        if opener is None:
            await refuse(scope, receive, send)
        else:
            await self.application({**scope, "opened_by": opener}, receive, send)


async def refuse(
    scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answers a socket's handshake 403."""
    await send({"type": "websocket.close"})


def opened_by(headers: Iterable[tuple[bytes, bytes]]) -> Opener | None:
    """Whose page opened this socket; None for one of another site."""
    headers = list(headers)
    if not any(name.lower() == b"origin" for name, _ in headers):
        return "nobody"
    if is_own(headers):
        return "own"
    return "frontend" if _only(headers, b"origin") in settings.CORS_ALLOWED_ORIGINS else None


def is_own(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the one Origin among `headers` is the one Host, which must be a host name of ours.

    Where cookies are tied to TLS a page without it is not ours either: anybody on the way may have written it.
    """
    origin, host = _only(headers, b"origin"), _only(headers, b"host")
    if origin is None or host is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = {"https"} if settings.SESSION_COOKIE_SECURE else {"http", "https"}
    if parts.scheme not in schemes or parts.path or parts.query or parts.fragment:
        return False
    default = f":{DEFAULT_PORTS[parts.scheme]}"
    same = parts.netloc.lower().removesuffix(default) == host.lower().removesuffix(default)
    return same and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _only(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The header's value, None when it is missing or there are several."""
    values = [value for key, value in headers if key.lower() == name]
    return values[0].decode("latin-1") if len(values) == 1 else None
