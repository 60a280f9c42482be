"""Every door of the product, read from its routing: the pages, the admin, the wire and the sockets."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from channels.routing import URLRouter
from django.db import connections
from django.urls import URLPattern, URLResolver, get_resolver


def http_routes() -> list[str]:
    """The routes of all HTTP doors as the routing spells them, such as `b/<slug:code>/-/links`."""
    return sorted(set(_below(get_resolver().url_patterns, "")))


def socket_routes() -> list[str]:
    """The routes of all WebSocket doors."""
    # What a serving process does at its start, looking into the database, is not for here.
    with patch("buckets.checks.refuse_wrong_key"), patch.object(type(connections), "close_all"):
        from mediabridge.asgi import application

    router = _router_in(application.application_mapping.get("websocket"))
    return sorted(str(route.pattern) for route in router.routes) if router else []


def _below(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, route)
        else:
            yield route


def _router_in(application: Any) -> URLRouter | None:
    """The router inside the layers (who is this, which origin) that stand around it."""
    while application is not None and not isinstance(application, URLRouter):
        application = getattr(application, "inner", None) or getattr(application, "application", None)
    return application
