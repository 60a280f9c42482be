"""Whoever leaves their folder is out: everywhere, at once, and for good. Asked over HTTP and sockets, of two web processes."""

import json
import re
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts import refreshing, tokens
from accounts.models import ForceLogout, Session, User
from buckets.models import Bucket
from tests.faults.visitor import Visitor
from tests.promises.conftest import Webs, cookie_of
from tests.promises.crowd import Caller, Crowd
from tests.promises.ear import Ear, hear_all
from tests.promises.s3_log import S3Log

SESSIONS = 20
CALLS = 1000
PATIENCE = 20.0
SILENCE = 7.0
"""Longer than anybody between here and there waits for an answer by itself."""

Figure = Callable[[str], None]
Listen = Callable[..., Ear]


def violate(visitor: Visitor, bucket: Bucket) -> int:
    """Asks for what lies beside the folder, as a page would. The answer's status."""
    return visitor.post(f"/b/{bucket.system_code}/-/delete", paths="../secret/plan.txt").status


def token_of(grant: refreshing.Grant) -> str:
    return tokens.access_token(grant.session, now=timezone.now())


def refreshed(url: str, grant: refreshing.Grant) -> int:
    """The status of a refresh with this token."""
    caller = Caller(url, "/api/auth/refresh", {"Cookie": f"refresh={grant.refresh_token}"}, "POST")
    with Crowd([caller], most=1) as crowd:
        crowd.await_calls(1, after=0)
    return crowd.calls[0].status


def is_in(url: str, cookie: str) -> bool:
    with Crowd([Caller(url, "/account", {"Cookie": cookie})], most=1) as crowd:
        crowd.await_calls(1, after=0)
    return crowd.calls[0].status == 200


@pytest.fixture
def intruder(webs: Webs, mark: User, bucket: Bucket) -> Visitor:
    return Visitor(webs.urls[0]).sign_in(mark.email)


def test_ends_every_credential_on_every_process(  # noqa: PLR0917
    webs: Webs, mark: User, bucket: Bucket, intruder: Visitor, listen: Listen, s3_log: S3Log, figure: Figure
) -> None:
    cookies = [cookie_of(mark) for _ in range(SESSIONS)]
    grants = [
        refreshing.open_session(user=mark, ip=None, agent="", now=timezone.now()) for _ in range(SESSIONS)
    ]
    callers = [
        Caller(url, path, headers)
        for number, (cookie, grant) in enumerate(zip(cookies, grants, strict=True))
        for url, path, headers in [
            (webs.urls[number % 2], "/account", {"Cookie": cookie}),
            (webs.urls[number % 2], "/api/auth/me", {"Authorization": f"Bearer {token_of(grant)}"}),
        ]
    ]
    ears = [listen(url, cookie) for cookie in cookies for url in webs.urls]
    assert {ear.status for ear in ears} == {101}

    with Crowd(callers) as crowd:
        crowd.await_calls(len(callers) * 2, after=0)
        assert violate(intruder, bucket) == 401
        out = time.monotonic()
        hear_all(ears, seconds=PATIENCE)
        crowd.await_calls(CALLS, after=out)

    after = crowd.begun_after(out)
    assert 200 in {call.status for call in crowd.calls if call.began < out}
    assert {call.status for call in after} == {302, 401}
    assert {refreshed(url, grant) for grant in grants for url in webs.urls} == {401}
    assert {(ear.code, json.loads(ear.said[0])["reason"]) for ear in ears} == {(4401, "forced_out")}
    last = max(ear.closed_at - out for ear in ears if ear.closed_at)
    figure(
        f"0 of {len(after)} calls begun after the refusal succeeded, with {len(callers)} cookies and access tokens"
        f" at 2 processes; nor did any of {len(grants) * 2} refreshes"
    )
    figure(f"{len(ears)} sockets at 2 processes closed, the last {max(0.0, last):.2f} s after the refusal")
    assert s3_log.requests(bucket.bucket_name) == []


