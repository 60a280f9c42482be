"""`manage.py index_bucket`, and the same behind the pages: a bucket from end to end, off a real store."""

import asyncio
import json
import os
import signal
from io import StringIO
from queue import Queue
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from buckets.models import Bucket
from buckets.paths import Rights
from buckets.s3.errors import S3AccessDenied
from files import bucket_index, cache, indexing, tasks
from files.bucket_index import Claim
from files.indexing import Busy, TookTooLong
from files.management.commands.index_bucket import line
from files.models import BucketIndex, Folder
from mediabridge.celery import app
from tests import people
from tests.files.conftest import Store
from tests.files.flat_pages import NOON
from tests.files.test_storing import contents

KEYS = ["a/b/1.txt", "a/2.txt", "a/empty/", "é und %/3.txt", "4.txt"]


def index(*arguments: str) -> tuple[str, int]:
    """What the command said, and its end."""
    said, end = StringIO(), 0
    try:
        call_command("index_bucket", *arguments, stdout=said, stderr=StringIO())
    except SystemExit as stopped:
        end = int(str(stopped.code))
    return said.getvalue(), end


@pytest.fixture
def filled(bucket: Bucket, store: Store) -> Bucket:
    store.put_many(KEYS)
    return bucket


def test_stores_everything_and_next_time_what_changed(filled: Bucket, store: Store) -> None:
    said, end = index(filled.system_code, "--json")
    told = json.loads(said)
    assert (end, told["keys"], told["new"], told["unchanged"], told["problem"]) == (0, 5, 5, 0, None)
    assert contents()["é und %/"] == ["3.txt"]
    known = BucketIndex.objects.get()
    assert (known.file_count, known.total_size, known.key_count, known.claimed_at) == (4, 4, 5, None)

    store.put("a/5.txt")
    store.remove("é und %/3.txt")
    said, end = index("--all")
    assert end == 0
    assert f"{filled.system_code}: 5 objects in" in said
    assert "2 folders written, 2 unchanged, 1 gone." in said
    assert contents()["a/"] == ["2.txt", "5.txt", "b", "empty"]


def test_keeps_below_the_buckets_root(bucket: Bucket, store: Store) -> None:
    store.put_many(KEYS)
    Bucket.objects.update(root_path="a/")
    index(bucket.system_code)
    assert set(contents()) == {"a/", "a/b/", "a/empty/"}


def test_lists_a_folder_by_itself_that_is_too_big_to_hold(
    filled: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "MOST_FILES", 0)
    assert index(filled.system_code)[1] == 0
    assert set(contents()) == {"", "a/", "a/b/", "a/empty/", "é und %/"}
    assert BucketIndex.objects.get().file_count == 4


