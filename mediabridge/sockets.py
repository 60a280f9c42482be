"""The sockets: a table of contents. A path that is not in it is refused."""

from channels.routing import URLRouter
from django.urls import URLPattern, path, re_path

from accounts.consumers import PageSocket
from mediabridge.wire.origins import KnownOrigin, OwnOrigin, refuse
from search.consumers import PageSearch, WireSearch

socket_patterns: list[URLPattern] = [
    path("ws/page", OwnOrigin(PageSocket.as_asgi()), name="page-socket"),  # type: ignore[arg-type]
    path("ws/search", OwnOrigin(PageSearch.as_asgi()), name="search-socket"),  # type: ignore[arg-type]
    path("api/buckets/<str:bucket_id>/search", KnownOrigin(WireSearch.as_asgi())),  # type: ignore[arg-type]
]

router = URLRouter([*socket_patterns, re_path("", refuse)])  # type: ignore[arg-type]
