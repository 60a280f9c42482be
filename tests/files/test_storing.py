"""Many folders at once: written where they differ, left alone where somebody knows better."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from buckets.models import Bucket
from buckets.s3.lister import ListedFile
from files import cache, storing
from files.cache import Stored
from files.models import Entry, Folder
from files.rows import Columns, Row, columns_of
from files.storing import Begun
from tests import people
from tests.files.flat_pages import NOON


def rows(*names: str, etag: str = "e") -> Columns:
    """Names ending in a slash are folders."""
    files = [ListedFile(name, 1, NOON, etag, "STANDARD") for name in names if not name.endswith("/")]
    return columns_of([name[:-1] for name in names if name.endswith("/")], files)


def begun(bucket: Bucket, *, minutes: int = 0, path: str = "") -> Begun:
    return storing.begin(bucket_id=bucket.id, path=path, now=NOON + timedelta(minutes=minutes))


def contents() -> dict[str, list[str]]:
    """The names stored of every folder that is whole and trusted."""
    found: dict[str, list[str]] = {}
    for folder in Folder.objects.filter(is_whole=True, is_missing=False, stored_generation__isnull=False):
        if folder.generation == folder.stored_generation:
            names = Entry.objects.filter(folder=folder).order_by("name").values_list("name", flat=True)
            found[folder.path] = list(names)
    return found


def rows_written() -> int:
    """How many rows this transaction has written so far. One that writes none writes no log either."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


def test_stores_many_folders_as_one_by_one(press: Bucket) -> None:
    listed = {"": rows("x.png", "t-x.png", "a/"), "a/": rows("y\\", "É"), "b/": rows()}
    assert set(storing.store_folders(begun(press), listed).values()) == {Stored.NEW}
    many = [facts() for facts in (all_folders, all_entries)]
    other = people.press_bucket()
    for path, each in listed.items():
        cache.store_folder(cache.begin(bucket_id=other.id, path=path), each.rows(), listed_at=NOON)
    press.delete()
    assert [facts() for facts in (all_folders, all_entries)] == many


def all_folders() -> list[tuple[object, ...]]:
    names = (
        "path",
        "path_folded",
        "is_whole",
        "is_missing",
        "listed_at",
        "file_count",
        "folder_count",
        "total_size",
        "odd_count",
    )
    found = Folder.objects.order_by("path").values_list(*names, "digest")
    return [(*facts, bytes(digest)) for *facts, digest in found]


def all_entries() -> list[tuple[object, ...]]:
    return list(
        Entry.objects.order_by("folder__path", "kind", "name").values_list("folder__path", *Row._fields)
    )


def test_writes_nothing_where_nothing_changed(press: Bucket) -> None:
    listed = {"": rows("a/"), "a/": rows("x", "y")}
    storing.store_folders(begun(press), listed)
    later, before = begun(press, minutes=5), rows_written()
    assert set(storing.store_folders(later, listed).values()) == {Stored.UNCHANGED}
    assert rows_written() == before
    assert set(Folder.objects.values_list("listed_at", flat=True)) == {NOON}


def test_rewrites_changed_rows_alone(press: Bucket) -> None:
    storing.store_folders(begun(press), {"": rows("gone", "same", "touched"), "a/": rows("x")})
    kept = Entry.objects.get(name="same").id
    changed = Columns.of([*rows("new", "same").rows(), *rows("touched", etag="f").rows()])
    told = storing.store_folders(begun(press, minutes=1), {"": changed, "a/": rows("x")})
    assert told == {"": Stored.NEW, "a/": Stored.UNCHANGED}
    assert contents()[""] == ["new", "same", "touched"]
    assert Entry.objects.get(name="same").id == kept


def test_takes_the_place_of_a_first_page(press: Bucket) -> None:
    cache.store_first_page(cache.begin(bucket_id=press.id, path="a/"), rows("x", "y").rows(), listed_at=NOON)
    storing.store_folders(begun(press), {"a/": rows("y", "z")})
    assert contents() == {"a/": ["y", "z"]}


