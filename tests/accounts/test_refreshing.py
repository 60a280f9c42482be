"""Refresh tokens, by the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import refreshing
from accounts.models import RefreshToken, Session
from accounts.refreshing import LIFETIME, Grant, RefreshTokenUsed, open_session, rotate, session_of
from accounts.session_store import SessionStore
from accounts.tokens import TokenInvalid

NOW = timezone.now()


@pytest.fixture
def grant(mark):
    return open_session(user=mark, ip=None, agent="a program", now=NOW)


def ended(grant: Grant) -> str:
    return Session.objects.get(id=grant.session.id).ended_reason


@pytest.mark.parametrize(("after", "reason"), [(0, ""), (10, ""), (10.001, "revoked"), (86_400, "revoked")])
def test_ends_the_family_of_a_token_that_comes_again_after_more_than_ten_seconds(grant, after, reason):
    rotate(grant.refresh_token, ip=None, now=NOW)

    with pytest.raises(RefreshTokenUsed):
        rotate(grant.refresh_token, ip=None, now=NOW + timedelta(seconds=after))

    assert ended(grant) == reason


def test_ends_the_family_by_any_of_its_used_tokens(grant):
    token = grant.refresh_token
    for _ in range(3):
        token = rotate(token, ip=None, now=NOW).refresh_token

    with pytest.raises(RefreshTokenUsed):
        rotate(grant.refresh_token, ip=None, now=NOW + timedelta(minutes=1))

    with pytest.raises(TokenInvalid):
        rotate(token, ip=None, now=NOW + timedelta(minutes=1))


def test_ends_a_family_once(grant):
    rotate(grant.refresh_token, ip=None, now=NOW)
    for _ in range(2):
        with pytest.raises(RefreshTokenUsed):
            rotate(grant.refresh_token, ip=None, now=NOW + timedelta(minutes=1))

    assert ended(grant) == "revoked"


@pytest.mark.parametrize(("after", "works"), [(LIFETIME - timedelta(seconds=1), True), (LIFETIME, False)])
def test_lasts_a_fortnight_from_the_last_use(grant, after, works):
    if works:
        assert (
            rotate(grant.refresh_token, ip=None, now=NOW + after).session.expire_date
            == NOW + after + LIFETIME
        )
    else:
        with pytest.raises(TokenInvalid):
            rotate(grant.refresh_token, ip=None, now=NOW + after)


def test_leaves_a_token_unused_when_its_session_is_over(grant):
    Session.objects.update(ended_at=NOW, ended_reason="signed_out")

    with pytest.raises(TokenInvalid):
        rotate(grant.refresh_token, ip=None, now=NOW)

    assert not RefreshToken.objects.filter(used_at__isnull=False).exists()


def test_knows_the_session_of_a_used_token(grant):
    rotate(grant.refresh_token, ip=None, now=NOW)

    assert session_of(grant.refresh_token) == grant.session
    assert session_of("unknown") is None


def test_never_shows_the_token(grant):
    assert grant.refresh_token not in repr(grant)


def test_gives_no_two_the_same(mark):
    given = {open_session(user=mark, ip=None, agent="", now=NOW).refresh_token for _ in range(20)}

    assert len(given) == 20


def test_is_forgotten_when_it_could_not_be_used_anyway(grant):
    RefreshToken.objects.update(expires_at=NOW - timedelta(seconds=1))
    refreshing.open_session(user=grant.session.user, ip=None, agent="", now=timezone.now())

    SessionStore.clear_expired()

    assert RefreshToken.objects.count() == 1
    assert Session.objects.count() == 2
