"""Every door of the product, read from its routing: the pages, the admin, the wire and the sockets."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from mediabridge.sockets import router


def http_routes() -> list[str]:
    """The routes of all HTTP doors as the routing spells them, such as `b/<slug:code>/-/links`."""
    return sorted(set(_below(get_resolver().url_patterns, "")))


def socket_routes() -> list[str]:
    """The routes of all WebSocket doors; the last, "", is what answers where there is no door."""
    return sorted(str(route.pattern) for route in router.routes)


def _below(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, route)
        else:
            yield route
