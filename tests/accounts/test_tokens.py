"""Access tokens, by the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session, User
from accounts.refreshing import open_session
from accounts.tokens import (
    ForcedOut,
    TokenExpired,
    TokenInvalid,
    access_token,
    session_behind,
    who_is,
)

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def session(mark: User) -> Session:
    return open_session(user=mark, ip=None, agent="", now=NOW).session


@pytest.mark.parametrize("after", [0, 1, 299, 299.999])
def test_says_whose_it_is_for_five_minutes(session, mark, after):
    identity = who_is(access_token(session, now=NOW), now=NOW + timedelta(seconds=after))

    assert (identity.user, identity.session, identity.is_signed) == (mark, session, True)


@pytest.mark.parametrize("after", [300, 301, 86_400])
def test_expires_to_the_second(session, mark, after):
    with pytest.raises(TokenExpired) as refusal:
        who_is(access_token(session, now=NOW), now=NOW + timedelta(seconds=after))

    assert refusal.value.user_id == mark.pk


@pytest.mark.parametrize(("ahead", "counts"), [(1, True), (30, True), (31, False), (3600, False)])
def test_may_come_from_a_clock_that_is_a_little_ahead(session, ahead, counts):
    token = access_token(session, now=NOW + timedelta(seconds=ahead))

    if counts:
        assert who_is(token, now=NOW).session == session
    else:
        with pytest.raises(TokenInvalid):
            who_is(token, now=NOW)


def test_never_makes_up_for_an_old_epoch(session, mark):
    User.objects.filter(pk=mark.pk).update(epoch=mark.epoch + 1)

    with pytest.raises(ForcedOut):
        who_is(access_token(session, now=NOW), now=NOW)


def test_names_its_session_by_an_id_that_opens_no_page(session):
    assert session.session_key not in access_token(session, now=NOW)


@pytest.mark.parametrize("after", [0, 86_400])
def test_knows_its_session_however_old_it_is(session, after):
    assert session_behind(access_token(session, now=NOW), now=NOW + timedelta(seconds=after)) == session
    assert session_behind("a.b.c", now=NOW) is None


@pytest.mark.parametrize("reason", Session.Ended.values)
def test_is_worth_nothing_when_its_session_ended(session, reason):
    Session.objects.update(ended_at=NOW, ended_reason=reason)

    with pytest.raises(ForcedOut if reason in ("forced_out", "disabled") else TokenInvalid):
        who_is(access_token(session, now=NOW), now=NOW)


def test_is_worth_nothing_when_its_session_expired(session):
    Session.objects.update(expire_date=NOW)

    with pytest.raises(TokenInvalid):
        who_is(access_token(session, now=NOW), now=NOW)
