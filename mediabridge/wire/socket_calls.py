"""A socket's handshake, as what the wire's functions take: a request."""

from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest


def request_of(scope: dict[str, Any]) -> ASGIRequest:
    """The handshake of the socket with this scope: its headers, its cookies, the address it comes from."""
    return ASGIRequest({**scope, "type": "http", "method": "GET"}, BytesIO())
