"""For whom a process of its own searches: it trusts what it was told no more than the row says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import personal_tokens
from accounts.models import PersonalToken, User
from accounts.scopes import Scope
from buckets.access import NoSuchBucket
from search.asking import Asked, wanted_by
from tests import people


@pytest.fixture
def token(mark, press):
    people.assign(mark, press, root="team/")
    scope = Scope(frozenset({"read"}), None)
    made = personal_tokens.make(user=mark, name="Nightly", scope=scope, days=30, ip=None, now=timezone.now())
    return made.token


@pytest.fixture
def asked(mark, press, token):
    return Asked(mark.pk, press.pk, "plan", token_id=token.pk)


def test_searches_where_the_tokens_owner_may_look(asked):
    assert wanted_by(asked).reach.root == "team/"


def test_goes_on_for_a_token_that_expires_meanwhile(asked):
    long_ago = timezone.now() - timedelta(days=60)
    PersonalToken.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=30))

    assert wanted_by(asked).reach.root == "team/"


@pytest.mark.parametrize(
    "befell",
    [{"epoch": 2}, {"locked_at": timezone.now()}, {"is_active": False}],
    ids=["epoch", "locked", "disabled"],
)
def test_searches_for_nobody_whose_token_ended_with_them(asked, befell):
    User.objects.update(**befell)

    with pytest.raises(NoSuchBucket):
        wanted_by(asked)


def test_searches_for_no_revoked_token(asked, mark, token):
    personal_tokens.revoke(user=mark, token_id=token.pk, by=mark, ip=None, now=timezone.now())

    with pytest.raises(NoSuchBucket):
        wanted_by(asked)


def test_takes_no_token_for_somebody_elses(asked, rita, press):
    people.assign(rita, press, root="team/")

    with pytest.raises(NoSuchBucket):
        wanted_by(Asked(rita.pk, press.pk, "plan", token_id=asked.token_id))
