"""What a search listed is stored behind it, whole or not at all."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from threading import Event
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connections

from buckets.models import Bucket
from buckets.paths import Rights
from buckets.s3.errors import S3Unavailable
from files import apart, cache, remembering, spool
from files.indexing import Storing, store_listing
from files.models import BucketIndex
from files.remembering import remembered, settle
from files.signals import listing_wanted
from files.spool import Spool
from files.storing import Begun
from tests import people
from tests.files.flat_pages import NOON, flat_pages, sent_pages
from tests.files.test_storing import contents

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = flat_pages(["a/1", "a/2", "b/1"], cuts=["a/1", "a/2"])
REAL = sent_pages(["a/1", "a/2", "b/1"])
"""The same, as a store sends them."""


@pytest.fixture
def bucket() -> Bucket:
    return people.press_bucket()


@pytest.fixture(autouse=True)
def _stored() -> Iterator[None]:
    yield
    settle(patience=10)


def read(
    bucket: Bucket,
    pages: list[Any] = PAGES,
    *,
    until: int = 99,
    problem: Exception | None = None,
    is_level: bool = False,
) -> list[Any]:
    """Reads so many pages of a listing that may fail in the end; waits until it is stored."""
    got = async_to_sync(all_of)(bucket, pages, until=until, problem=problem, is_level=is_level)
    settle(patience=10)
    return got


async def all_of(
    bucket: Bucket,
    pages: list[Any],
    *,
    until: int = 99,
    problem: Exception | None = None,
    is_level: bool = False,
    together: asyncio.Barrier | None = None,
) -> list[Any]:
    reach = bucket.reach(root="", rights=Rights())

    async def listing() -> AsyncGenerator[Any, None]:
        for page in pages:
            yield page
        if together:
            await together.wait()
        if problem:
            raise problem

    found: list[Any] = []
    coming = remembered(listing, reach=reach, folder=reach.folder(""), now=NOON, is_level=is_level)
    async with aclosing(coming):
        async for page in coming:
            found.append(page)
            if len(found) == until:
                break
    return found


def test_hands_every_page_on_and_stores_what_was_in_them(bucket: Bucket) -> None:
    assert read(bucket) == PAGES
    assert contents() == {"": ["a", "b"], "a/": ["1", "2"], "b/": ["1"]}


def test_says_how_old_the_index_of_a_bucket_is_that_was_listed_whole(bucket: Bucket) -> None:
    read(bucket, REAL)
    known = BucketIndex.objects.get()
    assert (known.listed_at, known.file_count, known.problem) == (NOON, 3, "")


def test_stores_nothing_of_a_listing_that_was_not_read_to_its_end(bucket: Bucket) -> None:
    assert len(read(bucket, until=2)) == 2
    with pytest.raises(S3Unavailable):
        read(bucket, problem=S3Unavailable())
    assert contents() == {}


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two pages are many; and what another process would do is done in this one."""

    def here(descriptor: int) -> None:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            begun, pages = spool.read(file)
            store_listing(begun, pages, now=NOON)
        connections.close_all()

    monkeypatch.setattr(remembering, "MOST_PAGES", 2)
    monkeypatch.setattr(apart, "_run", here)
    monkeypatch.setattr(apart, "_rests", {})


@pytest.mark.usefixtures("_few")
class TestMany:
    def test_are_stored_apart(self, bucket: Bucket) -> None:
        assert read(bucket, REAL) == REAL
        assert contents() == {"": ["a", "b"], "a/": ["1", "2"], "b/": ["1"]}
        assert BucketIndex.objects.get().listed_at == NOON

    def test_are_not_stored_before_all_have_come(self, bucket: Bucket) -> None:
        assert len(read(bucket, [*REAL, *REAL], until=5)) == 5
        with pytest.raises(S3Unavailable):
            read(bucket, REAL, problem=S3Unavailable())
        assert contents() == {}

    def test_are_listed_and_not_stored_when_the_disk_is_full(
        self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spool, "MOST_BYTES", 10)
        assert read(bucket, REAL) == REAL
        monkeypatch.undo()
        monkeypatch.setattr(remembering, "MOST_PAGES", 2)
        monkeypatch.setattr(spool, "MOST_BYTES", 700)
        assert read(bucket, REAL * 9) == REAL * 9
        assert contents() == {}

    def test_wait_for_the_disk(self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(remembering, "_AHEAD", 0)
        read(bucket, REAL)
        assert contents() == {"": ["a", "b"], "a/": ["1", "2"], "b/": ["1"]}

    def test_are_not_stored_while_that_does_not_pay(
        self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(apart, "pays", lambda _: False)
        assert read(bucket, REAL) == REAL
        assert contents() == {}

    def test_are_stored_once_however_many_list_them_at_once(
        self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun = []
        run = apart._run

        def note_and_run(descriptor: int) -> None:
            begun.append(descriptor)
            run(descriptor)

        monkeypatch.setattr(apart, "_run", note_and_run)

        async def three_times() -> None:
            together = asyncio.Barrier(3)
            await asyncio.gather(*(all_of(bucket, REAL, together=together) for _ in range(3)))

        async_to_sync(three_times)()
        settle(patience=10)
        assert (len(begun), len(spool._spools)) == (1, 0)

    def test_leave_no_file_behind_when_they_are_called_off_while_it_is_made(
        self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begins, goes_on = Event(), Event()

        def slow(begun: Begun) -> Spool:
            begins.set()
            assert goes_on.wait(10)
            return Spool(begun)

        monkeypatch.setattr(remembering, "Spool", slow)

        async def called_off() -> None:
            listing = asyncio.create_task(all_of(bucket, REAL))
            await asyncio.to_thread(begins.wait, 10)
            listing.cancel()
            await asyncio.wait([listing])

        async_to_sync(called_off)()
        goes_on.set()
        remembering._writer.submit(int).result(10)
        assert spool._spools == set()

    def test_of_one_folder_have_it_listed_behind(self, bucket: Bucket) -> None:
        wanted = []

        def note(sender: object, *, path: str, **_: Any) -> None:
            wanted.append(path)

        listing_wanted.connect(note)
        assert read(bucket, REAL, is_level=True) == REAL
        listing_wanted.disconnect(note)
        assert wanted == [""]


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

    monkeypatch.setattr(Storing, "begin", away)
    assert read(bucket) == PAGES
    monkeypatch.undo()
    monkeypatch.setattr(Storing, "finish", away)
    assert read(bucket) == PAGES
