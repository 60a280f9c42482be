"""Signing in."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from accounts import sessions, signing_in
from accounts.models import AuditEntry, Session, SignInBackoff, User
from tests.people import PASSWORD

WRONG = "This e-mail and password don&#x27;t match. Please try again."


def sign_in(client, email="mark@example.com", password=PASSWORD, **more):
    return client.post("/login", {"email": email, "password": password, **more})


def test_signs_in_with_the_right_password(client, mark):
    answer = sign_in(client)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    session = Session.objects.get()
    assert (session.user, session.epoch, session.ip) == (mark, mark.epoch, "127.0.0.1")
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.actor_email, entry.ip) == ("signed_in", "mark@example.com", "127.0.0.1")


def test_takes_the_email_in_any_case(client, mark):
    assert sign_in(client, email=" MARK@Example.COM ").status_code == 302


def test_remembers_the_browser(client, mark):
    client.post("/login", {"email": mark.email, "password": PASSWORD}, headers={"user-agent": "x" * 900})

    assert Session.objects.get().agent == "x" * 300


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("mark@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("mark@example.com", PASSWORD.upper()),
        ("mark@example.com", PASSWORD + " "),
    ],
)
def test_refuses_with_one_sentence_whatever_was_wrong(client, mark, email, password):
    answer = sign_in(client, email, password)

    assert answer.status_code == 401
    assert WRONG in answer.content.decode()
    assert not Session.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.outcome) == ("sign_in_refused", "refused")
    assert entry.detail["reason"] == "wrong_credentials"
    assert PASSWORD not in str(entry.detail).lower()


@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("value", ["", "x" * 2000, "\x00"])
def test_refuses_a_blank_absurd_or_broken_field(client, mark, field, value):
    answer = sign_in(client, **{field: value})

    assert answer.status_code == 400
    assert not SignInBackoff.objects.exists()


def test_does_the_same_work_for_an_unknown_email(client, mark):
    hasher = get_hasher()
    counts = []
    for email in ("mark@example.com", "nobody@example.com"):
        with patch.object(type(hasher), "encode", autospec=True, side_effect=type(hasher).encode) as encode:
            sign_in(client, email, "wrong")
        counts.append(encode.call_count)

    assert counts == [1, 1]


def test_refuses_somebody_without_a_password(client, db):
    User.objects.create_user(email="new@example.com", name="New")

    assert sign_in(client, "new@example.com", "").status_code == 400
    assert sign_in(client, "new@example.com", "!").status_code == 401


def test_tells_a_disabled_person_only_when_the_password_is_right(client, dora):
    assert WRONG in sign_in(client, dora.email, "wrong").content.decode()

    answer = sign_in(client, dora.email)

    assert answer.status_code == 401
    assert "switched off" in answer.content.decode()
    assert not Session.objects.exists()


def test_tells_a_locked_person_only_when_the_password_is_right(client, mark):
    User.objects.filter(pk=mark.pk).update(locked_at=timezone.now())
    assert WRONG in sign_in(client, password="wrong").content.decode()

    answer = sign_in(client)

    assert answer.status_code == 401
    assert "locked" in answer.content.decode()


def test_limits_the_tries_of_one_address_and_says_how_long(client, mark):
    for number in range(5):
        assert sign_in(client, f"guess{number}@example.com", "wrong").status_code == 401

    answer = sign_in(client)

    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 3600
    assert answer.context["retry_after"] == int(answer["Retry-After"])
    assert not Session.objects.exists()


def test_lets_another_address_in_meanwhile(client, mark):
    for number in range(6):
        sign_in(client, f"guess{number}@example.com", "wrong")

    assert sign_in(Client(REMOTE_ADDR="198.51.100.7")).status_code == 302


def test_counts_an_ipv6_network_as_one_address(mark):
    for number in range(5):
        sign_in(Client(REMOTE_ADDR=f"2001:db8::{number:x}"), "guess@example.com", "wrong")

    assert sign_in(Client(REMOTE_ADDR="2001:db8::ffff")).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="2001:db8:1::1")).status_code == 302


def test_keeps_limiting_when_redis_is_away(client, mark):
    with patch.object(type(caches["default"]), "add", side_effect=RedisAway("gone")):
        answers = [sign_in(client, f"guess{number}@example.com", "wrong").status_code for number in range(7)]

    assert answers == [401] * 5 + [429] * 2


def test_backs_off_for_one_account_from_any_address(mark):
    for number in range(5):
        sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), password="wrong")

    answer = sign_in(Client(REMOTE_ADDR="203.0.113.1"))

    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 30


def test_backs_off_for_an_unknown_email_just_the_same(db):
    for number in range(5):
        sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), "nobody@example.com", "wrong")

    assert sign_in(Client(REMOTE_ADDR="203.0.113.1"), "nobody@example.com").status_code == 429


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example", "http:///x"],
)
def test_never_leads_to_another_site(client, mark, wanted):
    assert sign_in(client, next=wanted)["Location"] == "/"


def test_leads_back_to_the_page_that_was_wanted(client, mark):
    assert sign_in(client, next="/account?x=1")["Location"] == "/account?x=1"


def test_never_leads_from_tls_to_plain_http(client, mark):
    form = {"email": mark.email, "password": PASSWORD, "next": "http://testserver/account"}
    assert client.post("/login", form, secure=True)["Location"] == "/"


def test_leads_home_whoever_is_signed_in_already(client, mark):
    client.force_login(mark)

    assert client.get("/login")["Location"] == "/"


def test_refuses_a_form_without_its_token(mark):
    answer = sign_in(Client(enforce_csrf_checks=True))

    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()


def test_is_kept_by_no_cache(client, mark):
    assert "no-store" in client.get("/login")["Cache-Control"]


def test_offers_a_forgotten_password_only_where_mail_exists(client, mark, settings):
    assert "/forgotten" not in client.get("/login").content.decode()

    settings.HAS_MAIL = True

    assert "/forgotten" in client.get("/login").content.decode()


def test_ends_the_session_of_whoever_was_signed_in_before(client, mark, rita):
    sign_in(client)
    first = client.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in(client, rita.email)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != first
    assert Session.objects.get(session_key=first).ended_reason == "signed_out"


class TestTheReasonOfAnEndedSession:
    def test_is_shown_once(self, client, mark):
        client.force_login(mark)
        sessions.end_all(user=mark, reason=Session.Ended.REVOKED, now=timezone.now())

        led = client.get("/account")
        first, second = client.get("/login"), client.get("/login")

        assert led["Location"] == "/login?next=%2Faccount"
        assert "ended from another browser" in first.content.decode()
        assert "ended from another browser" not in second.content.decode()

    def test_survives_any_number_of_requests_before_it_is_shown(self, client, mark):
        client.force_login(mark)
        sessions.force_logout(user=mark, reason="test", now=timezone.now())
        for _ in range(3):
            client.get("/account", headers={"hx-request": "true"})

        assert "All your sessions were ended" in client.get("/login").content.decode()

    def test_says_that_a_session_expired(self, client, mark):
        client.force_login(mark)
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

        assert client.get("/account").status_code == 302
        assert "Your session expired" in client.get("/login").content.decode()

    def test_is_not_told_to_somebody_who_signed_out(self, client, mark):
        client.force_login(mark)
        client.post("/logout")

        assert "alert" not in client.get("/login").content.decode()

    def test_does_not_stop_anybody_from_signing_in_again(self, client, mark):
        client.force_login(mark)
        sessions.end_all(user=mark, reason=Session.Ended.REVOKED, now=timezone.now())

        assert sign_in(client).status_code == 302
        assert client.get("/account").status_code == 200


def test_checks_nothing_while_an_account_must_wait(db, mark):
    now = timezone.now()
    for _ in range(5):
        with pytest.raises(signing_in.WrongCredentials):
            signing_in.check(email=mark.email, password="wrong", ip=None, now=now)

    with pytest.raises(signing_in.TooManyTries) as refusal:
        signing_in.check(email=mark.email, password=PASSWORD, ip=None, now=now)

    assert refusal.value.retry_after == 30
