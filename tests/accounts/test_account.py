"""One's own account."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session


@pytest.fixture
def marks(client, mark):
    client.force_login(mark)
    return client


def test_changes_the_name(marks, mark):
    assert marks.post("/account", {"name": "  Mark  Newname "})["Location"] == "/account"

    mark.refresh_from_db()
    assert mark.name == "Mark  Newname"
    assert "name is changed" in marks.get("/account").content.decode()


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "two\nlines", "bell\x07", "\u202egnp"])
def test_refuses_a_name_that_is_none(marks, mark, name):
    assert marks.post("/account", {"name": name}).status_code == 400

    mark.refresh_from_db()
    assert mark.name == "Mark Eting"


@pytest.mark.parametrize("field", ["email", "is_admin", "is_active", "epoch", "locked_at", "password"])
def test_changes_nothing_else(marks, mark, field):
    before = getattr(mark, field)

    marks.post("/account", {"name": "Mark", field: "1"})

    mark.refresh_from_db()
    assert getattr(mark, field) == before


def test_lists_the_living_sessions_of_this_person_last_used_first(marks, mark, rita):
    other, stranger = Client(), Client()
    other.force_login(mark)
    stranger.force_login(rita)
    ended, expired, newest = (Session.objects.create(session_key=key, user=mark, epoch=mark.epoch,
                              expire_date=timezone.now() + timedelta(days=1)) for key in "abc")  # fmt: skip
    Session.objects.filter(pk=ended.pk).update(ended_at=timezone.now(), ended_reason="revoked")
    Session.objects.filter(pk=expired.pk).update(expire_date=timezone.now())
    Session.objects.filter(pk=newest.pk).update(last_seen_at=timezone.now() + timedelta(minutes=1))

    listed = marks.get("/account").context["sessions"]

    assert len(listed) == 3
    assert listed[0]["id"] == newest.id
    assert [session["is_current"] for session in listed].count(True) == 1


def test_needs_a_session(client, mark):
    assert client.get("/account").status_code == 302
    assert client.post("/account", {"name": "X"}).status_code == 401
