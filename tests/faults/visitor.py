"""A signed-in person with nothing but HTTP."""

import json
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen

from tests.people import PASSWORD

PATIENCE = 40.0
"""How long anything may take before a test fails."""


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    retry_after: str


@dataclass
class Visitor:
    """A browser without a screen, on the product at `url`. `address` is where it comes from, as a trusted proxy says it."""

    url: str
    cookies: CookieJar = field(default_factory=CookieJar)
    address: str = ""

    def sign_in(self, email: str) -> "Visitor":
        self.get("/login")
        answer = self.post("/login", email=email, password=PASSWORD)
        assert answer.status == 200, answer.text[:500]
        return self

    def get(self, path: str) -> Answer:
        return self._send(Request(f"{self.url}{path}"))

    def post(self, path: str, /, **fields: str) -> Answer:
        token = next((cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"), "")
        headers = {"X-CSRFToken": token, "Origin": self.url}
        return self._send(Request(f"{self.url}{path}", data=urlencode(fields).encode(), headers=headers))

    def upload(self, code: str, folder: str, name: str, body: bytes) -> str:
        """Uploads one file as the tray does and returns what the confirmation said."""
        row = {"client_id": "c", "name": name, "size": len(body), "content_type": "text/plain"}
        prepared = self.post(f"/b/{code}/-/upload/prepare", folder=folder, files=json.dumps([row]))
        assert 'data-answer="signed"' in prepared.text, prepared.text[:800]
        headers = dict(re.findall(r'data-header="([^"]+)" value="([^"]*)"', prepared.text))
        (url,) = re.findall(r'data-url="([^"]+)"', prepared.text)
        (upload_id,) = re.findall(r'data-id="([^"]+)"', prepared.text)
        put = Request(unescape(url), data=body, method="PUT",
                      headers={name: unescape(value) for name, value in headers.items()})  # fmt: skip
        with urlopen(put, timeout=PATIENCE) as done:
            assert done.status == 200
        answer = self.post(f"/b/{code}/-/upload/confirm", uploads=json.dumps([{"id": upload_id, "etag": ""}]))
        assert answer.status == 200, answer.text[:800]
        return answer.text

    @property
    def _opener(self) -> OpenerDirector:
        return build_opener(HTTPCookieProcessor(self.cookies))

    def _send(self, request: Request) -> Answer:
        if self.address:
            request.add_header("X-Real-IP", self.address)
        try:
            response: Any = self._opener.open(request, timeout=PATIENCE)
        except HTTPError as refusal:
            response = refusal
        with response:
            return Answer(response.status, response.read().decode(), response.headers.get("Retry-After", ""))
