"""Entries on their way into the database: what arrives is what was listed, also of big folders, and none is left behind."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from buckets.models import Bucket
from buckets.paths import Rights
from files import cache, storing, sums
from files.entries import Direction, Group, Order, Sort
from files.models import Entry, Folder, Stretch
from files.paging import Cursor, count_behind, entries_at, entries_behind, place_before
from files.rows import Columns, Row, columns_of
from files.stored import StoredFolder, stored_folder
from files.stretches import Words, stretches_of
from tests import people
from tests.files.flat_pages import NOON

NAMES = st.text(alphabet=st.one_of(st.sampled_from("abt-.\\\tN\n"), st.characters(codec="utf-8")), max_size=6)
FILES = st.tuples(
    NAMES.map(lambda name: name.replace("/", "-")),
    st.integers(0, 2**64),
    st.datetimes(timezones=st.just(UTC)),
    st.text(alphabet="\\N\t0a", max_size=90),
    st.text(alphabet="\\N\tAR", max_size=40),
)
LISTINGS = st.lists(st.tuples(st.lists(FILES, max_size=6), st.frozensets(NAMES, max_size=3)), min_size=1, max_size=4)  # fmt: skip


class TestWhatArrives(TestCase):  # type: ignore[misc]
    @settings(max_examples=25, deadline=None)
    @given(listings=LISTINGS, big=st.integers(0, 6))
    def test_is_what_was_listed_last(self, listings: list[Any], big: int) -> None:
        bucket = people.press_bucket()
        sums.BIG, usual = big, sums.BIG
        try:
            for files, folders in listings:
                columns = columns_of([name.replace("/", "-") for name in folders], files)
                storing.store_folders(storing.begin(bucket_id=bucket.id, path="", now=NOON), {"a/": columns})
                assert stored_rows() == columns.rows()
                assert stored_stretches() == sorted(stretches_of([columns]))
        finally:
            sums.BIG = usual


def stored_rows() -> list[Row]:
    return [Row(*values) for values in Entry.objects.order_by("kind", "name").values_list(*Row._fields)]


def stored_stretches() -> list[Words]:
    return sorted(Words(*values) for values in Stretch.objects.values_list(*Words._fields))


def listed(*names: str) -> Columns:
    files = [
        (name, len(name) % 3, NOON.replace(minute=number % 7), "e", "STANDARD")
        for number, name in enumerate(names)
    ]
    return columns_of(["a", "B"], files)


def store(bucket: Bucket, columns: Columns) -> StoredFolder:
    cache.store_folder(cache.begin(bucket_id=bucket.id, path=""), columns.rows(), listed_at=NOON)
    stored = stored_folder(bucket.reach(root="", rights=Rights()).folder(""), now=NOON)
    assert stored is not None
    return stored


@pytest.fixture
def big_from_five(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "BIG", 4)


class TestBigFolders:
    NAMES = ("x.jpg", "Y.txt", "y.txt", "t-x.jpg", "É.png", "zz.mp4", "0")

    def test_shows_the_same_whether_it_is_big_or_not(
        self, press: Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small = list(shown(store(press, listed(*self.NAMES))))
        monkeypatch.setattr(sums, "BIG", 4)
        cache.flush(press.id)
        assert list(shown(store(press, listed(*self.NAMES)))) == small

    def test_stays_big_until_nothing_is_stored_of_it(self, press: Bucket, big_from_five: None) -> None:
        grown = []
        for names in (("x",), self.NAMES, ("x",)):
            grown.append(store(press, listed(*names)).is_big)
            assert set(Entry.objects.values_list("is_big", flat=True)) == {grown[-1]}
        assert grown == [False, True, True]
        cache.store_missing(cache.begin(bucket_id=press.id, path=""), listed_at=NOON)
        assert not store(press, listed("x")).is_big

    @pytest.mark.parametrize(
        ("sort", "index"),
        [(Sort.NAME, "entry_by_name"), (Sort.SIZE, "entry_by_size"), (Sort.MODIFIED, "entry_newest")],
    )
    def test_is_read_along_an_index(self, press: Bucket, big_from_five: None, sort: Sort, index: str) -> None:
        stored = store(press, listed(*self.NAMES))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as asked:
            list(entries_behind(stored, order=Order(sort), group=None, cursor=None, limit=2, folders=False))
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {asked[0]['sql']}")
            assert index in str(cursor.fetchall())


def shown(stored: StoredFolder) -> Iterator[Any]:
    """What pages show in every order, from every place."""
    for sort in Sort:
        for direction in Direction:
            order = Order(sort, direction)
            rows = list(entries_behind(stored, order=order, group=None, cursor=None, limit=20))
            yield [row.name for row in rows]
            yield [row.name for row in entries_at(stored, order=order, offset=1, limit=4, folders=2)]
            for row in rows:
                place = Cursor.behind(row, order)
                yield [
                    each.name
                    for each in entries_behind(stored, order=order, group=None, cursor=place, limit=3)
                ]
                before = place_before(row, order=order, group=None, steps=2)
                yield before.text if before else None
            yield count_behind(stored, order, Group.TEXT, None)


class TestWithItsFolder:
    def test_goes_whoever_removes_the_folder(self, press: Bucket) -> None:
        store(press, listed("x", "y"))
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM files_folder")
        assert not Entry.objects.exists()
        assert not Stretch.objects.exists()

    def test_goes_with_the_bucket(self, press: Bucket) -> None:
        store(press, listed("x"))
        press.delete()
        assert not Entry.objects.exists()
        assert not Stretch.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_goes_when_it_was_stored_while_the_folder_was_being_removed(self) -> None:
        bucket = people.press_bucket()
        store(bucket, listed("x"))
        begun = storing.begin(bucket_id=bucket.id, path="", now=datetime.now(UTC))

        def remove() -> None:
            Folder.objects.all()._raw_delete("default")
            connection.close()

        removing = threading.Thread(target=remove)
        with transaction.atomic():
            storing.store_folders(begun, {"": listed("x", "new")})
            removing.start()
            await_somebody_waiting()
        removing.join()
        assert not Folder.objects.exists()
        assert not Entry.objects.exists()
        assert not Stretch.objects.exists()


def await_somebody_waiting() -> None:
    """Until another connection waits for this one."""
    for _ in range(5_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
