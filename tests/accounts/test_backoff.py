"""Waiting after failed tries: one row, however many come at once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts import backoff
from accounts.models import SignInBackoff

EMAIL = "mark@example.com"


def tries(count, *, now, email=EMAIL):
    return [backoff.claim_try(email, now=now) for _ in range(count)]


def test_lets_five_tries_through_and_then_asks_to_wait(db):
    assert tries(7, now=timezone.now()) == [0, 0, 0, 0, 0, 30, 30]


def test_is_not_prolonged_by_tries_it_refuses(db):
    now = timezone.now()
    tries(5, now=now)
    tries(50, now=now + timedelta(seconds=20))

    assert backoff.claim_try(EMAIL, now=now + timedelta(seconds=30)) == 0


def test_doubles_with_every_failure_up_to_a_quarter_of_an_hour(db):
    now, waits = timezone.now(), []
    tries(5, now=now)
    for _ in range(8):
        waits.append(backoff.claim_try(EMAIL, now=now))
        now += timedelta(seconds=waits[-1])
        assert backoff.claim_try(EMAIL, now=now) == 0

    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_forgets_failures_after_a_quiet_hour(db):
    now = timezone.now()
    tries(6, now=now)

    assert tries(6, now=now + timedelta(minutes=61)) == [0, 0, 0, 0, 0, 30]


def test_forgets_failures_when_the_person_proves_who_they_are(db):
    now = timezone.now()
    tries(6, now=now)

    backoff.forget(EMAIL)

    assert tries(5, now=now) == [0] * 5


def test_counts_each_email_by_itself_in_whatever_case(db):
    now = timezone.now()
    tries(5, now=now)

    assert backoff.claim_try("rita@example.com", now=now) == 0
    assert backoff.claim_try("  MARK@Example.com ", now=now) == 30


def test_keeps_no_email(db):
    tries(1, now=timezone.now())

    assert EMAIL not in SignInBackoff.objects.get().email_hash


@pytest.mark.parametrize("email", ["", "\ud800", "x" * 10_000, "a\x00b"])
def test_counts_whatever_is_typed(db, email):
    assert tries(6, now=timezone.now(), email=email)[-1] == 30


@pytest.mark.django_db(transaction=True)
def test_lets_exactly_five_of_many_tries_at_once_through():
    now, start, waits = timezone.now(), Barrier(20), []

    def guess() -> None:
        start.wait()
        waits.append(backoff.claim_try(EMAIL, now=now))
        connection.close()

    threads = [Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(waits) == [0] * 5 + [30] * 15
