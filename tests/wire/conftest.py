"""A client of the wire: bodies are JSON, the access token is a header, the refresh token a cookie."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from buckets.models import Bucket
from tests.files.conftest import Store, registered, s3_client
from tests.people import PASSWORD

COOKIE = "refresh"


class Wire:
    """Somebody's program. `token` is the access token it sends; "" sends none."""

    def __init__(self, **defaults: Any) -> None:
        self.http = Client(raise_request_exception=False, enforce_csrf_checks=True, **defaults)
        self.token = ""

    def get(self, door: str, **more: Any) -> HttpResponse:
        return self.http.get(f"/api{door}", headers=self._headers(more), **more)

    def post(self, door: str, body: Any = None, **more: Any) -> HttpResponse:
        headers = self._headers(more)
        if body is None:
            return self.http.post(f"/api{door}", headers=headers, **more)
        more.setdefault("content_type", "application/json")
        return self.http.post(f"/api{door}", body, headers=headers, **more)

    def patch(self, door: str, body: Any = None, **more: Any) -> HttpResponse:
        return self._send("patch", door, body, more)

    def delete(self, door: str, body: Any = None, **more: Any) -> HttpResponse:
        return self._send("delete", door, body, more)

    def _send(self, verb: str, door: str, body: Any, more: dict[str, Any]) -> HttpResponse:
        headers = self._headers(more)
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(self.http, verb)(f"/api{door}", headers=headers, **sent, **more)

    def sign_in(self, email: str, password: str = PASSWORD) -> HttpResponse:
        """Signs in and keeps what was given."""
        answer = self.post("/auth/login", {"email": email, "password": password})
        if answer.status_code == 200:
            self.token = answer.json()["token"]
        return answer

    @property
    def refresh_token(self) -> str:
        return self.http.cookies[COOKIE].value

    @refresh_token.setter
    def refresh_token(self, value: str) -> None:
        self.http.cookies[COOKIE] = value

    def _headers(self, more: dict[str, Any]) -> dict[str, str]:
        given = more.pop("headers", {})
        return {**({"authorization": f"Bearer {self.token}"} if self.token else {}), **given}


def told(answer: HttpResponse) -> tuple[int, str]:
    """The status and the code of a refusal, which is JSON of the one shape."""
    body = answer.json()
    assert answer["Content-Type"] == "application/json"
    assert set(body) - {"details"} == {"code", "message"}
    assert body["message"]
    return answer.status_code, body["code"]


@pytest.fixture(autouse=True)
def _nobody_was_limited_before() -> None:
    cache.clear()


@pytest.fixture
def wire(db: None) -> Wire:
    return Wire()


@pytest.fixture
def marks(mark: Any) -> Wire:
    """Mark's program, signed in."""
    wire = Wire()
    assert wire.sign_in(mark.email).status_code == 200
    return wire


@pytest.fixture
def adas(ada: Any) -> Wire:
    """The program of Ada, who administers, signed in."""
    wire = Wire()
    assert wire.sign_in(ada.email).status_code == 200
    return wire


@pytest.fixture(scope="session")
def s3() -> Any:
    return s3_client()


@pytest.fixture
def store(s3: Any) -> Iterator[Store]:
    """A bucket's worth of a store that checks signatures, as somebody with the console sees it."""
    made = Store(s3, f"wire-{uuid4().hex[:12]}")
    s3.create_bucket(Bucket=made.name)
    yield made
    made.destroy()


@pytest.fixture
def bucket(db: None, store: Store) -> Bucket:
    """The product's own row for it."""
    return registered(store)