def test_vouches_for_no_folder_it_could_not_list(filled: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    index(filled.system_code)
    monkeypatch.setattr(indexing, "MOST_FILES", 0)
    monkeypatch.setattr(indexing.relisting, "finish", lambda **_: False)
    index(filled.system_code)
    assert set(contents()) == {"a/empty/"}
    assert BucketIndex.objects.get().problem == indexing._UNSURE


@pytest.mark.parametrize("arguments", [["NOBODY"], [], ["--all", "PRESS_KIT"]])
def test_refuses_what_names_no_bucket(press: Bucket, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        index(*arguments)


def test_says_that_the_stored_key_does_not_open(press: Bucket) -> None:
    said, end = index(press.system_code)
    assert (end, said) == (1, f"{press.system_code}: The bucket's stored key can't be opened.\n")
    assert BucketIndex.objects.get().problem in said


def test_leaves_a_bucket_to_who_is_at_it(press: Bucket) -> None:
    bucket_index.claim(press.id, now=NOON)
    said, end = index(press.system_code)
    assert (end, "Somebody else" in said) == (3, True)


def test_says_and_notes_that_the_storage_refused_and_goes_on_with_the_next(
    filled: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    Bucket.objects.update(display_name="B")
    Bucket.objects.filter(id=filled.id).update(bucket_name="no-such-bucket-anywhere")
    other = people.press_bucket(
        display_name="C", endpoint_url=filled.endpoint_url, addressing_style="path", bucket_name="neither"
    )
    said, end = index("--all", "--json")
    told = [json.loads(line) for line in said.splitlines()]
    assert end == 1
    assert [each["system_code"] for each in told] == [filled.system_code, other.system_code]
    assert BucketIndex.objects.get(bucket=filled).problem == told[0]["problem"] != ""
    assert BucketIndex.objects.get(bucket=filled).claimed_at is None
    assert not Folder.objects.filter(is_whole=True).exists()


def test_ends_between_two_pages_when_it_is_stopped(filled: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    add = indexing.Storing.add

    def add_and_press(self: Any, page: Any) -> None:
        add(self, page)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(indexing.Storing, "add", add_and_press)
    assert index(filled.system_code)[1] == 130
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    known = BucketIndex.objects.get()
    assert (known.listed_at, known.claimed_at, known.problem) == (None, None, indexing._BROKEN_OFF)
    monkeypatch.undo()
    assert index(filled.system_code)[1] == 0


def test_notes_nothing_once_somebody_else_has_the_bucket(
    filled: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, others = indexing.Storing.finish, uuid4()

    def finish_and_lose(self: Any) -> Any:
        BucketIndex.objects.update(claim=others)
        return finish(self)

    monkeypatch.setattr(indexing.Storing, "finish", finish_and_lose)
    said, end = index(filled.system_code)
    assert (end, "Somebody else" in said) == (3, True)
    known = BucketIndex.objects.get()
    assert (known.listed_at, known.claim, known.problem) == (None, others, "")
    assert known.claimed_at is not None


def test_keeps_its_claim_while_something_takes_long(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Queue[int]()
    monkeypatch.setattr(bucket_index, "renew", lambda _, *, keys: told.put(keys))
    monkeypatch.setattr(indexing, "_STAY_EVERY", 0.001)
    reach = press.reach(root="", rights=Rights())
    work = indexing.Storing.begin(reach, reach.folder(""), now=NOON)
    with indexing.held(Claim(press.id, uuid4()), work) as renew:
        assert [told.get(timeout=10) for _ in range(3)] == [0, 0, 0]
        with pytest.raises(Busy):
            renew()


@pytest.mark.parametrize(
    ("keys", "last", "said"),
    [
        (500, None, "PRESS  500 objects, 250 a second"),
        (500, 1000, f"PRESS  {'█' * 15}{'░' * 15}  50%  500 of about 1,000 objects, 2 s left"),
        (2000, 1000, f"PRESS  {'█' * 29}░  99%  2,000 of about 1,000 objects, 0 s left"),
    ],
)
def test_draws_how_far_it_is(keys: int, last: int | None, said: str) -> None:
    assert line("PRESS", keys, last, seconds=2.0) == said


def test_ends_a_listing_that_takes_longer_than_it_may(
    filled: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_closed = []

    async def never_a_page(*_: Any, **__: Any) -> Any:
        try:
            while True:
                await asyncio.sleep(0.01)
        finally:
            is_closed.append(True)
        yield

    monkeypatch.setattr(indexing, "listing", never_a_page)
    with pytest.raises(TookTooLong):
        indexing.index_bucket(bucket_id=filled.id, now=NOON, most_seconds=0.05)
    known = BucketIndex.objects.get()
    assert "raise INDEX_TIME_LIMIT" in known.problem
    assert (known.claimed_at, known.listed_at, is_closed) == (None, None, [True])
    assert known.tried_seconds >= 0.05


class TestBehindThePages:
    def test_lists_what_is_due_and_then_nothing(self, filled: Bucket) -> None:
        tasks.refresh_indexes()
        first = BucketIndex.objects.get()
        assert first.file_count == 4
        tasks.refresh_indexes()
        assert BucketIndex.objects.get().listed_at == first.listed_at

    @pytest.mark.parametrize("problem", [S3AccessDenied, TookTooLong])
    def test_goes_on_with_the_next_when_one_fails(
        self, filled: Bucket, monkeypatch: pytest.MonkeyPatch, problem: type[Exception]
    ) -> None:
        people.press_bucket(display_name="Broken")

        def deny(*, bucket_id: object, now: object, most_seconds: float) -> None:
            claim = bucket_index.claim(bucket_id, now=now)  # type: ignore[arg-type]
            bucket_index.release(claim, problem="No.")  # type: ignore[arg-type]
            asked.append(bucket_id)
            raise problem

        asked: list[object] = []
        monkeypatch.setattr(indexing, "index_bucket", deny)
        tasks.refresh_indexes()
        assert len(asked) == 2

    def test_is_beats_to_begin(self) -> None:
        entry = app.conf.beat_schedule["refresh-indexes"]
        assert entry["task"] == tasks.refresh_indexes.name


def test_lists_anew_what_was_evicted(filled: Bucket) -> None:
    index(filled.system_code)
    cache.evict(bucket_id=filled.id, keys=["a/2.txt"])
    assert set(contents()) == {"a/b/", "a/empty/", "é und %/"}
    index(filled.system_code)
    assert set(contents()) == {"", "a/", "a/b/", "a/empty/", "é und %/"}
