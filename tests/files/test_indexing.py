"""A listing of everything below a folder ends in the same rows as looking into each folder does."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.models import Bucket
from buckets.paths import Reach, Rights
from buckets.s3.lister import ListedFile, WholeFolders
from files import cache, indexing
from files.indexing import Outcome, Storing, columns_of_listed
from files.models import Entry, Folder
from files.rows import Row, rows_of
from tests.files.flat_pages import NOON, flat_pages
from tests.files.test_storing import contents

SEGMENT = st.text(alphabet="abt-é0/\ufffd\x00", max_size=3)
KEYS = st.frozensets(st.lists(SEGMENT, min_size=1, max_size=4).map("/".join).filter(bool), max_size=14)


def as_browsed(keys: frozenset[str], folder: str) -> list[Row]:
    """The rows a delimiter listing of `folder` gives."""
    folders, files = set(), []
    for key in keys:
        name = key.removeprefix(folder) if key.startswith(folder) else ""
        if "/" in name:
            folders.add(name.partition("/")[0])
        elif name:
            files.append(ListedFile(name, 1, NOON, "e", "STANDARD"))
    return rows_of(folders, files)


@given(keys=KEYS, cuts=st.lists(SEGMENT, max_size=4), seed=st.integers(0, 1000))
def test_makes_of_each_folder_the_rows_browsing_makes(
    keys: frozenset[str], cuts: list[str], seed: int
) -> None:
    pages = flat_pages(keys, cuts=[*cuts, *sorted(keys)[:: 1 + seed % 5]])
    random.Random(seed).shuffle(pages)
    whole = WholeFolders("")
    found = {folder.key: columns_of_listed(folder).rows() for page in pages for folder in whole.add(page)}
    folders = {key[: at + 1] for key in keys for at, character in enumerate(key) if character == "/"} | {""}
    assert found == {folder: as_browsed(keys, folder) for folder in folders}


def reach(bucket: Bucket, root: str = "") -> Reach:
    return bucket.reach(root=root, rights=Rights())


def work_on(bucket: Bucket, *, folder: str = "", root: str = "") -> Storing:
    into = reach(bucket, root)
    return Storing.begin(into, into.folder(folder), now=NOON)


def stored(bucket: Bucket, pages: list[Any], **where: str) -> Outcome:
    work = work_on(bucket, **where)
    for page in pages:
        work.add(page)
    work.finish()
    return work.forget_gone(unsure=work.too_big)


KEYS_OF_A_TREE = ["a/b/x.png", "a/b/t-x.png", "a/y", "a/empty/", "z", "é/x"]


def test_stores_every_folder_of_a_bucket(press: Bucket) -> None:
    told = stored(press, flat_pages(KEYS_OF_A_TREE, cuts=KEYS_OF_A_TREE))
    assert told == Outcome(new=5, rows=9, keys=6)
    assert contents() == {
        "": ["a", "z", "é"],
        "a/": ["b", "empty", "y"],
        "a/b/": ["t-x.png", "x.png"],
        "a/empty/": [],
        "é/": ["x"],
    }
    assert Entry.objects.get(name="t-x.png").is_hidden
    assert stored(press, flat_pages(KEYS_OF_A_TREE)) == Outcome(unchanged=5, rows=9, keys=6)


def test_stores_a_folder_before_the_listing_ends_and_never_a_part_of_one(
    press: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_ROWS_AT_ONCE", 1)
    first, second, third = flat_pages(["a/1", "a/2", "b/1", "b/2", "c"], cuts=["a/2", "b/1"])
    work = work_on(press)
    work.add(second)
    assert contents() == {}
    work.add(first)
    assert contents() == {"a/": ["1", "2"]}
    work.add(third)
    assert contents() == {"": ["a", "b", "c"], "a/": ["1", "2"], "b/": ["1", "2"]}


def test_stores_an_empty_bucket_and_an_empty_root_as_empty(press: Bucket) -> None:
    stored(press, flat_pages([]))
    stored(press, flat_pages([]), root="team/")
    assert contents() == {"": [], "team/": []}


def test_makes_no_folder_of_one_that_is_not_there(press: Bucket) -> None:
    stored(press, flat_pages([]), folder="made/up")
    assert contents() == {}
    stored(press, flat_pages(["made/up/"]), folder="made/up")
    assert contents() == {"made/up/": []}


def test_keeps_a_folder_with_nul_in_its_key_in_its_parent_alone(press: Bucket) -> None:
    stored(press, flat_pages(["a\x00/x", "b\x00"]))
    assert contents() == {"": ["a\x01", "b\x01"]}


def test_tells_which_folders_are_too_big_to_hold(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "MOST_FILES", 2)
    work = work_on(press)
    for page in flat_pages(["a/1", "a/2", "a/3", "a/b/1", "c/1", "/1", "/2", "/3"], cuts=["a/2"]):
        work.add(page)
    work.finish()
    assert work.too_big == {"a/", "/"}
    assert contents() == {"": ["", "a", "c"], "a/b/": ["1"], "c/": ["1"]}
    work.forget_gone(unsure=work.too_big)
    assert not Folder.objects.filter(is_missing=True).exists()


def test_leaves_a_folder_evicted_meanwhile_unknown(press: Bucket) -> None:
    first, second = flat_pages(KEYS_OF_A_TREE, cuts=["a/b/x.png"])
    work = work_on(press)
    work.add(first)
    cache.evict(bucket_id=press.id, keys=["a/b/new"])
    work.add(second)
    assert work.finish().refused == 3
    assert set(contents()) == {"a/empty/", "é/"}
