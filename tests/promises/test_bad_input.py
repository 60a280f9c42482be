"""What no honest browser sends: refused with a code, never with a trace, and the server goes on serving everybody else."""

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Session, User
from buckets.models import Bucket
from tests import people
from tests.boundaries.source import REPO
from tests.browser.pages import sign_in
from tests.promises.conftest import Webs
from tests.promises.raw import Reply, connected, request, tell

FORM = b"Content-Type: application/x-www-form-urlencoded"
JSON = b"Content-Type: application/json"
HINTS = re.compile(
    r"Traceback|File \"|site-packages|django\.|psycopg|twisted|daphne/|SELECT .* FROM|accounts_user|/usr/lib|"
    + re.escape(str(REPO))
)
"""What would tell how this is built, or where it lies."""
PLACES = (b"/", b"/login", b"/account", b"/healthz", b"/admin/", b"/b/%(code)s/", b"/b/%(code)s/a.txt",
          b"/b/%(code)s/-/delete", b"/api/auth/me", b"/api/auth/login", b"/api/cache/evict", b"/nothing",
          b"/static/nothing.css")  # fmt: skip
MEGABYTE = b"x" * 1024 * 1024
ODD = (
    b"%00",
    b"%0d%0aX-Planted:%201",
    b"%ff",
    b"%c0%ae%c0%ae/",
    b"%ed%a0%80",
    b"%zz",
    b"\xff\xfe",
    b"%e2%80%a8",
)


class Outsider:
    """Sends the same to a stranger's and to Mark's connection, and keeps what came back."""

    def __init__(self, url: str, person: User, code: str) -> None:
        self.url = url
        self.code = code.encode()
        self.cookie = f"Cookie: {settings.SESSION_COOKIE_NAME}={sign_in(person)}".encode()
        self.replies: list[tuple[bytes, Reply]] = []

    def send(self, method: bytes, target: bytes, *headers: bytes, **more: Any) -> list[Reply]:
        """Both replies; each is judged as every reply is."""
        place = target.replace(b"%(code)s", self.code)
        both = []
        for extra in ((), (self.cookie,)):
            sent = request(method, place, *headers, *extra, **more)
            reply = tell(self.url, sent)
            self.replies.append((sent[:200], reply))
            both.append(reply)
            assert reply.status < 500 or reply.status == 501 or _is_switched_off(reply), (
                sent,
                reply.text[:500],
            )
            assert not (found := HINTS.search(reply.text)), (sent[:200], found)
            assert "\r\nX-Planted" not in reply.head, sent[:200]
        return both

    def is_served(self) -> bool:
        return tell(self.url, request(b"GET", b"/healthz")).status == 200


@pytest.fixture
def outsider(webs: Webs, mark: User, bucket: Bucket) -> Iterable[Outsider]:
    made = Outsider(webs.urls[0], mark, bucket.system_code)
    yield made
    assert made.is_served()
    assert Session.objects.filter(user=mark, ended_at__isnull=True).exists(), "bad input is no violation"


def refused(replies: Iterable[Reply], *codes: int) -> bool:
    """Whether each was refused: by one of `codes`, any 4xx without codes, or by closing the connection."""
    return all(
        reply.status == 0 or (reply.status in codes if codes else 400 <= reply.status < 500)
        for reply in replies
    )


def _is_switched_off(reply: Reply) -> bool:
    """A webhook without a secret, which says so with a code."""
    return reply.status == 503 and "This webhook is switched off" in reply.body


def test_refuses_odd_bytes_in_addresses(outsider: Outsider) -> None:
    for odd in ODD[:-1]:
        for place in (b"/b/%(code)s/a" + odd, b"/" + odd, b"/api/" + odd, b"/admin/" + odd):
            assert refused(outsider.send(b"GET", place)) or odd.startswith(b"%0d"), place
        outsider.send(b"GET", b"/login?next=/a" + odd)
        outsider.send(b"GET", b"/b/%(code)s/?after=" + odd + b"&sort=" + odd)
    for target in (
        b"http://evil.example/login",
        b"//evil.example/login",
        b"*",
        b"login",
        b"/a b",
        b"/\\evil.example",
        b"",
    ):
        assert all(b"evil.example" not in reply.head.encode() for reply in outsider.send(b"GET", target))


