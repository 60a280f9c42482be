"""GET /auth/me, and with it who is somebody on the wire."""

from datetime import timedelta

import jwt
import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import Session, User
from accounts.tokens import access_token
from tests.wire.client import Wire, page_of, told


def forged(mark, *, key=configured.JWT_SECRET, algorithm="HS512", **changed):
    """A token of Mark's session like ours, but for what is changed. None takes a claim away."""
    now = int(timezone.now().timestamp())
    session = Session.objects.get(user=mark)
    claims = {
        "token_type": "access", "jti": "1", "iat": now, "exp": now + 300, "iss": "mediabridge",
        "aud": "mediabridge:wire", "sub": str(mark.pk), "sid": str(session.id), "epoch": session.epoch,
    }  # fmt: skip
    changed = {name: value(now) if callable(value) else value for name, value in changed.items()}
    kept = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def ask(token):
    wire = Wire()
    wire.token = token
    return wire.get("/auth/me")


def test_says_who_is_signed_in_and_what_they_are_offered(marks, mark):
    assert marks.get("/auth/me").json() == {
        "name": "Mark Eting",
        "email": "mark@example.com",
        "isAdmin": False,
        "menuItems": ["resources"],
    }


def test_offers_administrators_the_people(wire, ada):
    wire.sign_in(ada.email)

    told_ = wire.get("/auth/me").json()

    assert (told_["isAdmin"], told_["menuItems"]) == (True, ["resources", "user-management"])


def test_answers_a_head_like_a_get_without_its_body(marks):
    answer = marks.send("HEAD", "/api/auth/me")

    assert (answer.status_code, answer.content) == (200, b"")


def test_costs_one_query(marks, django_assert_num_queries):
    with django_assert_num_queries(1):
        marks.get("/auth/me")


def test_notes_when_the_session_was_last_seen(marks):
    Session.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))

    marks.get("/auth/me")

    assert Session.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


def test_accepts_what_the_attacks_below_change(marks, mark):
    assert ask(forged(mark)).status_code == 200
    assert ask(forged(mark, iat=lambda now: now + 10)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "ab" * 63 + "cd"},
        {"key": "", "algorithm": "none"},
        {"algorithm": "HS256"},
        {"key": "ab" * 63 + "cd", "algorithm": "HS256"},
        {"token_type": "refresh"},
        {"token_type": None},
        {"iss": "elsewhere"},
        {"iss": None},
        {"aud": "elsewhere"},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"sub": None},
        {"sid": None},
        {"epoch": None},
        {"iat": lambda now: now + 120},
        {"nbf": lambda now: now + 120},
    ],
    ids=lambda changed: " ".join(f"{name} {'later' if callable(to) else to}" for name, to in changed.items()),
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_refuses_a_token_that_is_not_ours_in_every_point(marks, mark, changed):
    assert told(ask(forged(mark, **changed))) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "....", "é" * 20, "x" * 7000, "null", "eyJhbGciOiJub25lIn0.e30."]
)
def test_refuses_what_is_no_token(wire, mark, token):
    answer = wire.get("/auth/me", headers={"authorization": f"Bearer {token}"})

    assert told(answer) == (401, "UNAUTHORIZED")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_refuses_the_refresh_token(marks):
    assert told(ask(marks.refresh_token)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("ago", [0, 1, 86_400])
def test_says_that_a_token_expired_a_second_ago(marks, mark, ago):
    token = forged(mark, iat=lambda now: now - 300, exp=lambda now: now - ago)

    assert told(ask(token)) == (401, "TOKEN_EXPIRED")


def test_lets_a_token_live_for_five_minutes(marks):
    session = Session.objects.get()

    assert ask(access_token(session, now=timezone.now() - timedelta(seconds=290))).status_code == 200
    assert told(ask(access_token(session, now=timezone.now() - timedelta(seconds=300))))[1] == "TOKEN_EXPIRED"


def test_refuses_a_token_of_an_older_epoch_even_in_a_living_session(marks, mark):
    token = forged(mark, epoch=0)

    assert told(ask(token)) == (401, "FORCE_LOGGED_OUT")


def test_refuses_a_session_of_an_older_epoch(marks, mark):
    User.objects.filter(pk=mark.pk).update(epoch=9)

    assert told(marks.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")


def test_refuses_a_token_that_pairs_a_person_with_anothers_session(marks, mark, rita):
    assert told(ask(forged(mark, sub=str(rita.pk)))) == (401, "FORCE_LOGGED_OUT")


def test_refuses_a_deleted_person(marks, mark):
    mark.delete()

    assert told(marks.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")


def test_refuses_after_the_session_was_ended_from_the_account_page(marks, mark):
    browser = Client()
    browser.force_login(mark)
    listed = browser.get("/account").context["sessions"]
    there = next(session for session in listed if not session["is_current"])

    browser.post(f"/account/sessions/{there['id']}/end")

    assert told(marks.get("/auth/me")) == (401, "UNAUTHORIZED")
    assert told(marks.post("/auth/refresh")) == (401, "UNAUTHORIZED")


def test_is_listed_on_the_account_page_as_the_client_it_is(mark):
    wire = Wire(address="127.0.0.7", headers={"user-agent": "Chrome/1 Windows"})
    wire.sign_in(mark.email)
    browser = Client()
    browser.force_login(mark)

    listed = browser.get("/account").context["sessions"]

    assert ("Chrome on Windows", "127.0.0.7") in {(each["agent_label"], each["ip"]) for each in listed}


def test_is_nobody_without_credentials(wire):
    answer = wire.get("/auth/me")

    assert told(answer) == (401, "UNAUTHORIZED")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_takes_the_session_of_a_page(mark):
    assert page_of(mark).get("/auth/me").json()["email"] == mark.email


def test_judges_by_the_token_whatever_cookie_comes_along(mark, rita):
    wire = page_of(rita)

    assert wire.sign_in(mark.email).status_code == 200
    assert wire.get("/auth/me").json()["email"] == mark.email
    wire.token = "rubbish"
    assert told(wire.get("/auth/me")) == (401, "UNAUTHORIZED")


def test_tells_a_page_that_its_reader_was_forced_out(mark):
    page = page_of(mark)
    sessions.force_logout(user=mark, reason="test", now=timezone.now())

    assert told(page.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")


def test_tells_a_page_that_its_reader_was_disabled(mark):
    page = page_of(mark)
    User.objects.filter(pk=mark.pk).update(is_active=False)

    assert told(page.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")


def test_tells_a_page_that_its_session_was_ended(mark):
    page = page_of(mark)
    sessions.end_all(user=mark, reason=Session.Ended.REVOKED, now=timezone.now())

    assert told(page.get("/auth/me")) == (401, "UNAUTHORIZED")
