"""What a search listed is stored behind it, whole or not at all."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError

from buckets.models import Bucket
from buckets.paths import Rights
from buckets.s3.errors import S3Unavailable
from files import cache, remembering
from files.indexing import Storing
from files.remembering import remembered, settle
from tests import people
from tests.files.flat_pages import NOON, flat_pages
from tests.files.test_storing import contents

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = flat_pages(["a/1", "a/2", "b/1"], cuts=["a/1", "a/2"])


@pytest.fixture
def bucket() -> Bucket:
    return people.press_bucket()


@pytest.fixture(autouse=True)
def _stored() -> Iterator[None]:
    yield
    settle(patience=10)


def read(
    bucket: Bucket, pages: list[Any] = PAGES, *, until: int = 99, problem: Exception | None = None
) -> list[Any]:
    """Reads so many pages of a listing that may fail in the end; waits until it is stored."""
    reach = bucket.reach(root="", rights=Rights())

    async def listing() -> AsyncGenerator[Any, None]:
        for page in pages:
            yield page
        if problem:
            raise problem

    async def all_of_them() -> list[Any]:
        found: list[Any] = []
        async with aclosing(remembered(listing, reach=reach, folder=reach.folder(""), now=NOON)) as coming:
            async for page in coming:
                found.append(page)
                if len(found) == until:
                    break
        return found

    got = async_to_sync(all_of_them)()
    settle(patience=10)
    return got


def test_hands_every_page_on_and_stores_what_was_in_them(bucket: Bucket) -> None:
    assert read(bucket) == PAGES
    assert contents() == {"": ["a", "b"], "a/": ["1", "2"], "b/": ["1"]}


def test_stores_nothing_of_a_listing_that_was_not_read_to_its_end(bucket: Bucket) -> None:
    assert len(read(bucket, until=2)) == 2
    with pytest.raises(S3Unavailable):
        read(bucket, problem=S3Unavailable())
    assert contents() == {}


def test_stores_nothing_of_one_too_big_to_be_held(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "MOST_PAGES", 2)
    assert read(bucket) == PAGES
    assert contents() == {}


def test_stores_nothing_that_was_evicted_while_it_was_read(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Storing.add

    def evict_and_add(work: Storing, page: Any) -> None:
        cache.evict(bucket_id=bucket.id, keys=["a/1"])
        add(work, page)

    monkeypatch.setattr(Storing, "add", evict_and_add)
    read(bucket)
    assert contents() == {"b/": ["1"]}


def test_lists_all_the_same_while_the_database_is_away(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(remembering, "Storing", away)
    assert read(bucket) == PAGES
    monkeypatch.undo()
    monkeypatch.setattr(Storing, "finish", away)
    assert read(bucket) == PAGES
