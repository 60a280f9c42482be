"""What is stored of a folder and shortens the next listing of it."""

from datetime import UTC, datetime, timedelta

import pytest

from buckets.models import Bucket
from buckets.paths import FolderKey
from buckets.s3.lister import ListedFile
from files import beginnings, cache
from files.beginnings import Known, known_of
from files.cache import Ticket
from files.rows import Row, rows_of
from tests.files.conftest import EVERYTHING

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(press: Bucket) -> FolderKey:
    return press.reach(root="", rights=EVERYTHING).folder("team")


def ticket_of(folder: FolderKey) -> Ticket:
    return cache.begin(bucket_id=folder.bucket_id, path=folder.text)


def rows(*names: str) -> list[Row]:
    """Those of names that end in a slash are folders."""
    files = [ListedFile(name, 1, NOON, "e", "STANDARD") for name in names if not name.endswith("/")]
    return rows_of([name[:-1] for name in names if name.endswith("/")], files)


def begun(folder: FolderKey, *names: str) -> None:
    cache.store_first_page(ticket_of(folder), rows(*names), listed_at=NOON)


def known(folder: FolderKey, *, seconds: float = 3) -> Known:
    return known_of(folder, ticket_of(folder), now=NOON + timedelta(seconds=seconds))


def test_is_nothing_of_a_stranger(folder: FolderKey) -> None:
    assert known(folder) == Known(NOON + timedelta(seconds=3))


def test_is_the_first_page_somebody_was_shown_a_moment_ago(folder: FolderKey) -> None:
    begun(folder, "a.txt", "b/", "t-a.txt")
    found = known(folder)
    assert found.beginning
    assert found.beginning.upto == "team/t-a.txt"
    assert list(found.beginning.samples) == ["team/a.txt", "team/b/", "team/t-a.txt", "team/t-a.txt"]
    assert (found.folders, [file.name for file in found.files]) == (["b"], ["a.txt", "t-a.txt"])
    assert (found.files[0].size, found.files[0].modified_at, found.files[0].etag) == (1, NOON, "e")
    assert found.listed_at == NOON, "as old as its oldest part"


def test_ends_with_a_folder_where_the_page_did(folder: FolderKey) -> None:
    begun(folder, "b", "b/")
    found = known(folder)
    assert found.beginning
    assert found.beginning.upto == "team/b/"


def test_is_not_believed_for_long(folder: FolderKey) -> None:
    begun(folder, "a.txt")
    assert known(folder, seconds=16).beginning is None


def test_is_not_believed_after_an_eviction(folder: FolderKey) -> None:
    begun(folder, "a.txt")
    cache.evict(bucket_id=folder.bucket_id, keys=["team/new.txt"])
    assert known(folder).beginning is None


@pytest.mark.parametrize("last", ["z\x00", "z\x01", "z\ufffd"])
def test_does_not_begin_behind_a_name_that_may_be_another(folder: FolderKey, last: str) -> None:
    begun(folder, "a.txt", last)
    assert known(folder).beginning is None


@pytest.mark.parametrize("is_evicted", [False, True])
def test_is_where_a_whole_listing_may_be_cut_however_old(
    folder: FolderKey, is_evicted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginnings, "_HINT_EVERY", 2)
    cache.store_folder(ticket_of(folder), rows("a", "b", "c", "d", "x/", "y/", "z/"), listed_at=NOON)
    if is_evicted:
        cache.evict(bucket_id=folder.bucket_id, keys=["team/new.txt"])
    found = known(folder, seconds=10**6)
    assert found.beginning is None
    assert found.listed_at == NOON + timedelta(seconds=10**6)
    assert [(hint.upto, hint.keys) for hint in found.hints] == [("team/y/", 2), ("team/b", 2), ("team/d", 2)]


def test_is_nothing_of_a_folder_that_is_gone(folder: FolderKey) -> None:
    cache.store_folder(ticket_of(folder), rows("a"), listed_at=NOON)
    cache.store_missing(ticket_of(folder), listed_at=NOON)
    assert known(folder, seconds=0) == Known(NOON)