def test_is_done_though_the_request_was_refused_and_outlives_a_restart(
    webs: Webs, mark: User, bucket: Bucket, intruder: Visitor
) -> None:
    cookie = cookie_of(mark)
    assert violate(intruder, bucket) == 401

    mark.refresh_from_db()
    assert mark.epoch == 2
    assert ForceLogout.objects.get().is_violation
    assert set(Session.objects.values_list("ended_reason", flat=True)) == {"forced_out"}

    restarted = webs.start("web-3")
    try:
        assert not is_in(restarted.url, cookie)
        assert not is_in(webs.urls[1], cookie)
        assert Visitor(restarted.url).sign_in(mark.email).get("/account").status == 200
    finally:
        restarted.stop()


def test_lets_them_in_again_in_the_same_second(
    webs: Webs, mark: User, bucket: Bucket, intruder: Visitor, listen: Listen
) -> None:
    assert violate(intruder, bucket) == 401

    back = Visitor(webs.urls[1]).sign_in(mark.email)

    key = next(cookie.value for cookie in back.cookies if cookie.name == "sessionid")
    socket = listen(webs.urls[0], f"sessionid={key}")
    assert [Visitor(url, back.cookies).get("/account").status for url in webs.urls] == [200, 200]
    hear_all([socket], seconds=1)
    assert socket.closed_at is None
    mark.refresh_from_db()
    assert mark.epoch == 2


def test_tells_a_page_at_once_that_was_left_alone_for_a_while(  # noqa: PLR0917
    webs: Webs, mark: User, bucket: Bucket, intruder: Visitor, listen: Listen, figure: Figure
) -> None:
    ears = [listen(url, cookie_of(mark)) for url in webs.urls]
    time.sleep(SILENCE)

    assert violate(intruder, bucket) == 401

    out = time.monotonic()
    hear_all(ears, seconds=PATIENCE)
    assert {ear.code for ear in ears} == {4401}
    last = max(ear.closed_at - out for ear in ears if ear.closed_at)
    figure(f"sockets silent for {SILENCE:.0f} s closed, the last {max(0.0, last):.2f} s after the refusal")


def test_says_the_reason_on_the_login_page(webs: Webs, bucket: Bucket, intruder: Visitor) -> None:
    assert violate(intruder, bucket) == 401

    elsewhere = Visitor(webs.urls[1], intruder.cookies)
    assert "All your sessions were ended" in elsewhere.get("/login").text


def test_locks_at_the_fourth_within_the_hour(webs: Webs, mark: User, bucket: Bucket) -> None:
    for number in range(4):
        visitor = Visitor(webs.urls[number % 2]).sign_in(mark.email)
        assert violate(visitor, bucket) == 401

    visitor = Visitor(webs.urls[0])
    visitor.get("/login")
    refused = visitor.post("/login", email=mark.email, password="correct horse battery staple")
    assert refused.status == 401
    assert re.search("locked", refused.text)
    webs.running[0].manage("unlock_user", mark.email)
    assert Visitor(webs.urls[1]).sign_in(mark.email).get("/account").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_opens_no_socket_for_a_foreign_page(webs: Webs, mark: User, listen: Listen, origin: str) -> None:
    assert listen(webs.urls[0], cookie_of(mark), origin=origin).status == 403


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/page/x", "/account", "/%00"])
def test_opens_no_socket_elsewhere(webs: Webs, mark: User, listen: Listen, path: str) -> None:
    assert listen(webs.urls[0], cookie_of(mark), path=path).status == 403


@pytest.mark.parametrize("size", [1, 65_536, 65_537, 2_000_000])
def test_closes_a_socket_that_says_something(webs: Webs, mark: User, listen: Listen, size: int) -> None:
    ear = listen(webs.urls[0], cookie_of(mark))
    ear.say(b"x" * size)
    hear_all([ear], seconds=PATIENCE)
    assert ear.closed_at is not None
    assert ear.code == 4400
