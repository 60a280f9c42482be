"""One's own account."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import refreshing, tokens
from accounts.models import AuditEntry, Session
from tests.people import PASSWORD


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


def test_tells_where_one_is_signed_in_since_when_and_with_what(marks, mark):
    phone = Client(
        HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/605", REMOTE_ADDR="203.0.113.9"
    )
    phone.post("/login", {"email": mark.email, "password": PASSWORD})

    text = " ".join(marks.get("/account").content.decode().split())

    assert "Safari on iPhone" in text
    assert "203.0.113.9" in text
    assert "signed in <time" in text
    assert "last seen <time" in text


class TestSigningOutEverywhereElse:
    URL = "/account/sessions/others/end"

    def test_ends_every_other_session_and_keeps_this_one(self, marks, mark, rita):
        others, stranger = [Client() for _ in range(2)], Client()
        for other in others:
            other.force_login(mark)
        stranger.force_login(rita)

        assert marks.post(self.URL)["Location"] == "/account"

        assert "2 other sessions are ended" in marks.get("/account").content.decode()
        assert [other.get("/account").status_code for other in others] == [302, 302]
        assert stranger.get("/account").status_code == 200

    def test_tells_the_others_why(self, marks, mark):
        other = Client()
        other.force_login(mark)
        marks.post(self.URL)

        assert Session.objects.exclude(ended_at=None).get().ended_reason == "revoked"
        assert "ended" in other.get("/account", follow=True).content.decode()

    def test_ends_sessions_of_the_wire(self, marks, mark):
        grant = wire_session(mark)

        marks.post(self.URL)

        assert_over(grant)

    def test_is_audited_once(self, marks, mark):
        for _ in range(3):
            Client().force_login(mark)
        marks.post(self.URL, REMOTE_ADDR="198.51.100.7")

        entry = AuditEntry.objects.get(operation="session_ended")
        assert (entry.actor_id, entry.ip, entry.detail["sessions"]) == (mark.pk, "198.51.100.7", 3)

    def test_says_when_there_was_none(self, marks):
        marks.post(self.URL)

        assert "nowhere else" in marks.get("/account").content.decode()
        assert not AuditEntry.objects.filter(operation="session_ended").exists()

    def test_is_offered_only_when_there_are_others(self, marks, mark):
        assert self.URL not in marks.get("/account").content.decode()
        Client().force_login(mark)

        assert self.URL in marks.get("/account").content.decode()

    @pytest.mark.parametrize("checks", [True, False])
    def test_is_no_link_and_asks_for_the_pages_own_form(self, mark, checks):
        client = Client(enforce_csrf_checks=checks)
        client.force_login(mark)

        assert client.get(self.URL).status_code == 405
        assert client.post(self.URL).status_code == (403 if checks else 302)

    def test_needs_a_session(self, client, mark):
        assert client.post(self.URL).status_code == 401


def test_ends_sessions_of_the_wire_with_a_new_password(marks, mark):
    grant = wire_session(mark)

    answer = marks.post(
        "/account/password", {"current_password": PASSWORD, "new_password": "another long and good one"}
    )

    assert answer["Location"] == "/account"
    assert marks.get("/account").status_code == 200
    assert_over(grant)


def wire_session(user):
    """A client of the wire, signed in: its grant and an access token."""
    grant = refreshing.open_session(user=user, ip=None, agent="rclone", now=timezone.now())
    access = tokens.access_token(Session.objects.get(id=grant.session.id), now=timezone.now())
    assert tokens.who_is(access, now=timezone.now()).user == user
    return grant, access


def assert_over(signed_in):
    """Neither token of this client works any more."""
    grant, access = signed_in
    with pytest.raises((tokens.ForcedOut, tokens.TokenInvalid)):
        tokens.who_is(access, now=timezone.now())
    with pytest.raises((tokens.ForcedOut, tokens.TokenInvalid)):
        refreshing.rotate(grant.refresh_token, ip=None, now=timezone.now())
