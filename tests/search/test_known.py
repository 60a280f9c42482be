"""How far what is stored speaks for a folder."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from buckets.models import Bucket
from buckets.paths import OutOfBounds
from files import cache, storing
from files.cache import NewUpload
from files.models import BucketIndex, PendingUpload
from search import known
from search.known import is_everything_known, one_moment
from tests import people
from tests.files.test_storing import rows
from tests.search.test_index import NOON, found, reach, store, store_tree


def heard(
    bucket: Bucket, *, below: str = "", level: bool = False, now: datetime = NOON
) -> tuple[list[str], list[str]]:
    into = reach(bucket)
    where: dict[str, Any] = {"below": into.folder(below), "level": level, "within": 60, "now": now}
    told = known.known(into, **where)
    assert (
        is_everything_known(into, **where) == told.is_everything == (not told.outdated and not told.unlisted)
    )
    return sorted(told.outdated), sorted(told.unlisted)


def test_knows_nothing_of_a_bucket_nobody_looked_into(press: Bucket) -> None:
    assert heard(press) == ([], [""])
    assert heard(press, below="a") == ([], ["a/"])


def test_knows_everything_of_a_tree_that_was_listed(press: Bucket) -> None:
    store_tree(press, ["a/b/x", "y"])
    assert heard(press) == ([], [])
    told = known.known(reach(press), within=60, now=NOON)
    assert (told.oldest, told.listed_at) == (NOON, None)


def test_tells_a_folder_it_saw_and_never_listed(press: Bucket) -> None:
    store(press, "", "a/", "b/")
    store(press, "a/", "x", "deep/")
    assert heard(press) == ([], ["a/deep/", "b/"])
    assert heard(press, level=True) == ([], [])
    assert heard(press, below="b", level=True) == ([], ["b/"])


def test_tells_what_is_too_old_evicted_or_being_uploaded_to(press: Bucket, mark: User) -> None:
    store_tree(press, ["a/x", "b/x", "c/x", "d/x"])
    store(press, "a/", "x", at=NOON - timedelta(seconds=61))
    cache.evict_folder(bucket_id=press.id, path="b/")
    upload = NewUpload(uuid4(), "c/", "c/y", 1, "text/plain", overwrites=False)
    cache.open_uploads([upload], bucket_id=press.id, user_id=mark.id, now=NOON)
    assert heard(press) == (["", "a/", "b/", "c/"], [])
    assert heard(press, below="d") == ([], [])


def test_tells_the_folder_that_a_new_one_below_it_is_uploaded_to(press: Bucket, mark: User) -> None:
    store_tree(press, ["a/x", "b/x", "plan"])
    upload = NewUpload(uuid4(), "a/new/sub/", "a/new/sub/y", 1, "text/plain", overwrites=False)
    cache.open_uploads([upload], bucket_id=press.id, user_id=mark.id, now=NOON)
    assert heard(press) == (["a/"], [])
    assert heard(press, below="a", level=True) == (["a/"], [])
    assert heard(press, level=True) == heard(press, below="b") == ([], [])
    assert found(press, "plan", since=NOON) == ["plan"]
    store(press, "a/", "x", "new/")
    assert heard(press) == ([], ["a/new/"])
    store(press, "a/new/", "y")
    assert heard(press) == (["a/new/"], [])
    cache.settle_uploads([upload.id], state=PendingUpload.State.CONFIRMED, now=NOON)
    assert heard(press) == ([], [])


def test_tells_a_folder_that_is_there_again(press: Bucket) -> None:
    store_tree(press, ["a/x"])
    cache.store_missing(cache.begin(bucket_id=press.id, path="a/"), listed_at=NOON)
    store(press, "", "y", at=NOON)
    assert heard(press) == ([], [])
    store(press, "", "y", "a/")
    assert heard(press) == ([], ["a/"])


def test_would_rather_have_all_listed_than_very_many_folders_one_by_one(
    press: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_tree(press, ["a/x", "b/x"])
    cache.evict_folder(bucket_id=press.id, path="")
    assert heard(press) == (["", "a/", "b/"], [])
    monkeypatch.setattr(known, "MOST_OUTDATED", 2)
    assert heard(press) == ([], [""])


def test_counts_a_folder_as_fresh_when_the_whole_bucket_was_listed(press: Bucket) -> None:
    store(press, "", "plan", at=NOON - timedelta(hours=1))
    BucketIndex.objects.create(bucket=press, listed_at=NOON, file_count=1, folder_count=1, total_size=1)
    told = known.known(reach(press), within=60, now=NOON)
    assert (told.is_everything, told.oldest, told.listed_at) == (True, NOON, NOON)
    assert heard(press) == ([], [])
    assert found(press, "plan", since=NOON) == ["plan"]


@pytest.mark.django_db(transaction=True)
def test_says_what_is_known_and_finds_it_at_one_moment() -> None:
    bucket = people.press_bucket()
    store(bucket, "", "plan")
    with one_moment():
        told = known.known(reach(bucket), within=60, now=NOON)
        evicting = Thread(target=evict_elsewhere, args=[bucket])
        evicting.start()
        evicting.join()
        assert (told.folders, found(bucket, "plan")) == ({""}, ["plan"])
    assert found(bucket, "plan") == []


def evict_elsewhere(bucket: Bucket) -> None:
    cache.evict(bucket_id=bucket.id, keys=["plan"])
    connection.close()


def list_whole(bucket: Bucket, tree: dict[str, list[str]], *, at: datetime = NOON) -> None:
    """What a listing of the whole bucket stores and notes, begun at this time."""
    begun = storing.begin(bucket_id=bucket.id, path="", now=at)
    storing.store_folders(begun, {folder: rows(*names) for folder, names in tree.items()})
    storing.forget_gone(begun)
    counts = {"file_count": 1, "folder_count": 1, "total_size": 1}
    BucketIndex.objects.update_or_create(bucket=bucket, defaults={"listed_at": at, **counts})


TREE = {"": ["a/", "b/"], "a/": ["x", "deep/"], "a/deep/": ["x"], "b/": ["x"]}


def test_asks_of_a_bucket_listed_as_a_whole_only_what_happened_since(press: Bucket, mark: User) -> None:
    list_whole(press, TREE)
    assert heard(press) == ([], [])
    later = NOON + timedelta(seconds=30)
    store(press, "b/", "x", "new/", at=later)
    assert heard(press, now=later) == ([], ["b/new/"])
    store(press, "b/new/", "x", at=later)
    assert heard(press, now=later) == ([], [])
    upload = NewUpload(uuid4(), "a/new/", "a/new/y", 1, "text/plain", overwrites=False)
    cache.open_uploads([upload], bucket_id=press.id, user_id=mark.id, now=later)
    assert heard(press, now=later) == (["a/"], [])
    cache.settle_uploads([upload.id], state=PendingUpload.State.CANCELLED, now=later)
    cache.store_missing(cache.begin(bucket_id=press.id, path="a/deep/"), listed_at=later)
    assert heard(press, now=later) == ([], ["a/deep/"])
    cache.evict(bucket_id=press.id, keys=["b/new/x"])
    assert heard(press, now=later) == (["", "b/", "b/new/"], ["a/deep/"])


def test_knows_that_a_folder_evicted_while_the_bucket_was_listed_is_missing(press: Bucket) -> None:
    begun = storing.begin(bucket_id=press.id, path="", now=NOON)
    cache.evict_folder(bucket_id=press.id, path="a/")
    storing.store_folders(begun, {folder: rows(*names) for folder, names in TREE.items()})
    list_whole(press, {"b/": ["x"]})
    assert heard(press) == ([], ["a/"])


STEPS = st.lists(
    st.tuples(st.sampled_from(["look", "evict", "sweep", "gone", "list"]), st.sampled_from(sorted(TREE))),
    max_size=6,
)


class TestAgainstReadingThemAll(TestCase):  # type: ignore[misc]
    """Whether everything is known is answered by a shorter question, whatever happened to the bucket."""

    @settings(max_examples=12, deadline=None)
    @given(steps=STEPS, is_whole=st.booleans())
    def test_agrees(self, steps: list[tuple[str, str]], is_whole: bool) -> None:
        bucket = people.press_bucket(id=uuid4())
        if is_whole:
            list_whole(bucket, TREE)
        for number, (step, folder) in enumerate(steps, start=1):
            at = NOON + timedelta(seconds=number)
            if step == "look":
                store(bucket, folder, *TREE[folder], at=at)
            elif step == "evict":
                cache.evict(bucket_id=bucket.id, keys=[f"{folder}x"])
            elif step == "sweep":
                cache.evict_folder(bucket_id=bucket.id, path=folder)
            elif step == "gone":
                cache.store_missing(cache.begin(bucket_id=bucket.id, path=folder), listed_at=at)
            else:
                list_whole(bucket, TREE, at=at)
            heard(bucket, now=at)


def test_refuses_a_folder_of_another_reach(press: Bucket) -> None:
    stranger = reach(press, "").folder("other/")
    for ask in (known.known, is_everything_known):
        with pytest.raises(OutOfBounds):
            ask(reach(press, "team/"), below=stranger, within=60, now=NOON)
