"""`manage.py store_listing`: a listing somebody else made, stored as if it had been made here."""

import io
import os
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from buckets.models import Bucket
from files import bucket_index, cache, indexing, storing
from files.management.commands import store_listing
from files.models import BucketIndex, Folder
from files.spool import Spool
from files.storing import Begun
from tests.files.flat_pages import NOON, sent_pages
from tests.files.test_storing import contents

KEYS = ["a/1", "a/b/2", "c"]


def begun(bucket: Bucket, path: str = "") -> Begun:
    return storing.begin(bucket_id=bucket.id, path=path, now=NOON)


def spooled(of: Begun, keys: list[str] = KEYS) -> bytes:
    made = Spool(of)
    made.add(sent_pages(keys))
    with made.closed() as file:
        return file.read()


@pytest.fixture
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setattr(store_listing.signal, "signal", lambda *_: None)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_kind")]


def store(packed: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """The end of the command that is given this."""
    given = io.TextIOWrapper(io.BytesIO(packed))
    monkeypatch.setattr(sys, "stdin", given)
    try:
        call_command("store_listing")
    except SystemExit as stopped:
        return int(str(stopped.code))
    return 0


def test_stores_a_whole_bucket_and_says_how_old_its_index_is(
    press: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store(spooled(begun(press)), monkeypatch) == 0
    assert contents() == {"": ["a", "c"], "a/": ["1", "b"], "a/b/": ["2"]}
    known = BucketIndex.objects.get()
    assert (known.listed_at, known.key_count, known.file_count, known.problem) == (NOON, 3, 3, "")
    assert (known.claimed_at, known.page_ends) == (None, [["a/1", 1], ["a/b/2", 1], ["c", 1]])


def test_stores_a_folder_and_says_nothing_of_the_bucket(
    press: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store(spooled(begun(press, "a/"), KEYS[:2]), monkeypatch) == 0
    assert contents() == {"a/": ["1", "b"], "a/b/": ["2"]}
    assert set(Folder.objects.values_list("listed_at", flat=True)) == {NOON}
    assert not BucketIndex.objects.exists()


def test_forgets_folders_that_are_gone(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    store(spooled(begun(press)), monkeypatch)
    later = storing.begin(bucket_id=press.id, path="", now=NOON + timedelta(minutes=1))
    store(spooled(later, ["c"]), monkeypatch)
    assert contents() == {"": ["c"]}


def test_leaves_what_was_evicted_since(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    made = spooled(begun(press))
    cache.evict(bucket_id=press.id, keys=["c"])
    store(made, monkeypatch)
    assert set(contents()) == {"a/", "a/b/"}


def test_notes_nothing_of_a_bucket_that_was_flushed_since(
    press: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = spooled(begun(press))
    cache.flush(press.id)
    assert store(made, monkeypatch) == 0
    assert (contents(), BucketIndex.objects.get().listed_at) == ({}, None)


@pytest.mark.parametrize("since", [timedelta(0), timedelta(minutes=1)])
def test_leaves_a_bucket_that_was_listed_since(
    press: Bucket, since: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = spooled(begun(press))
    store(spooled(storing.begin(bucket_id=press.id, path="", now=NOON + since), ["new"]), monkeypatch)
    assert (store(made, monkeypatch), contents()) == (0, {"": ["new"]})
    assert BucketIndex.objects.get().listed_at == NOON + since


def test_leaves_a_bucket_to_who_is_listing_it(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    made = spooled(begun(press))
    bucket_index.claim(press.id, now=NOON)
    assert (store(made, monkeypatch), contents()) == (0, {})


def test_lists_a_folder_by_itself_that_is_too_big_to_hold(
    press: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[Any] = []
    monkeypatch.setattr(indexing, "MOST_FILES", 0)
    monkeypatch.setattr(indexing.relisting, "finish", lambda **asked: alone.append(asked["path"]) or False)
    store(spooled(begun(press)), monkeypatch)
    assert sorted(alone) == ["", "a/", "a/b/"]
    assert BucketIndex.objects.get().problem == indexing._UNSURE


def test_stores_nothing_for_a_bucket_that_was_removed(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    made = spooled(begun(press))
    press.delete()
    assert store(made, monkeypatch) == 0


def test_takes_no_part_for_the_whole(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store(spooled(begun(press))[:-4], monkeypatch) == store_listing.FAILED
    known = BucketIndex.objects.get()
    assert (known.listed_at, known.claimed_at, known.problem) == (None, None, indexing._BROKEN_OFF)
    assert "" not in contents()


def test_ends_when_nobody_wants_it_any_more(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    parents = iter([1, 1, 2])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    assert store(spooled(begun(press)), monkeypatch) == store_listing.STOPPED
    assert BucketIndex.objects.get().claimed_at is None
    assert "" not in contents()


def test_waits_for_nothing_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with pytest.raises(SystemExit):
        call_command("store_listing")
    assert "manage.py index_bucket" in capsys.readouterr().err
