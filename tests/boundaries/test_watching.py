"""The watch over what the suite makes the product say would notice each kind of secret."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from tests.people import PASSWORD
from tests.watching import Watch

TOKEN = "eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl"
PERSONAL = "mbp_" + "A1b2C3d" * 7
KINDS = {
    "the Django secret": lambda: settings.SECRET_KEY,
    "the JWT secret": lambda: settings.JWT_SECRET,
    "encryption key 0": lambda: settings.ENCRYPTION_KEYS[0],
    "somebody's password": lambda: PASSWORD,
    "a sealed credential": lambda: "v1.0123456789ab." + "A" * 60,
    "a password's hash": lambda: "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA",
    "an access token": lambda: TOKEN,
    "a personal token": lambda: PERSONAL,
    "a password link": lambda: "a-link-that-was-given-out",
}


@pytest.fixture
def watch() -> Watch:
    return Watch(links={b"a-link-that-was-given-out"})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("in_header", [False, True])
def test_notices_it_in_an_answer(watch: Watch, kind: str, in_header: bool) -> None:
    answer = HttpResponse("" if in_header else f"<p>{KINDS[kind]()}</p>")
    if in_header:
        answer["HX-Trigger"] = KINDS[kind]()
    with pytest.raises(AssertionError, match=kind):
        watch.judge_answer(Client(), "/b/PRESS/", answer)


@pytest.mark.parametrize("kind", KINDS)
def test_notices_it_in_a_log_line(watch: Watch, kind: str) -> None:
    watch.judge_log(f"something about {KINDS[kind]()} happened")
    assert len(watch.told) == 1
    assert kind in watch.told[0]


@pytest.mark.parametrize("cookie", ["SESSION_COOKIE_NAME", "REFRESH_COOKIE_NAME"])
def test_notices_a_cookies_value_outside_the_cookie(watch: Watch, cookie: str) -> None:
    client = Client()
    client.cookies[getattr(settings, cookie)] = "0123456789abcdef0123456789abcdef"
    with pytest.raises(AssertionError, match="the cookie"):
        watch.judge_answer(client, "/", HttpResponse("your session is 0123456789abcdef0123456789abcdef"))


def test_lets_a_token_and_a_link_pass_where_they_are_handed_out(watch: Watch) -> None:
    watch.judge_answer(Client(), "/api/auth/login", HttpResponse(TOKEN))
    watch.judge_answer(Client(), "/account/tokens", HttpResponse(PERSONAL))
    watch.judge_answer(Client(), "/admin/accounts/user/1/link/", HttpResponse("a-link-that-was-given-out"))


def test_is_on_in_this_very_test(request: pytest.FixtureRequest, caplog: Any) -> None:
    watch: Watch = request.getfixturevalue("_nobody_says_a_secret")
    logging.getLogger("anything").error("the key is %s", settings.JWT_SECRET)
    assert len(watch.told) == 1
    watch.told.clear()
