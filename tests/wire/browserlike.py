"""A page of another origin in a browser without a screen: its cookies, its preflights, and what it may read of an answer."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.cookiejar import Cookie, CookieJar
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request

from tests.wire.client import Wire
from tests.wire.product import PATIENCE

FRONT = "http://127.0.0.1:5173"
"""Where the page comes from: another origin than the product's, but the same site, so a Strict cookie goes along."""
READABLE = {
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
}
"""The headers of an answer that a page on another origin sees without being allowed to."""


class Refused(Exception):
    """What the server said no to, in its words."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class SignedOut(Refused):
    """The page shows the login form now."""


class Browserlike:
    """A tab with a page that keeps its access token in memory; tabs of one browser share a cookie `jar`.

    It does with tokens what a page does: whatever meets TOKEN_EXPIRED waits for one refresh and is asked again.
    """

    def __init__(self, jar: CookieJar | None = None) -> None:
        self.jar = CookieJar() if jar is None else jar
        self.token = ""
        self.refreshes = 0
        self.met_expiry = 0
        self._one_refreshes = Lock()
        self._api = f"http://{Wire.product.host}:{Wire.product.port}/api"

    @property
    def cookie(self) -> str | None:
        """The refresh cookie, which no script of the page can read."""
        return next((cookie.value for cookie in self.jar if cookie.name == "refresh"), None)

    def keep(self, cookie: str) -> None:
        """Puts a refresh cookie into the jar, as somebody may who has read the browser's files."""
        here = {"domain": Wire.product.host, "domain_specified": False, "domain_initial_dot": False}
        there = {"path": "/api/auth/", "path_specified": True, "port": None, "port_specified": False}
        rest: dict[str, Any] = {"secure": False, "expires": None, "discard": True, "comment": None}
        self.jar.set_cookie(Cookie(0, "refresh", cookie, **here, **there, **rest, comment_url=None, rest={}))

    def get(self, door: str) -> Any:
        return self.ask("GET", door)

    def post(self, door: str, body: Any = None) -> Any:
        return self.ask("POST", door, body)

    def ask(self, verb: str, door: str, body: Any = None, *, token: str | None = None) -> Any:
        """What the server answers, from JSON. Raises Refused; SignedOut where that leads to the login form."""
        token = self.token if token is None else token
        try:
            return self._call(verb, door, body, token)
        except Refused as problem:
            if problem.code in ("REFRESH_TOKEN_USED", "FORCE_LOGGED_OUT"):
                raise SignedOut(problem.status, problem.code) from None
            if problem.code != "TOKEN_EXPIRED":
                raise
        self._refresh(instead_of=token)
        return self._call(verb, door, body, self.token)

    def ask_together(self, *doors: str) -> list[Any]:
        """GETs all of them at once, with the token of now, as a page does that opens."""
        token = self.token
        with ThreadPoolExecutor(len(doors)) as pool:
            asking = [pool.submit(self.ask, "GET", door, token=token) for door in doors]
            return [answer.result() for answer in asking]

    def sign_in(self, email: str, password: str) -> None:
        self.token = self.post("/auth/login", {"email": email, "password": password})["token"]

    def reload(self) -> "Browserlike":
        """The page anew: nothing is left but the browser's cookies."""
        page = Browserlike(self.jar)
        page.token = page.post("/auth/refresh")["token"]
        return page

    def _refresh(self, *, instead_of: str) -> None:
        with self._one_refreshes:
            self.met_expiry += 1
            if self.token == instead_of:
                self.refreshes += 1
                self.token = self.ask("POST", "/auth/refresh")["token"]

    def _call(self, verb: str, door: str, body: Any, token: str) -> Any:
        headers = {} if body is None else {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if headers or verb not in ("GET", "POST"):
            self._preflight(verb, door, headers)
        sent = None if body is None else json.dumps(body).encode()
        status, said, answer = self._exchange(verb, door, {**headers, **self._cookies(door)}, sent)
        assert said["content-type"] == "application/json"
        if status == 200:
            return answer
        assert set(answer) <= {"code", "message", "details"}
        assert answer["message"]
        raise Refused(status, answer["code"])

    def _preflight(self, verb: str, door: str, headers: dict[str, str]) -> None:
        """What a browser asks before it lets a page send this: without cookies, and without saying who asks."""
        asked = {"Access-Control-Request-Method": verb}
        if headers:
            asked["Access-Control-Request-Headers"] = ",".join(sorted(name.lower() for name in headers))
        status, _, _ = self._exchange("OPTIONS", door, asked, None, allowing=(verb, headers))
        assert status == 200

    def _exchange(
        self,
        verb: str,
        door: str,
        headers: dict[str, str],
        body: bytes | None,
        *,
        allowing: tuple[str, dict[str, str]] | None = None,
    ) -> tuple[int, dict[str, str], Any]:
        """Status, the headers that the page may read, and the JSON; the page may read nothing of an answer without CORS."""
        address = urlsplit(f"{self._api}{door}")
        line = HTTPConnection(address.netloc, timeout=PATIENCE)
        line.request(verb, f"{address.path}?{address.query}".rstrip("?"), body, {**headers, "Origin": FRONT})
        peer = line.sock.getsockname()
        raw = line.getresponse()
        content = raw.read()
        said = {name.lower(): value for name, value in raw.headers.items()}
        assert said["access-control-allow-origin"] == FRONT
        assert said["access-control-allow-credentials"] == "true"
        assert "origin" in _words(said["vary"])
        if allowing:
            assert allowing[0].lower() in _words(said["access-control-allow-methods"])
            assert {name.lower() for name in allowing[1]} <= _words(said["access-control-allow-headers"])
        else:
            self.jar.extract_cookies(raw, Request(f"{self._api}{door}"))
        line.close()
        Wire.product.await_rest(peer)
        readable = READABLE | _words(said.get("access-control-expose-headers", ""))
        return (
            raw.status,
            {name: value for name, value in said.items() if name in readable},
            json.loads(content) if content else None,
        )

    def _cookies(self, door: str) -> dict[str, str]:
        asked = Request(f"{self._api}{door}")
        self.jar.add_cookie_header(asked)
        kept = asked.get_header("Cookie")
        return {"Cookie": kept} if kept else {}


def _words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}
