"""POST /auth/logout."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Session
from accounts.tokens import access_token
from tests.wire.client import COOKIE, Wire, told


def test_ends_the_session_and_its_family_and_clears_the_cookie(marks):
    spent = marks.refresh_token

    answer = marks.post("/auth/logout")

    assert (answer.status_code, answer.json()) == (200, {})
    assert (answer.cookies[COOKIE].value, answer.cookies[COOKIE]["path"]) == ("", "/api/auth/")
    assert told(marks.get("/auth/me")) == (401, "UNAUTHORIZED")
    marks.refresh_token = spent
    assert told(marks.post("/auth/refresh")) == (401, "UNAUTHORIZED")
    assert Session.objects.get().ended_reason == "signed_out"
    assert AuditEntry.objects.latest("id").operation == "signed_out"


def test_needs_no_access_token(marks):
    marks.token = ""

    assert marks.post("/auth/logout").status_code == 200
    assert Session.objects.get().ended_at is not None


def test_is_content_with_an_expired_access_token(marks):
    session = Session.objects.get()
    other = Wire()
    other.token = access_token(session, now=timezone.now() - timedelta(hours=1))

    assert other.post("/auth/logout").status_code == 200
    session.refresh_from_db()
    assert session.ended_at is not None


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c"])
def test_ends_nothing_for_a_stranger_and_says_nothing(marks, token):
    stranger = Wire()
    stranger.token = token

    assert stranger.post("/auth/logout").status_code == 200
    assert marks.get("/auth/me").status_code == 200


def test_leaves_the_other_sessions_of_the_person(marks, mark):
    other = Wire()
    other.sign_in(mark.email)

    marks.post("/auth/logout")

    assert other.get("/auth/me").status_code == 200


def test_can_be_asked_twice(marks):
    assert [marks.post("/auth/logout").status_code for _ in range(2)] == [200, 200]


def test_reads_no_body(marks):
    assert marks.post("/auth/logout", b"\xff{", content_type="text/plain").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_is_not_done_for_another_site(marks, origin):
    assert told(marks.post("/auth/logout", headers={"origin": origin})) == (403, "FORBIDDEN")
    assert marks.get("/auth/me").status_code == 200


def test_answers_to_nothing_but_post(marks):
    assert told(marks.get("/auth/logout")) == (405, "METHOD_NOT_ALLOWED")
    assert marks.get("/auth/me").status_code == 200
