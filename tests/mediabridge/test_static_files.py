"""Static files are answered before Django is asked; everything else is handed on."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from mediabridge.static_files import StaticFirst


@pytest.fixture(autouse=True)
def _from_the_tree(settings: Any) -> None:
    settings.SERVESTATIC_USE_FINDERS = True


async def _elsewhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"handed on"})


@async_to_sync
async def asked(path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a request for `path`."""
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    talk = ApplicationCommunicator(StaticFirst(_elsewhere), scope)  # type: ignore[arg-type]
    await talk.send_input({"type": "http.request", "body": b""})
    start = await talk.receive_output()
    body, is_more = b"", True
    while is_more:
        event = await talk.receive_output()
        body, is_more = body + event["body"], event.get("more_body", False)
    # It closes the file after the last byte.
    await talk.wait(10)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, body


def test_answers_for_a_file() -> None:
    status, headers, body = asked("/static/js/app.js")
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    assert len(body) == int(headers["content-length"]) > 0


def test_says_of_it_what_browsers_must_know(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 60, True
    headers = asked("/static/js/app.js")[1]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["strict-transport-security"] == "max-age=60; includeSubDomains"


def test_promises_no_tls_where_there_is_none() -> None:
    assert "strict-transport-security" not in asked("/static/js/app.js")[1]


@pytest.mark.parametrize(
    "path", ["/static/js/none.js", "/static/../manage.py", "/static//etc/passwd", "/", "/static"]
)
def test_hands_on_what_is_no_file(path: str) -> None:
    assert asked(path)[0] == 418


def test_changes_nothing() -> None:
    assert asked("/static/js/app.js", "DELETE")[0] == 405


def test_leaves_sockets_alone() -> None:
    handed: list[Any] = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        handed.append(scope["type"])

    async_to_sync(StaticFirst(note))({"type": "websocket", "path": "/static/js/app.js"}, None, None)
    assert handed == ["websocket"]
