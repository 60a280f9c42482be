"""Passwords: changed by who knows the old one, set by a link that works once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import backoff, passwords
from accounts.models import AuditEntry, PasswordLink, Session, User
from accounts.rules import Invalid
from tests.people import PASSWORD

NEW = "entirely different words"


def link_for(user):
    return f"/account/password/{passwords.new_link(user=user, now=timezone.now())}"


class TestChanging:
    def change(self, client, current=PASSWORD, new=NEW):
        return client.post("/account/password", {"current_password": current, "new_password": new})

    def test_keeps_this_session_and_ends_the_others(self, client, mark):
        other = Client()
        other.force_login(mark)
        client.force_login(mark)

        assert self.change(client)["Location"] == "/account"

        mark.refresh_from_db()
        assert mark.check_password(NEW)
        assert client.get("/account").status_code == 200
        assert other.get("/account").status_code == 302
        assert "password was changed" in other.get("/login").content.decode()
        assert AuditEntry.objects.get().operation == "password_set"

    @pytest.mark.parametrize(
        ("current", "new"),
        [
            ("wrong", NEW),
            ("", NEW),
            (PASSWORD, ""),
            (PASSWORD, "short"),
            (PASSWORD, "password1234"),
            (PASSWORD, "mark@example.com"),
            (PASSWORD, PASSWORD),
            (PASSWORD, "x" * 1001),
        ],
    )
    def test_refuses_a_wrong_present_and_a_bad_new_password(self, client, mark, current, new):
        client.force_login(mark)

        assert self.change(client, current, new).status_code == 400

        mark.refresh_from_db()
        assert mark.check_password(PASSWORD)

    def test_limits_guessing_the_present_password(self, client, mark):
        client.force_login(mark)
        for _ in range(5):
            self.change(client, "wrong")

        assert self.change(client).status_code == 429

    def test_needs_a_session(self, client, mark):
        assert self.change(client).status_code == 401


class TestTheLink:
    def test_sets_the_password_once(self, client, mark):
        link = link_for(mark)
        assert mark.email in client.get(link).content.decode()

        assert client.post(link, {"new_password": NEW})["Location"] == "/login"

        mark.refresh_from_db()
        assert mark.check_password(NEW)
        assert client.post(link, {"new_password": "and another one"}).status_code == 410
        mark.refresh_from_db()
        assert mark.check_password(NEW)

    def test_ends_every_session_and_every_wait(self, client, mark):
        browser = Client()
        browser.force_login(mark)
        for _ in range(9):
            backoff.claim_try(mark.email, now=timezone.now())

        client.post(link_for(mark), {"new_password": NEW})

        assert browser.get("/account").status_code == 302
        assert Session.objects.get().ended_reason == "password_changed"
        assert backoff.claim_try(mark.email, now=timezone.now()) == 0

    @pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "..", "é", "a" * 4000])
    def test_refuses_a_token_nobody_made(self, client, mark, token):
        assert client.get(f"/account/password/{token}").status_code in (400, 404, 410)

    def test_refuses_one_older_than_a_day(self, client, mark):
        link = link_for(mark)
        PasswordLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        answer = client.post(link, {"new_password": NEW})

        assert answer.status_code == 410
        assert "no longer works" in answer.content.decode()

    def test_is_good_for_a_day(self, mark):
        now = timezone.now()
        token = passwords.new_link(user=mark, now=now)

        assert passwords.owner_of(token, now=now + timedelta(hours=23, minutes=59)) == mark
        with pytest.raises(passwords.LinkGone):
            passwords.owner_of(token, now=now + timedelta(hours=24))

    def test_refuses_the_one_before_the_newest(self, client, mark):
        earlier, later = link_for(mark), link_for(mark)

        assert client.get(earlier).status_code == 410
        assert client.get(later).status_code == 200

    def test_refuses_the_link_of_somebody_disabled(self, client, mark):
        link = link_for(mark)
        User.objects.filter(pk=mark.pk).update(is_active=False)

        assert client.post(link, {"new_password": NEW}).status_code == 410

    def test_is_used_up_by_a_change_of_password(self, client, mark):
        link = link_for(mark)
        passwords.change(user=mark, current=PASSWORD, new=NEW, keep=None, ip=None, now=timezone.now())

        assert client.get(link).status_code == 410

    @pytest.mark.parametrize("password", ["", "short", "password1234", "mark@example.com"])
    def test_survives_a_password_that_is_refused(self, client, mark, password):
        link = link_for(mark)

        assert client.post(link, {"new_password": password}).status_code == 400
        assert client.post(link, {"new_password": NEW}).status_code == 302

    def test_is_stored_only_as_a_hash(self, mark):
        token = passwords.new_link(user=mark, now=timezone.now())

        assert token not in PasswordLink.objects.get().token_hash
        assert len(PasswordLink.objects.get().token_hash) == 64

    @pytest.mark.django_db(transaction=True)
    def test_succeeds_once_of_many_uses_at_once(self, mark):
        token = passwords.new_link(user=mark, now=timezone.now())
        start, outcomes = Barrier(8), []

        def use(number: int) -> None:
            start.wait()
            try:
                passwords.set_by_link(
                    token, password=f"a long password {number}", ip=None, now=timezone.now()
                )
                outcomes.append(number)
            except passwords.LinkGone:
                outcomes.append(None)
            connection.close()

        threads = [Thread(target=use, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        winners = [number for number in outcomes if number is not None]
        assert (len(outcomes), len(winners)) == (8, 1)
        mark.refresh_from_db()
        assert mark.check_password(f"a long password {winners[0]}")


class TestForgetting:
    def test_is_no_page_without_mail(self, client, mark):
        assert client.get("/forgotten")["Location"] == "/login"
        assert client.post("/forgotten", {"email": mark.email})["Location"] == "/login"
        assert mail.outbox == []

    def test_mails_a_link_that_works(self, client, mark, settings):
        settings.HAS_MAIL = True

        client.post("/forgotten", {"email": "MARK@example.com"})

        assert mail.outbox[0].to == [mark.email]
        link = next(word for word in mail.outbox[0].body.split() if word.startswith("http://testserver/"))
        assert client.post(link, {"new_password": NEW})["Location"] == "/login"

    @pytest.mark.parametrize("email", ["nobody@example.com", "dora@example.com"])
    def test_answers_the_same_for_the_unknown_and_the_disabled_but_mails_nothing(
        self, client, mark, dora, settings, email
    ):
        settings.HAS_MAIL = True
        known = client.post("/forgotten", {"email": mark.email}).context["notice"]
        mail.outbox.clear()

        answer = client.post("/forgotten", {"email": email})

        assert (answer.status_code, answer.context["notice"]) == (200, known)
        assert mail.outbox == []

    def test_limits_the_mails_one_address_can_cause(self, client, mark, settings):
        settings.HAS_MAIL = True
        for _ in range(7):
            client.post("/forgotten", {"email": mark.email})

        assert len(mail.outbox) == 5

    @pytest.mark.parametrize("email", ["", "nonsense", "x@example.com\nBcc: all@example.com"])
    def test_refuses_what_is_no_address(self, client, mark, settings, email):
        settings.HAS_MAIL = True

        assert client.post("/forgotten", {"email": email}).status_code == 400
        assert mail.outbox == []


def test_names_the_field_of_what_is_wrong(mark):
    with pytest.raises(Invalid) as problem:
        passwords.change(user=mark, current="wrong", new=NEW, keep=None, ip=None, now=timezone.now())

    assert problem.value.field == "current_password"
