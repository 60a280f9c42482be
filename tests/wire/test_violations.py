"""Leaving one's folder on the wire: everywhere out, for good, before anything is answered."""

import pytest
from django.test import Client

from accounts.models import AuditEntry, ForceLogout, Session, User
from tests import people
from tests.wire.client import Wire, page_of, told

pytestmark = pytest.mark.urls("tests.wire.odd_urls")
OUT = (401, "FORCE_LOGGED_OUT")


@pytest.fixture
def door(marks, mark, press):
    people.assign(mark, press)
    return f"/leave/{press.system_code}"


@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
def test_throws_its_author_out_everywhere_whatever_the_verb(marks, mark, door, verb):
    elsewhere, page = Wire(), Client()
    elsewhere.sign_in(mark.email)
    page.force_login(mark)

    if verb == "GET":
        answer = marks.get(f"{door}?path=../x")
    else:
        answer = marks.send(verb, f"/api{door}", {"path": "../x"})

    assert told(answer) == OUT
    assert told(marks.get("/auth/me")) == OUT
    assert told(marks.post("/auth/refresh")) == OUT
    assert told(elsewhere.get("/auth/me")) == OUT
    assert told(elsewhere.post("/auth/refresh")) == OUT
    assert page.get("/account").status_code == 302
    mark.refresh_from_db()
    assert mark.epoch == 2
    assert set(Session.objects.values_list("ended_reason", flat=True)) == {"forced_out"}


def test_is_audited_with_the_path_the_bucket_and_the_address(marks, mark, press, door):
    marks.post(door, {"path": "../finance/x"})

    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.outcome, entry.actor_id) == ("violation", "refused", mark.pk)
    assert (entry.path, entry.bucket_code, entry.ip) == ("../finance/x", press.system_code, "127.0.0.1")


def test_lets_its_author_in_again_with_their_password(marks, mark, door):
    marks.post(door, {"path": "../x"})

    assert marks.sign_in(mark.email).status_code == 200
    assert marks.get("/auth/me").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_holds_though_the_transaction_of_the_request_is_rolled_back():
    mark, press = people.mark(), people.press_bucket()
    people.assign(mark, press)
    marks = Wire()
    marks.sign_in(mark.email)

    assert told(marks.post(f"/leave-in-a-transaction/{press.system_code}", {"path": "../x"})) == OUT

    mark.refresh_from_db()
    assert (mark.name, mark.epoch) == ("Mark Eting", 2)


def test_locks_the_account_at_the_fourth_within_an_hour(marks, mark, door, settings):
    settings.RATE_LIMIT_LOGIN = "100/m"
    for _ in range(4):
        marks.sign_in(mark.email)
        assert told(marks.post(door, {"path": "../x"})) == OUT

    assert "locked" in marks.sign_in(mark.email).json()["message"]
    assert User.objects.get(pk=mark.pk).locked_at is not None


def test_is_one_in_what_a_page_posts_with_its_form_token(mark, door):
    page = page_of(mark)

    answer = page.post(door, {"path": "../x"}, headers={"x-csrftoken": page.cookies["csrftoken"].value})

    assert told(answer) == OUT


def test_is_none_without_the_form_token(mark, door):
    assert told(page_of(mark).post(door, {"path": "../x"})) == (403, "CSRF_FAILED")
    assert not ForceLogout.objects.exists()


def test_is_none_in_what_a_link_can_ask_with_a_pages_cookie(mark, door):
    assert told(page_of(mark).get(f"{door}?path=../x")) == (404, "NOT_FOUND")
    assert not ForceLogout.objects.exists()


def test_is_none_by_a_stranger(door):
    assert told(Wire().post(door, {"path": "../x"})) == (401, "UNAUTHORIZED")
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize("path", ["a//b", "a/\x01b", "x" * 5000, "/leading", "a/./b"])
def test_is_none_when_the_path_is_merely_odd(marks, door, path):
    answer = marks.post(door, {"path": path})

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert marks.get("/auth/me").status_code == 200


def test_is_none_to_ask_for_a_bucket_one_does_not_have(marks, door):
    assert told(marks.post("/leave/FINANCE", {"path": "../x"})) == (404, "NOT_FOUND")
    assert marks.get("/auth/me").status_code == 200
