"""GET /auth/setup-status, POST /auth/setup."""

from threading import Thread

import pytest
from django.db import connection

from accounts.models import Session, User
from tests.people import PASSWORD
from tests.wire.client import COOKIE, Wire, told

FIRST = {"name": "Ada Admin", "email": "ada@example.com", "password": PASSWORD}


def test_is_required_until_somebody_has_an_account(wire):
    assert wire.get("/auth/setup-status").json() == {"setupRequired": True}

    wire.post("/auth/setup", FIRST)

    assert wire.get("/auth/setup-status").json() == {"setupRequired": False}


def test_makes_the_first_administrator_and_signs_them_in(wire):
    wire.token = wire.post("/auth/setup", FIRST).json()["token"]

    assert wire.get("/auth/me").json()["isAdmin"] is True
    assert User.objects.get().email == FIRST["email"]
    assert COOKIE in wire.cookies


def test_happens_once(wire, mark):
    answer = wire.post("/auth/setup", FIRST)

    assert told(answer) == (403, "FORBIDDEN")
    assert User.objects.get() == mark
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "bell\x07"),
        ("name", "x" * 121),
        ("name", None),
        ("email", "nobody"),
        ("email", "a@b"),
        ("email", "x" * 250 + "@example.com"),
        ("password", "short"),
        ("password", "password123"),
        ("password", 12),
        ("password", "x" * 1001),
    ],
)
def test_names_the_field_that_is_wrong(wire, field, value):
    answer = wire.post("/auth/setup", {**FIRST, field: value})

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"field": field}
    assert not User.objects.exists()


def test_takes_no_notice_of_an_old_token(wire):
    wire.token = "of no use"

    assert wire.get("/auth/setup-status").status_code == 200
    assert wire.post("/auth/setup", FIRST).status_code == 200


def test_is_limited_like_signing_in(wire, mark):
    for _ in range(5):
        assert wire.post("/auth/setup", FIRST).status_code == 403

    assert told(wire.post("/auth/setup", FIRST)) == (429, "RATE_LIMITED")


@pytest.mark.django_db(transaction=True)
def test_lets_one_of_many_at_once_win(settings):
    settings.RATE_LIMIT_LOGIN = "100/m"
    answers = []

    def set_up(number):
        answers.append(Wire().post("/auth/setup", {**FIRST, "email": f"ada{number}@example.com"}).status_code)
        connection.close()

    threads = [Thread(target=set_up, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200] + [403] * 7
    assert User.objects.count() == 1
