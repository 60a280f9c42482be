"""From which pages a socket may be opened."""

import pytest
from channels.testing import WebsocketCommunicator

from mediabridge.sockets import router
from mediabridge.wire.origins import is_own, opened_by


def headers(origin=None, host="localhost:8000", **more):
    named = {"origin": origin, "host": host, **more}
    return [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value is not None]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://LOCALHOST:8000", "localhost:8000"),
        ("https://localhost", "localhost"),
        ("https://localhost", "localhost:443"),
        ("http://testserver", "testserver:80"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
    ],
)
def test_lets_pages_of_this_host_in(origin, host):
    assert is_own(headers(origin, host))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "localhost:8000"),
        ("", "localhost:8000"),
        ("null", "localhost:8000"),
        ("file://", "localhost:8000"),
        ("http://localhost", "localhost:8000"),
        ("http://localhost:8001", "localhost:8000"),
        ("https://localhost:80", "localhost:443"),
        ("http://evil.example", "localhost:8000"),
        ("http://localhost.evil.example:8000", "localhost:8000"),
        ("http://evil.example", "evil.example"),
        ("http://mark@localhost:8000", "localhost:8000"),
        ("http://localhost:8000/", "localhost:8000"),
        ("http://localhost:8000?x", "localhost:8000"),
        ("http://[::1", "localhost:8000"),
        ("ws://localhost:8000", "localhost:8000"),
        ("javascript:alert(1)", "localhost:8000"),
        ("http://localhost:8000", None),
        ("http://", ""),
    ],
)
def test_lets_no_other_page_in(origin, host):
    assert not is_own(headers(origin, host))


def test_believes_neither_of_two_origins():
    twice = [*headers("http://localhost:8000"), (b"origin", b"http://localhost:8000")]

    assert not is_own(twice)


def test_lets_only_pages_with_tls_in_where_cookies_need_it(settings):
    settings.SESSION_COOKIE_SECURE = True

    assert is_own(headers("https://localhost", "localhost"))
    assert not is_own(headers("http://localhost", "localhost"))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path",
    [
        "/ws/page",
        "/ws/search",
        "/api/buckets/1/search",
        "/",
        "/ws/",
        "/ws/pages",
        "/api/search",
        "/ws/page/x",
    ],
)
async def test_refuses_the_handshake_of_a_foreign_page_and_of_no_socket(path):
    is_socket = path in ("/ws/page", "/ws/search", "/api/buckets/1/search")
    origin = "http://evil.example" if is_socket else "http://localhost:8000"
    socket = WebsocketCommunicator(router, path, headers(origin))

    assert await socket.connect() == (False, 1000)


def test_says_whose_page_opened_a_socket(settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]

    assert opened_by(headers()) == "nobody"
    assert opened_by(headers("http://localhost:8000")) == "own"
    assert opened_by(headers("https://front.example")) == "frontend"
    assert opened_by(headers("https://front.example.evil.example")) is None
    assert opened_by(headers("null")) is None
    assert opened_by([*headers("https://front.example"), *headers("https://front.example")]) is None
