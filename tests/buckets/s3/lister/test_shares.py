"""Who lists the same bucket at once shares what it may be asked, through Redis."""

from typing import Any
from uuid import uuid4

import pytest

from buckets.connection import Connection
from buckets.s3.lister import shares
from buckets.s3.lister.shares import Share
from tests.buckets.s3.conftest import make_reach


@pytest.fixture(autouse=True)
def _boxes(settings: Any) -> None:
    settings.SEARCH_BOXES = f"mediabridge:test:{uuid4().hex}:"


@pytest.fixture
def connection() -> Connection:
    return make_reach("http://127.0.0.1:9").connection


def allowed(share: Share) -> int:
    """Its part; what the store bears may be less."""
    return share.budget._most


def asked_again(share: Share) -> int:
    share._asked_at -= 10
    share.keep()
    return allowed(share)


def test_is_all_there_is_for_one_alone(connection: Connection) -> None:
    with Share(connection) as share:
        assert allowed(share) == 64


def test_is_no_more_than_was_wanted(connection: Connection) -> None:
    with Share(connection, most=32) as share:
        assert allowed(share) == 32


def test_is_a_half_for_two_and_all_again_when_one_has_gone(connection: Connection) -> None:
    with Share(connection) as one:
        with Share(connection) as other:
            assert allowed(other) == 32
            assert asked_again(one) == 32
        assert asked_again(one) == 64


def test_is_no_business_of_other_buckets(connection: Connection) -> None:
    other = make_reach("http://127.0.0.1:9").connection
    assert other.bucket_id != connection.bucket_id
    with Share(connection), Share(other) as share:
        assert allowed(share) == 64


def test_is_never_nothing(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "AT_ONCE", 2)
    with Share(connection), Share(connection), Share(connection) as third:
        assert allowed(third) == 1


def test_does_not_ask_with_every_page(connection: Connection) -> None:
    with Share(connection) as one, Share(connection):
        one.keep()
        assert allowed(one) == 64


def test_is_a_quarter_while_redis_is_away(connection: Connection, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    shares._redis.cache_clear()
    try:
        with Share(connection) as share:
            assert allowed(share) == 16
    finally:
        shares._redis.cache_clear()