def test_believes_a_folder_that_was_gone_to_be_there_again(press: Bucket) -> None:
    cache.store_folder(cache.begin(bucket_id=press.id, path="a/"), rows("x").rows(), listed_at=NOON)
    cache.store_missing(cache.begin(bucket_id=press.id, path="a/"), listed_at=NOON)
    storing.store_folders(begun(press, minutes=1), {"a/": rows("x")})
    assert contents() == {"a/": ["x"]}


@pytest.mark.parametrize("is_known", [True, False])
class TestEvictedSinceItBegan:
    """Whether or not the folder had a row when the listing began."""

    @pytest.fixture
    def listing(self, press: Bucket, is_known: bool) -> Begun:
        if is_known:
            storing.store_folders(begun(press), {"a/b/": rows("old"), "a/c/": rows("old")})
        return begun(press, minutes=1)

    def stored(self, listing: Begun) -> dict[str, Stored]:
        return storing.store_folders(listing, {"a/b/": rows("stale"), "a/c/": rows("good")})

    def test_leaves_the_folder_of_an_evicted_file_alone(self, press: Bucket, listing: Begun) -> None:
        cache.evict(bucket_id=press.id, keys=["a/b/x"])
        assert self.stored(listing) == {"a/b/": Stored.REFUSED, "a/c/": Stored.NEW}
        assert contents() == {"a/c/": ["good"]}

    def test_leaves_what_lies_below_an_evicted_folder_alone(self, press: Bucket, listing: Begun) -> None:
        cache.evict_folder(bucket_id=press.id, path="a/b/")
        assert self.stored(listing) == {"a/b/": Stored.REFUSED, "a/c/": Stored.NEW}
        cache.evict_folder(bucket_id=press.id, path="a/")
        assert set(self.stored(listing).values()) == {Stored.REFUSED}
        assert contents() == {}

    def test_leaves_everything_alone_after_a_flush(self, press: Bucket, listing: Begun) -> None:
        cache.flush(bucket_id=press.id)
        assert set(self.stored(listing).values()) == {Stored.REFUSED}
        assert not Folder.objects.exists()

    def test_keeps_the_mark_when_somebody_looks_in_vain(self, press: Bucket, listing: Begun) -> None:
        cache.evict(bucket_id=press.id, keys=["a/b/x"])
        cache.forget_stranger(cache.begin(bucket_id=press.id, path="a/b/"))
        assert self.stored(listing)["a/b/"] is Stored.REFUSED

    def test_stores_what_is_listed_after_it(self, press: Bucket, listing: Begun) -> None:
        cache.evict_folder(bucket_id=press.id, path="a/")
        assert self.stored(begun(press, minutes=2)) == {"a/b/": Stored.NEW, "a/c/": Stored.NEW}


def test_minds_no_eviction_of_another_bucket_or_beside(press: Bucket) -> None:
    other, listing = people.press_bucket(), begun(press)
    cache.flush(bucket_id=other.id)
    cache.evict_folder(bucket_id=press.id, path="ab/")
    assert storing.store_folders(listing, {"a/": rows("x")}) == {"a/": Stored.NEW}


def test_leaves_alone_what_somebody_listed_later(press: Bucket) -> None:
    listing = begun(press)
    newer = cache.begin(bucket_id=press.id, path="a/")
    cache.store_folder(newer, rows("newer").rows(), listed_at=NOON + timedelta(seconds=1))
    assert storing.store_folders(listing, {"a/": rows("older")}) == {"a/": Stored.REFUSED}
    assert contents() == {"a/": ["newer"]}


def test_stores_all_or_nothing(press: Bucket) -> None:
    twice = Columns.of([*rows("x").rows(), *rows("x").rows()])
    with pytest.raises(Exception, match="entry_once"), transaction.atomic():
        storing.store_folders(begun(press), {"a/": rows("x"), "b/": twice})
    assert not Folder.objects.exists()


