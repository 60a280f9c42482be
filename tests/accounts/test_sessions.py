"""Sessions: who is asked for, ended how, and never back."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEntry, ForceLogout, Session, User
from accounts.session_store import SessionStore
from accounts.signals import forced_out
from tests import people

PAGE = "/account"


def is_in(client):
    return client.get(PAGE).status_code == 200


def force_out(user, **more):
    sessions.force_logout(user=user, reason="test", now=timezone.now(), **more)


def test_costs_one_query_to_know_who_asks(client, mark, django_assert_num_queries):
    client.force_login(mark)
    store = SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)

    with django_assert_num_queries(1):
        assert sessions.user_of(store) == mark


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 5000, "../../etc/passwd", "a\x00" * 16, "É" * 32, "0" * 32]
)
def test_knows_nobody_by_a_key_that_is_none(key, db):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key

    assert client.get(PAGE).status_code == 302


def test_refuses_a_session_of_an_older_epoch(client, mark):
    client.force_login(mark)
    User.objects.filter(pk=mark.pk).update(epoch=mark.epoch + 1)

    assert not is_in(client)


def test_says_once_that_a_session_is_of_an_older_epoch(client, mark):
    client.force_login(mark)
    User.objects.filter(pk=mark.pk).update(epoch=mark.epoch + 1)

    assert "All your sessions were ended" in client.get("/login").content.decode()
    assert "All your sessions were ended" not in client.get("/login").content.decode()


def test_refuses_a_session_of_a_newer_epoch(client, mark):
    client.force_login(mark)
    Session.objects.update(epoch=mark.epoch + 1)

    assert not is_in(client)


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"locked_at": timezone.now()}, {"password": "changed"}]
)
def test_refuses_somebody_disabled_locked_or_with_another_password_at_once(client, mark, change):
    client.force_login(mark)
    User.objects.filter(pk=mark.pk).update(**change)

    assert not is_in(client)


@pytest.mark.parametrize("reason", list(Session.Ended))
def test_refuses_a_session_that_ended(client, mark, reason):
    client.force_login(mark)
    assert sessions.end_all(user=mark, reason=reason, now=timezone.now()) == 1

    assert not is_in(client)
    assert Session.objects.get().ended_reason == reason


def test_refuses_a_session_that_expired(client, mark):
    client.force_login(mark)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert not is_in(client)


def test_refuses_a_session_of_a_deleted_person(client, mark):
    client.force_login(mark)
    mark.delete()

    assert not is_in(client)


def test_refuses_a_session_without_an_owner(client, mark):
    client.force_login(mark)
    Session.objects.update(user=None)

    assert not is_in(client)


def test_never_brings_an_ended_session_back_by_saving_it(client, mark):
    client.force_login(mark)
    store = SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)
    assert store["_auth_user_id"] == str(mark.pk)
    sessions.end_all(user=mark, reason=Session.Ended.REVOKED, now=timezone.now())

    store["late"] = "word"
    store.save()

    row = Session.objects.get()
    assert row.ended_reason == "revoked"
    assert "late" not in store.decode(row.session_data)
    assert not is_in(client)


def test_ends_instead_of_deleting(client, mark):
    client.force_login(mark)

    assert client.post("/logout")["Location"] == "/login"

    row = Session.objects.get()
    assert (row.ended_reason, row.user) == ("signed_out", mark)
    assert AuditEntry.objects.get().operation == "signed_out"
    assert not is_in(client)


def test_signs_out_only_by_a_post(client, mark):
    client.force_login(mark)

    answer = client.get("/logout")

    assert answer.status_code == 405
    assert "Not this way" in answer.content.decode()
    assert is_in(client)


def test_signs_nobody_out_without_complaint(client, mark):
    assert client.post("/logout")["Location"] == "/login"
    assert not AuditEntry.objects.exists()


def test_notes_when_it_was_used_once_a_minute(client, mark, django_assert_num_queries):
    client.force_login(mark)
    long_ago = timezone.now() - timedelta(minutes=2)
    Session.objects.update(last_seen_at=long_ago)

    client.get(PAGE)
    seen = Session.objects.get().last_seen_at
    client.get(PAGE)

    assert seen > long_ago
    assert Session.objects.get().last_seen_at == seen


def test_sweeps_only_what_is_long_over(mark):
    now = timezone.now()
    ages = {"new": 0, "recent": 29, "old": 31}
    for name, days in ages.items():
        over = now - timedelta(days=days)
        Session.objects.create(session_key=f"ended-{name}", user=mark, expire_date=now + timedelta(days=99),
                               ended_at=over, ended_reason="revoked")  # fmt: skip
        Session.objects.create(session_key=f"expired-{name}", user=mark, expire_date=over)
    Session.objects.create(session_key="living", user=mark, expire_date=now + timedelta(days=1))

    SessionStore.clear_expired()

    left = set(Session.objects.values_list("session_key", flat=True))
    assert left == {"living", "ended-new", "ended-recent", "expired-new", "expired-recent"}


class TestEndingOne:
    def test_ends_another_browser_and_not_this_one(self, client, mark):
        other = Client()
        other.force_login(mark)
        client.force_login(mark)
        there = Session.objects.get(session_key=other.cookies[settings.SESSION_COOKIE_NAME].value)

        client.post(f"/account/sessions/{there.id}/end")

        assert is_in(client)
        assert not is_in(other)
        assert Session.objects.get(pk=there.pk).ended_reason == "revoked"

    def test_never_ends_a_session_of_somebody_else(self, client, mark, rita):
        other = Client()
        other.force_login(rita)
        client.force_login(mark)

        client.post(f"/account/sessions/{Session.objects.get(user=rita).id}/end")

        assert is_in(other)

    @pytest.mark.parametrize("target", ["nonsense", "3f2c1b9e-6d5a-4c3b-8f7e-0a1b2c3d4e5f", "'; DROP TABLE"])
    def test_ends_nothing_that_is_not_there(self, client, mark, target):
        client.force_login(mark)

        assert client.post(f"/account/sessions/{target}/end").status_code in (302, 404)
        assert is_in(client)

    def test_needs_a_session_itself(self, client, mark):
        other = Client()
        other.force_login(mark)

        assert client.post(f"/account/sessions/{Session.objects.get().id}/end").status_code == 401
        assert is_in(other)


class TestForceLogout:
    def test_ends_every_session_of_the_person_and_of_nobody_else(self, mark, rita):
        browsers = [Client() for _ in range(3)]
        for browser in browsers:
            browser.force_login(mark)
        stranger = Client()
        stranger.force_login(rita)

        force_out(mark)

        assert not any(is_in(browser) for browser in browsers)
        assert is_in(stranger)
        assert set(Session.objects.filter(user=mark).values_list("ended_reason", flat=True)) == {"forced_out"}

    def test_lets_a_new_session_in_within_the_same_second(self, client, mark):
        force_out(mark)
        mark.refresh_from_db()

        client.force_login(mark)

        assert is_in(client)

    def test_refuses_a_session_begun_by_an_older_reading_of_the_person(self, client, mark):
        stale = User.objects.get(pk=mark.pk)
        force_out(mark)

        client.force_login(stale)

        assert not is_in(client)

    def test_says_who_did_it_and_why(self, mark, ada):
        force_out(mark, by=ada, ip="198.51.100.7")

        entry = AuditEntry.objects.get()
        assert (entry.operation, entry.actor_email, entry.ip) == ("forced_out", ada.email, "198.51.100.7")
        assert entry.detail["person"] == mark.email

    def test_announces_it_after_the_commit(self, mark, django_capture_on_commit_callbacks):
        heard = []
        receiver = lambda **said: heard.append(said["user_id"])  # noqa: E731
        forced_out.connect(receiver)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                force_out(mark)
                assert heard == []
        finally:
            forced_out.disconnect(receiver)

        assert heard == [mark.pk]

    def test_does_nothing_for_somebody_who_was_deleted(self, mark):
        gone = User.objects.get(pk=mark.pk)
        mark.delete()

        force_out(gone)

        assert not ForceLogout.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_refuses_to_depend_on_a_transaction_that_may_be_rolled_back(self, mark):
        with pytest.raises(RuntimeError), transaction.atomic():
            force_out(mark)


class TestLocking:
    def test_locks_after_more_than_three_violations_in_an_hour(self, mark):
        for _ in range(3):
            force_out(mark, is_violation=True)
        mark.refresh_from_db()
        assert mark.locked_at is None

        force_out(mark, is_violation=True)

        mark.refresh_from_db()
        assert mark.locked_at is not None

    def test_forgives_violations_older_than_an_hour(self, mark):
        for _ in range(3):
            force_out(mark, is_violation=True)
        ForceLogout.objects.update(at=timezone.now() - timedelta(minutes=61))

        force_out(mark, is_violation=True)

        mark.refresh_from_db()
        assert mark.locked_at is None

    def test_counts_no_force_logout_that_was_no_violation(self, mark):
        for _ in range(6):
            force_out(mark)

        mark.refresh_from_db()
        assert mark.locked_at is None

    def test_never_locks_the_last_administrator(self, ada):
        for _ in range(6):
            force_out(ada, is_violation=True)

        ada.refresh_from_db()
        assert (ada.locked_at, ada.epoch) == (None, 7)

    @pytest.mark.usefixtures("ada")
    @pytest.mark.parametrize(("has_mail", "told"), [(True, ["ada@example.com"]), (False, [])])
    def test_is_mailed_to_the_administrators_where_mail_exists(
        self, mark, settings, django_capture_on_commit_callbacks, has_mail, told
    ):
        settings.HAS_MAIL = has_mail
        User.objects.filter(pk=people.dora().pk).update(is_admin=True)

        with django_capture_on_commit_callbacks(execute=True):
            for _ in range(4):
                force_out(mark, is_violation=True)

        assert [address for message in mail.outbox for address in message.to] == told
        assert not [message for message in mail.outbox if mark.email not in message.body]
