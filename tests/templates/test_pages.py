"""Pages that views fill: each state of them renders and says what it must."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.forms import ForgottenForm, LoginForm, NewPasswordForm, PasswordForm, ProfileForm, SetupForm
from accounts.models import User
from accounts.notices import Notice

ADA = User(email="ada@example.org", name="Ada Lovelace", is_admin=True)
UMA = User(email="uma@example.org", name="Uma <b>Thorn</b>")
WHEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def request_by(who: User | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = who
    request.csp_nonce = "the-nonce"  # type: ignore[attr-defined]
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


def page(name: str, who: User | AnonymousUser, **context: Any) -> str:
    nothing = {"notice": None, "retry_after": None, "mail_enabled": True, "next": "", "locked_people": []}
    filled = {**nothing, **context}
    return render_to_string(name, filled, request=request_by(who))


def bare(name: str, form: Any, **context: Any) -> str:
    return page(f"accounts/{name}.html", AnonymousUser(), form=form, **context)


def test_login_keeps_where_somebody_wanted_to_go():
    assert 'name="next" value="/b/PRESS/"' in bare("login", LoginForm(), next="/b/PRESS/")


def test_login_says_why_a_session_ended():
    markup = bare("login", LoginForm(), notice=Notice("info", "You were signed out", "Sign in again."))
    assert "You were signed out" in markup
    assert 'role="status"' in markup


def test_login_counts_the_wait_down_instead_of_the_notice():
    markup = bare("login", LoginForm(), retry_after=42, notice=Notice("error", "That didn't work", ""))
    assert 'data-countdown="42"' in markup
    assert "That didn&#x27;t work" not in markup


@pytest.mark.parametrize(("mail_enabled", "linked"), [(True, True), (False, False)])
def test_login_offers_a_link_by_mail_only_where_mail_is_sent(mail_enabled: bool, linked: bool):
    assert ('href="/forgotten"' in bare("login", LoginForm(), mail_enabled=mail_enabled)) is linked


def test_setup_asks_for_the_first_account():
    markup = bare("setup", SetupForm())
    assert 'autocomplete="new-password"' in markup
    assert 'action="/setup"' in markup


def test_set_password_names_whose_it_is():
    assert "uma@example.org" in bare("set_password", NewPasswordForm(), owner=UMA)


def test_forgotten_says_a_link_is_on_its_way():
    notice = Notice("success", "Look into your mailbox", "")
    assert "Look into your mailbox" in bare("forgotten", ForgottenForm(), notice=notice)


def account(who: User, **context: Any) -> str:
    sessions = [
        {
            "id": UUID(int=number),
            "agent_label": "Firefox on Linux",
            "ip": "203.0.113.7",
            "first_seen_at": WHEN,
            "last_seen_at": WHEN,
            "is_current": number == 0,
        }
        for number in range(2)
    ]
    forms = {"form": ProfileForm(initial={"name": who.name}), "password_form": PasswordForm()}
    return page("accounts/account.html", who, sessions=sessions, **{**forms, **context})


def test_account_can_end_other_sessions_but_not_this_one():
    markup = account(ADA)
    assert markup.count("/end") == 2
    assert f"/account/sessions/{UUID(int=1)}/end" in markup
    assert "/account/sessions/others/end" in markup


def test_account_escapes_a_name():
    assert "Uma <b>" not in account(UMA)


def test_account_says_the_wait():
    assert 'data-countdown="9"' in account(ADA, retry_after=9)


def buckets(who: User, **context: Any) -> str:
    return page("files/buckets.html", who, **context)


CARD = {
    "code": "PRESS",
    "title": "Press <kit>",
    "is_public": True,
    "description": "For journalists.",
    "last_activity_at": WHEN,
    "last_activity_by": "Uma Thorn",
    "url": "/b/PRESS/",
}


def test_a_card_leads_to_its_bucket():
    markup = buckets(UMA, cards=[CARD])
    assert 'href="/b/PRESS/"' in markup
    assert "Press &lt;kit&gt;" in markup
    assert "by Uma Thorn" in markup


@pytest.mark.parametrize(("is_public", "badge"), [(True, "CDN"), (False, "Private")])
def test_a_card_says_whether_files_are_public(is_public: bool, badge: str):
    assert badge in buckets(UMA, cards=[{**CARD, "is_public": is_public}])


@pytest.mark.parametrize(("who", "seen"), [(ADA, True), (UMA, False)])
def test_a_card_describes_its_bucket_to_administrators(who: User, seen: bool):
    assert ("For journalists." in buckets(who, cards=[CARD])) is seen


def test_a_card_says_that_nothing_happened_yet():
    assert "No activity yet" in buckets(UMA, cards=[{**CARD, "last_activity_at": None}])


def test_whoever_has_no_bucket_learns_whom_to_ask():
    markup = buckets(UMA, cards=[])
    assert "No bucket is assigned to you yet" in markup
    assert "/admin/" not in markup


def test_an_administrator_without_buckets_is_led_to_registering_one():
    assert "/admin/buckets/bucket/add/" in buckets(ADA, cards=[])


def test_every_page_names_its_scripts_nonce():
    markup = buckets(UMA, cards=[CARD])
    assert markup.count("<script") == markup.count('nonce="the-nonce"')


ERROR = {
    "title": "Nothing here",
    "message": "There is nothing.",
    "hint": "Look elsewhere.",
    "retry_after": None,
}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 429, 500, 502, 503])
def test_an_error_asks_neither_the_database_nor_context_processors(status: int):
    context = {**ERROR, "bare": True, "request": {"csp_nonce": ""}, "status": status, "code": "SOME_CODE"}
    markup = render_to_string("errors/error.html", context)
    assert "There is nothing." in markup
    assert f"{status} · SOME_CODE" in markup


def test_an_error_keeps_the_way_around_for_whoever_is_signed_in():
    markup = page("errors/error.html", UMA, **{**ERROR, "status": 404, "code": "NOT_FOUND"})
    assert 'id="account-menu"' in markup


def test_an_error_leads_to_the_login_page():
    context = {
        **ERROR,
        "bare": True,
        "status": 401,
        "code": "UNAUTHORIZED",
        "login_url": "/login?next=%2Fb%2F",
    }
    assert 'href="/login?next=%2Fb%2F"' in render_to_string("errors/error.html", context)


def test_an_error_says_the_wait():
    context = {**ERROR, "bare": True, "status": 503, "code": "UNAVAILABLE", "retry_after": 5}
    assert 'data-countdown="5"' in render_to_string("errors/error.html", context)


def test_an_error_leads_a_stranger_to_signing_in():
    markup = page("errors/error.html", AnonymousUser(), **{**ERROR, "status": 410, "code": "LINK_GONE"})
    assert 'href="/login"' in markup
    assert 'class="topbar"' not in markup
