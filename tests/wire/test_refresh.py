"""POST /auth/refresh: one refresh token, one successor."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts import passwords, people, refreshing, sessions
from accounts.models import AuditEntry, RefreshToken, Session, User
from tests import people as cast
from tests.people import PASSWORD
from tests.wire.client import COOKIE, Wire, told


def age(**by):
    """Lets the used tokens have been used that long ago."""
    RefreshToken.objects.filter(used_at__isnull=False).update(used_at=timezone.now() - timedelta(**by))


def with_cookie(value):
    wire = Wire()
    wire.refresh_token = value
    return wire


def test_exchanges_the_cookie_and_gives_a_fresh_token(marks):
    first, spent = marks.token, marks.refresh_token

    answer = marks.post("/auth/refresh")

    assert set(answer.json()) == {"token"}
    assert marks.refresh_token != spent
    assert answer.cookies[COOKIE]["httponly"]
    marks.token = answer.json()["token"]
    assert marks.token != first or marks.get("/auth/me").status_code == 200
    assert marks.post("/auth/refresh").status_code == 200
    assert Session.objects.count() == 1


def test_takes_no_notice_of_an_old_token(marks):
    marks.token = "of no use"

    assert marks.post("/auth/refresh").status_code == 200


def test_keeps_the_session_alive(marks):
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))

    marks.post("/auth/refresh")

    assert Session.objects.get().expire_date > timezone.now() + timedelta(days=13)


@pytest.mark.parametrize("value", ["", "rubbish", "x" * 4000, "ÿ"])
def test_refuses_what_is_no_token(wire, mark, value):
    assert told(with_cookie(value).post("/auth/refresh")) == (401, "UNAUTHORIZED")


def test_refuses_without_a_cookie(wire, mark):
    assert told(wire.post("/auth/refresh")) == (401, "UNAUTHORIZED")


def test_refuses_an_access_token_as_a_refresh_token(marks):
    assert told(with_cookie(marks.token).post("/auth/refresh")) == (401, "UNAUTHORIZED")


def test_refuses_a_used_token_and_nothing_else_happens_within_ten_seconds(marks):
    spent = marks.refresh_token
    marks.post("/auth/refresh")
    age(seconds=1)

    answer = with_cookie(spent).post("/auth/refresh")

    assert told(answer) == (401, "REFRESH_TOKEN_USED")
    assert COOKIE not in answer.cookies
    assert marks.post("/auth/refresh").status_code == 200


def test_ends_the_session_when_a_used_token_comes_again_later(marks, mark):
    spent = marks.refresh_token
    marks.post("/auth/refresh")
    age(seconds=11)

    assert told(with_cookie(spent).post("/auth/refresh")) == (401, "REFRESH_TOKEN_USED")

    assert told(marks.get("/auth/me")) == (401, "UNAUTHORIZED")
    assert told(marks.post("/auth/refresh")) == (401, "UNAUTHORIZED")
    assert Session.objects.get().ended_reason == "revoked"
    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.actor_id, entry.ip) == ("session_ended", mark.pk, "127.0.0.1")
    assert "used twice" in entry.detail["reason"]


def test_ends_no_other_session_for_it(marks, mark):
    other = Wire()
    other.sign_in(mark.email)
    spent = marks.refresh_token
    marks.post("/auth/refresh")
    age(minutes=1)

    with_cookie(spent).post("/auth/refresh")

    assert other.get("/auth/me").status_code == 200
    assert other.post("/auth/refresh").status_code == 200


def test_refuses_a_token_too_old(marks):
    RefreshToken.objects.update(expires_at=timezone.now())

    assert told(marks.post("/auth/refresh")) == (401, "UNAUTHORIZED")


def test_refuses_when_the_session_expired(marks):
    Session.objects.update(expire_date=timezone.now())

    assert told(marks.post("/auth/refresh")) == (401, "UNAUTHORIZED")


def force_out(user):
    sessions.force_logout(user=user, reason="test", now=timezone.now())


def disable(user):
    people.disable(user=user, now=timezone.now())


def lock(user):
    people.lock(user=user, now=timezone.now())


def end_all(user):
    sessions.end_all(user=user, reason=Session.Ended.REVOKED, now=timezone.now())


def change_password(user):
    passwords.change(
        user=user, current=PASSWORD, new="another good password", keep=None, ip=None, now=timezone.now()
    )


def set_password_behind_everything(user):
    user.set_password("another good password")
    user.save()


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (force_out, "FORCE_LOGGED_OUT"),
        (disable, "FORCE_LOGGED_OUT"),
        (lock, "FORCE_LOGGED_OUT"),
        (end_all, "UNAUTHORIZED"),
        (change_password, "UNAUTHORIZED"),
        (set_password_behind_everything, "UNAUTHORIZED"),
    ],
)
@pytest.mark.usefixtures("ada")
def test_fails_after_whatever_ends_the_session(marks, mark, act, code):
    act(mark)

    assert told(marks.post("/auth/refresh")) == (401, code)
    assert told(marks.get("/auth/me")) == (401, code)
    assert RefreshToken.objects.count() == 1


def test_works_again_after_a_clean_sign_in_in_the_same_second(marks, mark):
    force_out(mark)

    assert marks.sign_in(mark.email).status_code == 200
    assert marks.get("/auth/me").status_code == 200
    assert marks.post("/auth/refresh").status_code == 200


def test_fails_for_somebody_deleted(marks, mark):
    User.objects.filter(pk=mark.pk).delete()

    assert told(marks.post("/auth/refresh")) == (401, "FORCE_LOGGED_OUT")
    assert not RefreshToken.objects.exists()


def test_takes_no_name_for_a_token(wire, mark):
    assert told(with_cookie(f"made-up.{mark.pk}").post("/auth/refresh")) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "ours"}, 200),
        ({"origin": "https://front.example"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "https://127.0.0.1"}, 403),
        ({"origin": "https://front.example.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_answers_only_pages_of_ours(marks, settings, headers, status):
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]

    said = {name: marks.origin if value == "ours" else value for name, value in headers.items()}
    answer = marks.post("/auth/refresh", headers=said)

    assert answer.status_code == status
    assert RefreshToken.objects.filter(used_at__isnull=False).exists() is (status == 200)


@pytest.mark.django_db(transaction=True)
def test_gives_exactly_one_successor_to_fifty_at_once():
    mark, together = cast.mark(), Barrier(50)
    token = refreshing.open_session(user=mark, ip=None, agent="", now=timezone.now()).refresh_token

    def ask(token):
        wire = with_cookie(token)
        together.wait()
        answer = wire.post("/auth/refresh")
        successor = wire.refresh_token if answer.status_code == 200 else ""
        return answer.status_code, answer.json().get("code", ""), successor

    def leave(_):
        together.wait()
        connection.close()

    with ThreadPoolExecutor(50) as pool:
        for _ in range(3):
            answers = list(pool.map(ask, [token] * 50))
            refused = [(status, code) for status, code, successor in answers if not successor]
            assert refused == [(401, "REFRESH_TOKEN_USED")] * 49
            (token,) = [successor for *_, successor in answers if successor]
        list(pool.map(leave, range(50)))

    assert RefreshToken.objects.filter(used_at__isnull=True).count() == 1
    assert Session.objects.filter(ended_at__isnull=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_gives_nothing_that_outlives_a_force_logout_it_races():
    mark = cast.mark()
    for _ in range(5):
        session = refreshing.open_session(user=User.objects.get(), ip=None, agent="", now=timezone.now())
        marks, together = with_cookie(session.refresh_token), Barrier(2)
        given = []

        def ask(marks=marks, together=together, given=given):
            together.wait()
            given.append(marks.post("/auth/refresh").json().get("token", ""))
            connection.close()

        asking = Thread(target=ask)
        asking.start()
        together.wait()
        force_out(mark)
        asking.join()

        marks.token = given[0]
        assert marks.get("/auth/me").status_code == 401
        assert marks.post("/auth/refresh").status_code == 401
