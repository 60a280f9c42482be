"""How often one may call the wire."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.tokens import access_token
from tests.wire.client import Wire, told

pytestmark = pytest.mark.urls("tests.wire.odd_urls")
LIMITED = (429, "RATE_LIMITED")


@pytest.fixture(autouse=True)
def _small_limits(settings):
    settings.RATE_LIMIT_USER = "4/m"
    settings.RATE_LIMIT_ANONYMOUS = "3/m"
    settings.RATE_LIMIT_SESSION = "6/m"


def codes(wire, door, times, body=None):
    ask = (lambda: wire.get(door)) if body is None else (lambda: wire.post(door, body))
    return [ask().status_code for _ in range(times)]


def test_limits_a_person_and_says_how_long(marks):
    assert codes(marks, "/echo", 4, {}) == [200] * 4

    answer = marks.post("/echo", {})

    assert told(answer) == LIMITED
    # The next token comes a quarter of a minute after the first was taken.
    assert 5 <= int(answer["Retry-After"]) <= 15
    assert answer.json()["details"] == {"retry_after": int(answer["Retry-After"])}


def test_counts_a_person_under_every_token_and_address(marks, mark):
    other = Wire(address="127.0.0.7")
    other.sign_in(mark.email)
    codes(marks, "/echo", 4, {})

    assert told(other.post("/echo", {})) == LIMITED


def test_counts_the_wire_and_the_pages_apart(marks, mark):
    page = Client()
    page.force_login(mark)
    codes(marks, "/echo", 5, {})

    assert page.get("/account").status_code == 200


def test_limits_strangers_by_their_address(wire):
    assert codes(wire, "/echo", 4, {}) == [401] * 3 + [429]
    assert codes(Wire(address="127.0.0.7"), "/echo", 1, {}) == [401]


def test_limits_who_guesses_tokens(wire):
    wire.token = "a.b.c"

    assert codes(wire, "/echo", 4, {}) == [401] * 3 + [429]


def test_counts_an_expired_token_for_its_owner_not_for_the_address(marks):
    marks.token = access_token(Session.objects.get(), now=timezone.now() - timedelta(hours=1))

    assert codes(marks, "/echo", 5, {}) == [401] * 4 + [429]
    assert codes(Wire(), "/echo", 1, {}) == [401]


@pytest.mark.parametrize("door", ["/auth/setup-status", "/auth/me"])
def test_keeps_no_session_from_living_by_what_it_does(marks, door):
    codes(marks, "/echo", 5, {})

    assert codes(marks, door, 7) == [200] * 6 + [429]


@pytest.mark.parametrize("door", ["/auth/refresh", "/auth/logout"])
def test_limits_each_door_that_keeps_or_ends_sessions_by_itself(marks, door):
    codes(marks, "/auth/me", 7)

    answers = [marks.post(door).status_code for _ in range(7)]

    assert answers == [200] * 6 + [429]


def test_limits_machines_by_themselves(wire, settings):
    settings.EVICT_WEBHOOK_SECRETS = ["the secret of a machine"]
    wire.token = "a.b.c"
    codes(wire, "/echo", 4, {})
    wire.token = ""
    seen = {"bucket_name": "nobodys", "key": "x"}

    told_ = [
        wire.post("/cache/evict", seen, headers={"x-evict-secret": "the secret of a machine"})
        for _ in range(7)
    ]

    assert [answer.status_code for answer in told_] == [200] * 6 + [429]


def test_does_not_let_strangers_ask_without_end_who_they_are(wire):
    assert codes(wire, "/auth/me", 7) == [401] * 6 + [429]


def test_lets_refused_tries_prolong_nothing(marks):
    codes(marks, "/echo", 4, {})

    waits = [int(marks.post("/echo", {})["Retry-After"]) for _ in range(20)]

    assert waits == sorted(waits, reverse=True)
    assert waits[0] <= 15