class TestForgettingWhatIsGone:
    def test_marks_folders_their_parents_list_no_more_with_all_below(self, press: Bucket) -> None:
        storing.store_folders(
            begun(press), {"": rows("a/", "b/"), "a/": rows("c/"), "a/c/": rows("x"), "b/": rows("y"), "stray/": rows("z")}
        )  # fmt: skip
        listing = begun(press, minutes=1)
        storing.store_folders(listing, {"": rows("b/"), "b/": rows("y")})
        assert storing.forget_gone(listing) == 3
        assert contents() == {"": ["b"], "b/": ["y"]}
        assert set(Folder.objects.filter(is_missing=True).values_list("path", flat=True)) == {
            "a/",
            "a/c/",
            "stray/",
        }
        assert storing.forget_gone(listing) == 0

    def test_forgets_them_altogether_after_a_day(self, press: Bucket) -> None:
        storing.store_folders(begun(press), {"": rows("a/"), "a/": rows()})
        for minutes, left in ((1, 2), (60 * 24 + 2, 1)):
            listing = begun(press, minutes=minutes)
            storing.store_folders(listing, {"": rows()})
            storing.forget_gone(listing)
            assert Folder.objects.count() == left

    @pytest.mark.parametrize("path", ["", "a/", "a/c/"])
    def test_leaves_alone_what_was_evicted_since(self, press: Bucket, path: str) -> None:
        storing.store_folders(begun(press), {"": rows("a/"), "a/": rows(), "a/c/": rows("x")})
        listing = begun(press, minutes=1)
        cache.evict(bucket_id=press.id, keys=[f"{path}new"])
        assert storing.forget_gone(listing) == (1 if path == "" else 0)

    def test_leaves_alone_what_somebody_listed_later(self, press: Bucket) -> None:
        storing.store_folders(begun(press), {"": rows()})
        listing = begun(press, minutes=1)
        cache.store_folder(
            cache.begin(bucket_id=press.id, path="a/"),
            rows("x").rows(),
            listed_at=NOON + timedelta(minutes=2),
        )
        assert storing.forget_gone(listing) == 0

    def test_believes_no_parent_it_is_unsure_of(self, press: Bucket) -> None:
        storing.store_folders(begun(press), {"": rows(), "a/": rows("x")})
        assert storing.forget_gone(begun(press, minutes=1), unsure={""}) == 0

    def test_stays_below_its_own_folder_and_bucket(self, press: Bucket) -> None:
        other = people.press_bucket()
        for bucket in (press, other):
            storing.store_folders(
                begun(bucket), {"": rows(), "a/": rows(), "a/b/": rows("x"), "c/": rows("x")}
            )
        assert storing.forget_gone(begun(press, minutes=1, path="a/")) == 1
        assert storing.forget_gone(begun(other, minutes=1)) == 3


@pytest.mark.django_db(transaction=True)
def test_never_waits_for_an_eviction_that_waits_for_it() -> None:
    bucket = people.press_bucket()
    paths = [f"{letter}/" for letter in "abcdefgh"]
    problems: list[BaseException] = []

    def work(act: object) -> None:
        try:
            for _ in range(15):
                act()  # type: ignore[operator]
        except BaseException as problem:  # noqa: BLE001 - told below
            problems.append(problem)
        finally:
            connection.close()

    def store() -> None:
        storing.store_folders(begun(bucket), {path: rows("x") for path in reversed(paths)})

    def evict() -> None:
        cache.evict(bucket_id=bucket.id, keys=[f"{path}x" for path in paths])

    def sweep() -> None:
        cache.evict_folder(bucket_id=bucket.id, path="d/")

    threads = [threading.Thread(target=work, args=[act]) for act in (store, store, evict, sweep)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
