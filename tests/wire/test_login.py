"""POST /auth/login."""

import hashlib

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, RefreshToken, Session, User
from tests.people import PASSWORD
from tests.wire.client import COOKIE, Wire, told

WRONG = "This e-mail and password don't match. Please try again."


def log_in(wire, email="mark@example.com", password=PASSWORD, **more):
    return wire.post("/auth/login", {"email": email, "password": password}, **more)


def test_gives_an_access_token_that_opens_doors(wire, mark):
    answer = wire.sign_in(mark.email)

    assert set(answer.json()) == {"token"}
    assert answer["Cache-Control"] == "no-store"
    assert wire.get("/auth/me").json()["email"] == mark.email


def test_gives_a_refresh_cookie_no_script_and_no_other_site_can_use(wire, mark):
    cookie = log_in(wire).cookies[COOKIE]

    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/api/auth/", "Strict", True)
    assert not cookie["secure"]
    assert cookie["max-age"] == str(14 * 24 * 3600)


def test_ties_the_cookie_to_tls_where_there_is_tls(wire, mark, settings):
    settings.REFRESH_COOKIE_NAME, settings.REFRESH_COOKIE_SECURE = "__Secure-refresh", True

    assert log_in(wire).cookies["__Secure-refresh"]["secure"]


def test_lets_a_page_of_another_site_send_the_cookie_where_a_setting_says_so(wire, mark, settings):
    settings.REFRESH_COOKIE_SAMESITE, settings.REFRESH_COOKIE_SECURE = "None", True

    given = log_in(wire).cookies[COOKIE]
    cleared = wire.post("/auth/logout").cookies[COOKIE]

    # Browsers take none without Secure, nor clear one.
    assert (given["samesite"], given["secure"]) == (cleared["samesite"], cleared["secure"]) == ("None", True)


def test_stores_no_token_only_its_digest(wire, mark):
    log_in(wire)

    kept = RefreshToken.objects.get()
    assert kept.token_hash == hashlib.sha256(wire.refresh_token.encode()).hexdigest()
    assert len(wire.refresh_token) >= 86  # 64 bytes


def test_begins_a_session_and_says_so_in_the_audit_log(mark):
    log_in(Wire(address="127.0.0.7"), headers={"user-agent": "Firefox/1 Linux"})

    session = Session.objects.get()
    assert (session.user, session.epoch, session.ip) == (mark, mark.epoch, "127.0.0.7")
    assert session.agent == "Firefox/1 Linux"
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.actor_email, entry.ip) == ("signed_in", mark.email, "127.0.0.7")


def test_gives_a_session_that_opens_no_page(wire, mark, client, settings):
    log_in(wire)
    client.cookies[settings.SESSION_COOKIE_NAME] = Session.objects.get().session_key

    assert client.get("/account").status_code == 302


def test_takes_no_notice_of_an_old_token(wire, mark):
    wire.token = "of no use"

    assert log_in(wire).status_code == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("mark@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("mark@example.com", PASSWORD + " "),
    ],
)
def test_refuses_with_one_sentence_whatever_was_wrong(wire, mark, email, password):
    answer = log_in(wire, email, password)

    assert told(answer) == (401, "UNAUTHORIZED")
    assert answer.json()["message"] == WRONG
    assert COOKIE not in wire.cookies
    assert not Session.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("is_active", False), ("locked_at", timezone.now())])
def test_refuses_who_is_switched_off_or_locked(wire, mark, field, value):
    User.objects.filter(pk=mark.pk).update(**{field: value})

    assert told(log_in(wire)) == (401, "UNAUTHORIZED")
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "mark@example.com"},
        {"email": "", "password": ""},
        {"email": ["mark@example.com"], "password": PASSWORD},
        {"email": {"$ne": ""}, "password": PASSWORD},
        {"email": "mark@example.com", "password": "x" * 1001},
        {"email": "mark@example.com", "password": None},
        {"email": True, "password": PASSWORD},
        [],
        [{"email": "mark@example.com", "password": PASSWORD}],
    ],
)
def test_refuses_what_is_no_email_and_password(wire, mark, body):
    assert told(log_in(wire) if body is None else wire.post("/auth/login", body)) == (400, "VALIDATION_ERROR")


def test_names_the_field_that_is_missing(wire, db):
    details = wire.post("/auth/login", {"email": "mark@example.com"}).json()["details"]

    assert details == {"field": "password"}


def test_limits_the_tries_of_one_address_together_with_the_page(wire, mark, client):
    for number in range(3):
        assert log_in(wire, f"guess{number}@example.com", "wrong").status_code == 401
    for number in range(2):
        client.post("/login", {"email": f"page{number}@example.com", "password": "wrong"})

    answer = log_in(wire)

    assert told(answer) == (429, "RATE_LIMITED")
    assert 1 <= int(answer["Retry-After"]) <= 3600
    assert log_in(Wire(address="127.0.0.7")).status_code == 200


def test_lets_refused_tries_prolong_nothing(wire, mark):
    for number in range(5):
        log_in(wire, f"guess{number}@example.com", "wrong")

    waits = [int(log_in(wire)["Retry-After"]) for _ in range(20)]

    assert waits == sorted(waits, reverse=True)


def test_backs_off_for_one_account_from_any_address(mark):
    for number in range(5):
        log_in(Wire(address=f"127.0.0.{10 + number}"), password="wrong")

    answer = log_in(Wire(address="127.0.0.7"))

    assert told(answer) == (429, "RATE_LIMITED")
    assert 1 <= int(answer["Retry-After"]) <= 30


@pytest.mark.parametrize("verb", ["GET", "PUT", "PATCH", "DELETE"])
def test_answers_to_nothing_but_post(wire, verb):
    answer = wire.send(verb, "/api/auth/login")

    assert told(answer) == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in answer["Allow"]


def test_takes_no_verb_from_a_header(wire, mark):
    answer = wire.get("/auth/login", headers={"x-http-method-override": "POST"})

    assert answer.status_code == 405


def test_counts_no_verb_but_post_as_a_try(wire, mark):
    for _ in range(9):
        wire.get("/auth/login")

    assert log_in(wire).status_code == 200