def test_refuses_odd_bytes_in_headers_cookies_and_forms(outsider: Outsider) -> None:
    for name in (b"Accept", b"X-Forwarded-For", b"X-Real-IP", b"HX-Current-URL", b"X-CSRFToken", b"If-None-Match", b"Origin",
                 b"Authorization", b"Accept-Language", b"Accept-Encoding", b"If-Modified-Since", b"Range"):  # fmt: skip
        for value in (
            b"\x00",
            b"a\r\n X-Planted: 1",
            b"\xff\xfe",
            b"\xed\xa0\x80",
            b"Bearer \xc0\xae",
            b"'\"<x>",
            b"9" * 4000,
        ):
            for place in (b"/login", b"/api/auth/me"):
                outsider.send(b"GET", place, name + b": " + value)
    for cookie in (b"csrftoken=\x00", b"=;;;", b"csrftoken=\xff; view=\xff", b"view=" + b"x" * 7000, b"sessionid=" + b"a" * 32,
                   b"__Host-session=\r\n x"):  # fmt: skip
        outsider.send(b"GET", b"/", b"Cookie: " + cookie)
    for form in (
        b"a=%00",
        b"email=%ff&password=%ed%a0%80",
        b"=&=&&&",
        b"paths=a&paths=a&paths=%0d%0a",
        b"%zz=%zz",
        b"\xff\xfe",
    ):
        for place in (b"/login", b"/b/%(code)s/-/delete", b"/account", b"/setup", b"/forgotten"):
            assert refused(outsider.send(b"POST", place, FORM, body=form)) or place in (
                b"/setup",
                b"/forgotten",
            ), place


def test_refuses_what_is_too_large(outsider: Outsider) -> None:
    for place in (b"/login", b"/api/auth/login", b"/b/%(code)s/-/delete"):
        assert refused(outsider.send(b"GET", place, b"X-Large: " + MEGABYTE))
        assert refused(outsider.send(b"GET", place + b"?" + MEGABYTE))
    assert refused(outsider.send(b"GET", b"/login", *[b"X-%d: 1" % number for number in range(2000)]))
    assert refused(outsider.send(b"POST", b"/login", FORM, body=b"email=" + MEGABYTE * 9), 403, 413)
    assert refused(
        outsider.send(b"POST", b"/login", FORM, body=b"&".join(b"f%d=1" % n for n in range(20_001))), 403, 413
    )
    for place in (b"/api/auth/login", b"/api/cache/evict"):
        assert refused(outsider.send(b"POST", place, JSON, body=b'{"email": "' + MEGABYTE + b'"}'), 413, 503)


def test_refuses_bodies_that_are_not_what_they_say(outsider: Outsider) -> None:
    bodies = (b"", b"{", b"[]", b"null", b'{"email": NaN}', b'{"email": 1e999}', b'{"email":"a","email":"b"}', b"\xff\xfe{\x00",
              b'{"email": "\\ud800"}', b'{"email": "\\u0000"}', b"[" * 100_000, b'{"a":' * 50_000, b"<x/>", b"email=a&password=b",
              b'{"email": {"$ne": null}, "password": []}', b"1" * 5000)  # fmt: skip
    types = (JSON, FORM, b"Content-Type: multipart/form-data; boundary=x", b"Content-Type: multipart/form-data",
             b"Content-Type: text/xml", b"Content-Type: application/json; charset=utf-16", b"Content-Type: \xff", b"X-None: 1")  # fmt: skip
    for kind in types:
        for body in bodies if kind == JSON else bodies[:5] + bodies[-3:-1]:
            for place in (b"/api/auth/login", b"/login"):
                assert refused(outsider.send(b"POST", place, kind, body=body)), (kind, body[:50], place)
    half = b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../x\r\n\r\nhalf'
    assert refused(
        outsider.send(b"POST", b"/login", b"Content-Type: multipart/form-data; boundary=x", body=half)
    )


def test_knows_no_verb_by_another_name(outsider: Outsider) -> None:
    overrides = (b"X-HTTP-Method-Override: POST", b"X-HTTP-Method: POST", b"X-Method-Override: POST")
    for override in overrides:
        assert {reply.status for reply in outsider.send(b"GET", b"/logout", override)} == {405}
        assert refused(outsider.send(b"GET", b"/logout?_method=POST", override), 405)
        for reply in outsider.send(
            b"POST", b"/api/auth/me", override.replace(b"POST", b"GET"), FORM, body=b"_method=GET"
        ):
            assert reply.status in (401, 403, 405)
    for place in PLACES:
        for verb in (
            b"HEAD",
            b"OPTIONS",
            b"TRACE",
            b"PUT",
            b"DELETE",
            b"CONNECT",
            b"PROPFIND",
            b"get",
            b"X" * 300,
            b"G\x00T",
        ):
            for reply in outsider.send(verb, place):
                assert reply.status < 400 or refused([reply]) or reply.status == 501, (
                    verb,
                    place,
                    reply.status,
                )
                assert verb != b"TRACE" or "127.0.0.1" not in reply.body


