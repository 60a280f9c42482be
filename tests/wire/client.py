"""A client of the wire over a real socket: bodies are JSON, the access token is a header, the refresh token a cookie."""

import json
from collections.abc import Callable, Iterator
from email.message import Message
from http.client import HTTPConnection, HTTPResponse
from http.cookiejar import Cookie, CookieJar
from http.cookies import SimpleCookie
from typing import Any, ClassVar
from urllib.request import Request

from django.test import Client
from django.utils import timezone

from accounts import refreshing, tokens
from accounts.models import User
from tests.people import PASSWORD
from tests.wire.product import PATIENCE, Product, connection_is_lent

COOKIE = "refresh"
JSON = "application/json"


class Answer:
    """What came back, byte for byte. Headers by any case; several of one name are joined."""

    streaming = False

    def __init__(self, verb: str, path: str, raw: HTTPResponse) -> None:
        self.verb, self.path = verb, path
        self.status_code = raw.status
        self.content = raw.read()
        self.headers: Message = raw.headers
        self.cookies: SimpleCookie = SimpleCookie()
        for line in raw.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)

    def json(self) -> Any:
        return json.loads(self.content)

    def items(self) -> list[tuple[str, str]]:
        """The headers a script could read."""
        return [(name, value) for name, value in self.headers.items() if name.lower() != "set-cookie"]

    def __getitem__(self, header: str) -> str:
        return ", ".join(self.headers.get_all(header) or [])

    def __contains__(self, header: str) -> bool:
        return header in self.headers


Judge = Callable[["Wire", Answer], None]


class Wire:
    """Somebody's program. `token` is the access token it sends; "" sends none. `address` is where it calls from.

    Every answer goes past the `judges`, which raise AssertionError over what no answer may be.
    """

    judges: ClassVar[list[Judge]] = []
    product: ClassVar[Product]
    lines: ClassVar[list[HTTPConnection]] = []

    def __init__(self, *, address: str = "127.0.0.1", headers: dict[str, str] | None = None) -> None:
        self.token = ""
        self.jar = CookieJar()
        self._always = headers or {}
        self._line = HTTPConnection(self.product.host, self.product.port, PATIENCE, (address, 0))
        self.lines.append(self._line)

    @property
    def origin(self) -> str:
        """Where the product is, as its own pages would say."""
        return f"http://{self.product.host}:{self.product.port}"

    def get(self, door: str, **more: Any) -> Answer:
        return self.send("GET", f"/api{door}", **more)

    def post(self, door: str, body: Any = None, **more: Any) -> Answer:
        return self.send("POST", f"/api{door}", body, **more)

    def patch(self, door: str, body: Any = None, **more: Any) -> Answer:
        return self.send("PATCH", f"/api{door}", body, **more)

    def delete(self, door: str, body: Any = None, **more: Any) -> Answer:
        return self.send("DELETE", f"/api{door}", body, **more)

    def send(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = JSON,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Asks exactly that. Bytes go as they are, an iterator of bytes in chunks, everything else as JSON."""
        if body is not None and not isinstance(body, bytes | Iterator):
            body = json.dumps(body).encode()
        said = {
            **({"authorization": f"Bearer {self.token}"} if self.token else {}),
            **({} if body is None else {"content-type": content_type}),
            **self._cookies(path),
            **self._always,
            **(headers or {}),
        }
        with connection_is_lent():
            self._line.request(verb, path, body, said, encode_chunked=isinstance(body, Iterator))
            peer = self._line.sock.getsockname()
            raw = self._line.getresponse()
            answer = Answer(verb, path, raw)
            self.product.await_rest(peer)
        self.jar.extract_cookies(raw, Request(f"{self.origin}{path}"))
        for judge in self.judges:
            judge(self, answer)
        return answer

    def sign_in(self, email: str, password: str = PASSWORD) -> Answer:
        """Signs in and keeps what was given."""
        answer = self.post("/auth/login", {"email": email, "password": password})
        if answer.status_code == 200:
            self.token = answer.json()["token"]
        return answer

    def enter(self, user: User) -> "Wire":
        """Holds what `user` would be given for their password, without asking for it. Nothing is noted of their signing in."""
        now = timezone.now()
        grant = refreshing.open_session(user=user, ip="127.0.0.1", agent="", now=now)
        self.token, self.refresh_token = tokens.access_token(grant.session, now=now), grant.refresh_token
        return self

    @property
    def cookies(self) -> SimpleCookie:
        """What is kept, by name."""
        return SimpleCookie({cookie.name: cookie.value or "" for cookie in self.jar})

    @property
    def refresh_token(self) -> str:
        return self.cookies[COOKIE].value

    @refresh_token.setter
    def refresh_token(self, value: str) -> None:
        self.keep(COOKIE, value, path="/api/auth/")

    def keep(self, name: str, value: str, *, path: str = "/") -> None:
        """As if the product had set this cookie."""
        self.jar.set_cookie(
            Cookie(
                version=0, name=name, value=value, port=None, port_specified=False, domain=self.product.host,
                domain_specified=False, domain_initial_dot=False, path=path, path_specified=True, secure=False,
                expires=None, discard=True, comment=None, comment_url=None, rest={},
            )
        )  # fmt: skip

    def _cookies(self, path: str) -> dict[str, str]:
        asked = Request(f"{self.origin}{path}")
        self.jar.add_cookie_header(asked)
        kept = asked.get_header("Cookie")
        return {"cookie": kept} if kept else {}


def told(answer: Answer) -> tuple[int, str]:
    """The status and the code of a refusal, which is JSON of the one shape."""
    body = answer.json()
    assert answer["Content-Type"] == JSON
    assert set(body) - {"details"} == {"code", "message"}
    assert body["message"]
    return answer.status_code, body["code"]


def page_of(user: User) -> Wire:
    """A script in a page that `user` opened: it sends the cookies of pages, and no token."""
    browser, wire = Client(), Wire()
    browser.force_login(user)
    browser.get("/account")
    for name, morsel in browser.cookies.items():
        wire.keep(name, morsel.value)
    return wire


def chunks(*parts: bytes) -> Iterator[bytes]:
    """A body that does not say how long it is."""
    return iter(parts)
