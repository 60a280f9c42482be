"""Forcing somebody out is total: whoever asks after it is done is nobody, however many ask at once."""

import time
from threading import Event, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import personal_tokens, sessions
from accounts.scopes import Scope
from tests import people

pytestmark = pytest.mark.django_db(transaction=True)


def test_lets_no_request_in_that_begins_after_it():
    mark = people.mark()
    answers, stop = [], Event()

    def keep_asking(browser: Client) -> None:
        while not stop.is_set():
            began = time.monotonic()
            answers.append((began, browser.get("/account").status_code))
        connection.close()

    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        browser.force_login(mark)
    threads = [Thread(target=keep_asking, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    while len(answers) < 20:
        time.sleep(0.01)

    sessions.force_logout(user=mark, reason="test", now=timezone.now())
    done = time.monotonic()
    while len([began for began, _ in list(answers) if began > done]) < 100:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()

    assert 200 in {status for began, status in answers if began < done}
    assert {status for began, status in answers if began > done} == {302}


@pytest.mark.parametrize("end", ["revoked", "forced out"])
def test_lets_no_call_by_a_token_in_that_begins_after_its_end(end):
    mark, now = people.mark(), timezone.now()
    scope = Scope(frozenset({"read"}), None)
    made = personal_tokens.make(user=mark, name="CI", scope=scope, days=7, ip=None, now=now)
    answers, stop = [], Event()

    def keep_asking() -> None:
        program = Client(headers={"authorization": f"Bearer {made.text}"})
        while not stop.is_set():
            began = time.monotonic()
            answers.append((began, program.get("/api/buckets").status_code))
        connection.close()

    threads = [Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(answers) < 20:
        time.sleep(0.01)

    if end == "revoked":
        personal_tokens.revoke(user=mark, token_id=made.token.pk, by=mark, ip=None, now=now)
    else:
        sessions.force_logout(user=mark, reason="test", now=now)
    done = time.monotonic()
    while len([began for began, _ in list(answers) if began > done]) < 100:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()

    assert 200 in {status for began, status in answers if began < done}
    assert {status for began, status in answers if began > done} == {401}