def test_believes_no_made_up_host(outsider: Outsider, webs: Webs, figure: Callable[[str], None]) -> None:
    for host in (b"evil.example", b"127.0.0.1@evil.example", b"127.0.0.1:80:80", b"127.0.0.1, evil.example", b"", b"\xff", b"[::1",
                 b"127.0.0.1/evil", b"evil.example#127.0.0.1"):  # fmt: skip
        for place in (b"/login", b"/account", b"/api/auth/me"):
            replies = outsider.send(b"GET", place, host=host)
            assert refused(replies), (host, place)
            assert not any("evil" in reply.text for reply in replies), host
    assert refused(outsider.send(b"GET", b"/login", b"Host: evil.example"))
    # Without any, the server's own address is meant.
    assert {reply.status for reply in outsider.send(b"GET", b"/login", host=None)} <= {0, 200, 302, 400}

    ada = people.ada()
    link = b"/admin/accounts/user/%s/link/" % str(User.objects.get(email="mark@example.com").pk).encode()
    admin = Outsider(webs.urls[0], ada, "X")
    token = _form_token(admin)
    for lie in (
        b"X-Forwarded-Host: evil.example",
        b"X-Host: evil.example",
        b"Forwarded: host=evil.example",
        b"X-Original-URL: /evil",
    ):
        sent = request(
            b"POST",
            link,
            admin.cookie + b"; csrftoken=" + token,
            FORM,
            lie,
            body=b"csrfmiddlewaretoken=" + token,
        )
        reply = tell(admin.url, sent)
        assert reply.status == 200, reply.text[:300]
        assert "http://127.0.0.1/account/password/" in reply.body
        assert "evil" not in reply.text
    figure(f"bad input: {len(outsider.replies):,} replies in this test alone, none of them 5xx")


def _form_token(visitor: Outsider) -> bytes:
    """The token of a form on the account page, which is also the cookie's."""
    reply = tell(visitor.url, request(b"GET", b"/account", visitor.cookie))
    found = re.search(r"csrftoken=(\w+)", reply.head)
    assert found
    return found.group(1).encode()


def test_outlives_those_who_never_finish(outsider: Outsider) -> None:
    with ExitStack() as lines:
        for number in range(60):
            line = lines.enter_context(connected(outsider.url))
            if number % 3 == 0:
                line.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            elif number % 3 == 1:
                line.sendall(request(b"POST", b"/login", FORM, b"Content-Length: 5000", body=b"email=half"))
            else:
                line.sendall(
                    request(
                        b"POST", b"/api/auth/login", JSON, b"Transfer-Encoding: chunked", body=b'5\r\n{"ema'
                    )
                )
        assert outsider.is_served()
        assert {reply.status for reply in outsider.send(b"GET", b"/login")} <= {200, 302}
    assert outsider.is_served()


def test_takes_bodies_in_pieces_for_what_they_are(outsider: Outsider) -> None:
    chunked = b"Transfer-Encoding: chunked"
    for body in (
        b"5\r\nemail\r\n0\r\n\r\n",
        b"zz\r\nx\r\n0\r\n\r\n",
        b"-1\r\n\r\n",
        b"5;a=\x00\r\nemail\r\n0\r\nX-Planted: 1\r\n\r\n",
    ):
        for place in (b"/login", b"/api/auth/login"):
            assert refused(outsider.send(b"POST", place, FORM, chunked, body=body)), (body, place)
    smuggled = b"0\r\n\r\nGET /account HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for headers in ((chunked, b"Content-Length: 4"), (b"Content-Length: 4", b"Content-Length: 40"), (b"Content-Length: -1",),
                    (b"Content-Length: 1e3",), (b"Transfer-Encoding: xchunked",), (b"Transfer-Encoding: chunked, identity",)):  # fmt: skip
        for reply in outsider.send(b"POST", b"/login", FORM, *headers, body=smuggled):
            assert refused([reply]), headers
            assert "HTTP/1.1 200" not in reply.text
