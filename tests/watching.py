"""Looks over everything the suite makes the product say, pages, wire answers and log lines, for what must never be said."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from accounts import passwords
from tests.people import PASSWORD

SHORTEST = 16


@dataclass(frozen=True)
class Shape:
    """What a secret looks like. Most pages are without the `word` that stands in each, and seen through at once."""

    word: bytes
    pattern: re.Pattern[bytes]

    def is_in(self, said: bytes) -> bool:
        return self.word in said and self.pattern.search(said) is not None


SHAPES = {
    "a sealed credential": Shape(b"v1.", re.compile(rb"\bv1\.[0-9a-f]{12}\.[\w-]{40,}")),
    "a password's hash": Shape(b"$", re.compile(rb"(?:argon2(?:id)?|md5|pbkdf2_sha256)\$[\w$=,+/]{20,}")),
}
PERSONAL = Shape(b"mbp_", re.compile(rb"\bmbp_[0-9A-Za-z]{49}\b"))
HANDS_OUT_PERSONAL = ("/api/auth/tokens", "/account/tokens")
TOKEN = Shape(b".eyJ", re.compile(rb"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"))
HANDS_OUT_TOKENS = "/api/auth/"
HANDS_OUT_LINKS = re.compile(r"^/admin/accounts/user/|^/account/password/")
COOKIES = ("SESSION_COOKIE_NAME", "REFRESH_COOKIE_NAME")


@dataclass
class Watch:
    """What to look for besides shapes. `links` are tokens of password links; `told` is what was found in logs."""

    links: set[bytes] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    @property
    def fixed(self) -> dict[str, bytes]:
        """The secrets this run was given, by what they are."""
        values = {
            "the Django secret": settings.SECRET_KEY,
            "the JWT secret": settings.JWT_SECRET,
            "somebody's password": PASSWORD,
            "the store's secret key": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            **{f"encryption key {number}": key for number, key in enumerate(settings.ENCRYPTION_KEYS)},
            **{f"webhook secret {number}": key for number, key in enumerate(settings.EVICT_WEBHOOK_SECRETS)},
        }
        return {what: value.encode() for what, value in values.items() if len(value) >= SHORTEST}

    def found_in(self, said: bytes) -> list[str]:
        """What must not be said by anybody, of all that `said` holds."""
        found = [what for what, value in self.fixed.items() if value in said]
        return found + [what for what, shape in SHAPES.items() if shape.is_in(said)]

    def judge_answer(self, client: Client, path: str, answer: HttpResponse) -> None:
        """Raises AssertionError when a body or a header other than Set-Cookie holds a secret."""
        body = b"" if answer.streaming else answer.content
        said = b"\n".join([body, *(f"{name}: {value}".encode() for name, value in answer.items())])
        found = self.found_in(said)
        for name in COOKIES:
            cookie = client.cookies.get(getattr(settings, name))
            if cookie is not None and len(cookie.value) >= SHORTEST and cookie.value.encode() in said:
                found.append(f"the cookie {cookie.key}")
        if TOKEN.is_in(said) and not path.startswith(HANDS_OUT_TOKENS):
            found.append("an access token")
        if PERSONAL.is_in(said) and path not in HANDS_OUT_PERSONAL:
            found.append("a personal token")
        if not HANDS_OUT_LINKS.match(path) and any(link in said for link in self.links):
            found.append("a password link")
        assert not found, f"{path} ({answer.status_code}) says {', '.join(found)}"

    def judge_log(self, line: str) -> None:
        said = line.encode("utf-8", "replace")
        found = self.found_in(said)
        if TOKEN.is_in(said):
            found.append("an access token")
        if PERSONAL.is_in(said):
            found.append("a personal token")
        if any(link in said for link in self.links):
            found.append("a password link")
        if found:
            self.told.append(f"a log line says {', '.join(found)}: {line[:80]} …")


class _Listener(logging.Handler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self._watch.judge_log(f"{record.getMessage()}\n{trace}")


@contextmanager
def watching() -> Iterator[Watch]:
    """Judges every answer a test client gets, and listens to every log line, for as long as it lasts."""
    watch = Watch()
    request: Callable[..., Any] = Client.request
    new_link: Callable[..., str] = passwords.new_link

    def judged(client: Client, **environ: Any) -> Any:
        answer = request(client, **environ)
        watch.judge_answer(client, environ.get("PATH_INFO", ""), answer)
        return answer

    def noted(**what: Any) -> str:
        link = new_link(**what)
        watch.links.add(link.encode())
        return link

    listener = _Listener(watch)
    logging.getLogger().addHandler(listener)
    with patch.object(Client, "request", judged), patch.object(passwords, "new_link", noted):
        yield watch
    logging.getLogger().removeHandler(listener)
