"""A folder by numbers: exact totals and any stretch, also of folders that aren't stored, or not yet whole."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from accounts.models import AuditEntry, User
from buckets.models import Bucket
from buckets.paths import Malformed, Reach
from buckets.s3 import lister
from buckets.s3.errors import S3Unavailable
from files import cache, relisting, settling, slices
from files.cache import NewUpload, Stored
from files.models import Folder, PendingUpload
from files.rows import file_row
from files.signals import listing_wanted
from tests.files.conftest import Spy, Store

SOMEBODY = UUID(int=1)


@pytest.fixture(autouse=True)
def nobody_listens() -> Iterator[list[str]]:
    """Nobody lists behind the program's back; says who was asked to."""
    receivers, wanted = listing_wanted.receivers, []

    def note(sender: object, *, path: str, **_: object) -> None:
        wanted.append(path)

    listing_wanted.receivers = []
    listing_wanted.sender_receivers_cache.clear()
    listing_wanted.connect(note)
    yield wanted
    listing_wanted.receivers = receivers
    listing_wanted.sender_receivers_cache.clear()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 names three at a time, so that few files make a big folder."""
    page = lister.folders._page
    monkeypatch.setattr(lister.folders, "_page", lambda *given, **more: page(*given, **{**more, "keys": 3}))
    monkeypatch.setattr(slices, "_ONE_REQUEST", 3)


def names(found: slices.Slice) -> list[str]:
    return [entry.name for entry in found.entries]


def upload(bucket: Bucket, name: str, *, now: datetime, user_id: UUID = SOMEBODY) -> None:
    folder = f"team/{name}"[: f"team/{name}".rfind("/") + 1]
    noted = NewUpload(uuid4(), folder, f"team/{name}", 1, "text/plain", overwrites=False)
    cache.open_uploads([noted], bucket_id=bucket.id, user_id=user_id, now=now)


def test_asks_s3_once_and_then_the_store(reach: Reach, store: Store, spy: Spy, now: datetime) -> None:
    store.put_many(["team/a", "team/b/c"])

    first, second = (slices.part(reach, "", now=now) for _ in range(2))

    assert (first.from_store, second.from_store) == (False, True)
    assert names(first) == names(second) == ["b", "a"]
    assert spy.calls == ["list team/"]


@pytest.mark.usefixtures("small_pages")
def test_lists_a_big_folder_to_its_end(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many([f"team/{number}" for number in range(8)])

    found = slices.part(reach, "", offset=6, limit=5, now=now)

    assert (found.total, len(found.entries)) == (8, 2)
    assert Folder.objects.get(path="team/").is_whole


@pytest.mark.usefixtures("small_pages")
def test_waits_for_whoever_is_listing_it(
    reach: Reach, store: Store, bucket: Bucket, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_many([f"team/{number}" for number in range(5)])
    cache.claim(bucket_id=bucket.id, path="team/")
    naps: list[float] = []

    def finish_meanwhile(seconds: float) -> None:
        naps.append(seconds)
        Folder.objects.update(claimed_at=None)
        assert relisting.finish(bucket_id=bucket.id, path="team/", now=now)

    monkeypatch.setattr(relisting.time, "sleep", finish_meanwhile)

    assert slices.part(reach, "", now=now).total == 5
    assert len(naps) == 1


@pytest.mark.usefixtures("small_pages")
def test_gives_up_on_whoever_never_ends(
    reach: Reach, store: Store, bucket: Bucket, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_many([f"team/{number}" for number in range(5)])
    cache.claim(bucket_id=bucket.id, path="team/")
    monkeypatch.setattr(relisting, "_PATIENCE_SECONDS", 0)

    with pytest.raises(S3Unavailable, match="still being listed"):
        slices.part(reach, "", now=now)


@pytest.mark.usefixtures("small_pages")
def test_sees_that_a_big_folder_is_gone(reach: Reach, store: Store, spy: Spy, now: datetime) -> None:
    store.put_many([f"team/sub/{number}" for number in range(5)])

    def remove_all(_: str) -> None:
        for number in range(5):
            store.remove(f"team/sub/{number}")

    spy.meanwhile = remove_all

    assert slices.part(reach, "sub", now=now) == slices.Slice([], 0, from_store=False)


def test_trusts_nothing_stored_while_an_upload_is_under_way(
    reach: Reach, store: Store, bucket: Bucket, spy: Spy, now: datetime
) -> None:
    store.put("team/a")
    slices.part(reach, "", now=now)
    upload(bucket, "b", now=now)
    store.put("team/b")

    assert sorted(names(slices.part(reach, "", now=now))) == ["a", "b"]
    assert spy.calls == ["list team/"] * 2


def test_shows_a_new_folder_as_soon_as_a_file_is_in_it(
    reach: Reach, store: Store, bucket: Bucket, spy: Spy, now: datetime
) -> None:
    store.put("team/a")
    slices.part(reach, "", now=now)
    upload(bucket, "new/sub/b", now=now)
    assert names(slices.part(reach, "", now=now)) == ["a"]
    store.put("team/new/sub/b")

    assert names(slices.part(reach, "", now=now)) == ["new", "a"]
    assert names(slices.part_behind(reach, "", cursor="", now=now)) == ["new", "a"]
    assert names(slices.part(reach, "new/sub/", now=now)) == ["b"]
    assert spy.calls == ["list team/"] * 3 + ["list team/new/sub/"]


@pytest.mark.usefixtures("small_pages")
def test_trusts_no_listing_of_a_big_folder_from_before_the_upload(
    reach: Reach, store: Store, bucket: Bucket, now: datetime
) -> None:
    store.put_many([f"team/{number}" for number in range(5)])
    slices.part(reach, "", now=now - timedelta(seconds=5))
    upload(bucket, "9", now=now)
    store.put("team/9")

    assert slices.part(reach, "", now=now).total == 6


@pytest.mark.usefixtures("small_pages")
class TestUploadsIntoABigFolder:
    """Asked about one by one, and settled by whoever lists; the program needn't say anything."""

    @pytest.fixture(autouse=True)
    def listed(self, reach: Reach, store: Store, now: datetime, spy: Spy) -> None:
        store.put_many([f"team/{number}" for number in range(5)])
        slices.part(reach, "", now=now)
        spy.calls.clear()

    def test_leave_the_listing_alone_until_they_arrive(
        self, reach: Reach, bucket: Bucket, spy: Spy, now: datetime
    ) -> None:
        upload(bucket, "8", now=now)
        upload(bucket, "9", now=now)

        assert slices.part(reach, "", now=now).from_store
        assert sorted(spy.calls) == ["head team/8", "head team/9"]
        assert PendingUpload.objects.filter(state="signed").count() == 2

    def test_have_it_listed_once_when_one_arrived(
        self, reach: Reach, bucket: Bucket, store: Store, mark: User, now: datetime
    ) -> None:
        upload(bucket, "8", now=now, user_id=mark.id)
        upload(bucket, "9", now=now)
        store.put("team/8")

        first, second = (slices.part(reach, "", now=now) for _ in range(2))

        assert (first.from_store, second.from_store) == (False, True)
        assert first.total == second.total == 6
        assert AuditEntry.objects.get(operation="upload_confirmed").actor_id == mark.id
        assert PendingUpload.objects.get(state="signed").key == "team/9"

    def test_show_the_new_folder_they_arrived_in(
        self, reach: Reach, bucket: Bucket, store: Store, spy: Spy, now: datetime
    ) -> None:
        upload(bucket, "new/sub/8", now=now)
        upload(bucket, "new/9", now=now)
        assert slices.part(reach, "", now=now).from_store
        assert sorted(spy.calls) == ["head team/new/9", "head team/new/sub/8"]
        store.put("team/new/sub/8")

        first, second = (slices.part(reach, "", now=now) for _ in range(2))

        assert (first.from_store, second.from_store) == (False, True)
        assert (names(first)[0], first.total, second.total) == ("new", 6, 6)
        assert PendingUpload.objects.get(state="signed").key == "team/new/9"
        assert names(slices.part(reach, "new/", now=now)) == ["sub"]

    def test_are_not_asked_about_in_folders_that_are_shown(
        self, reach: Reach, bucket: Bucket, store: Store, spy: Spy, now: datetime
    ) -> None:
        store.put("team/sub/1")
        cache.evict(bucket_id=bucket.id, keys=["team/sub/1"])
        slices.part(reach, "", now=now)
        upload(bucket, "sub/2", now=now)
        spy.calls.clear()

        assert slices.part(reach, "", now=now).from_store
        assert spy.calls == []

    def test_are_not_asked_about_when_their_new_folders_are_many(
        self, reach: Reach, bucket: Bucket, spy: Spy, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settling, "_ASKED_ONE_BY_ONE", 1)
        upload(bucket, "new/8", now=now)
        upload(bucket, "newer/9", now=now)

        assert not slices.part(reach, "", now=now).from_store
        assert not any(call.startswith("head") for call in spy.calls)

    def test_may_replace_a_file_that_is_still_the_old_one(
        self, reach: Reach, bucket: Bucket, store: Store, now: datetime
    ) -> None:
        store.put("team/1", b"an older and longer one")
        upload(bucket, "1", now=now)
        assert slices.part(reach, "", now=now).from_store

        store.put("team/1")

        assert not slices.part(reach, "", now=now).from_store

    def test_are_not_asked_about_when_they_are_many(
        self, reach: Reach, bucket: Bucket, spy: Spy, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settling, "_ASKED_ONE_BY_ONE", 1)
        upload(bucket, "8", now=now)
        upload(bucket, "9", now=now)

        assert not slices.part(reach, "", now=now).from_store
        assert not any(call.startswith("head") for call in spy.calls)


def test_goes_on_with_what_the_first_part_showed(
    reach: Reach, store: Store, bucket: Bucket, spy: Spy, now: datetime
) -> None:
    store.put_many(["team/a", "team/b"])
    slices.part(reach, "", now=now)
    first = slices.part_behind(reach, "", cursor="", limit=1, now=now)
    upload(bucket, "c", now=now)

    assert len(slices.part(reach, "", offset=1, now=now).entries) == 1
    assert len(slices.part_behind(reach, "", cursor=first.next_cursor, now=now).entries) == 1
    assert spy.calls == ["list team/"]


def test_has_an_older_listing_looked_after(
    reach: Reach, store: Store, now: datetime, nobody_listens: list[str]
) -> None:
    store.put("team/a")
    slices.part(reach, "", now=now - timedelta(seconds=90))

    assert slices.part(reach, "", now=now).from_store
    assert nobody_listens == ["team/"]


def test_lists_again_what_is_too_old(reach: Reach, store: Store, spy: Spy, now: datetime) -> None:
    store.put("team/a")
    slices.part(reach, "", now=now - timedelta(seconds=700))

    assert not slices.part(reach, "", now=now).from_store
    assert len(spy.calls) == 2


def test_shows_what_changes_faster_than_it_can_be_stored(
    reach: Reach, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_many(["team/b", "team/a/x", "team/a.txt", "team/t-b", "team/.."])
    monkeypatch.setattr(cache, "store_folder", lambda *_, **__: Stored.REFUSED)

    found = slices.part(reach, "", offset=0, limit=2, now=now)

    assert (names(found)[0], len(found.entries), found.total, found.from_store) == ("a", 2, 3, False)
    assert len(slices.part(reach, "", offset=2, limit=2, now=now).entries) == 1


@pytest.mark.parametrize("cursor", ["x", "WyJuYW1lIiwiYXNjIiwiIiwxLCIiLCJhIl0"])
def test_refuses_a_cursor_that_is_none_of_this_order(reach: Reach, cursor: str, now: datetime) -> None:
    with pytest.raises(Malformed) as problem:
        slices.part_behind(reach, "", cursor=cursor, now=now)
    assert problem.value.field == "cursor"


def test_finds_odd_names_as_postgresql_reads_the_expression(
    reach: Reach, bucket: Bucket, now: datetime
) -> None:
    odd = [
        "..",
        ".",
        "",
        "%2E%2e",
        "a\\..",
        "a\x01",
        "a\x7f",
        "a\x85",
        "a\u2028",
        "..%20",
        " ..",
        "%252e%252E",
        ".%09.",
        "..%2F",
    ]
    fine = ["a", "...", "a..b", "100 %", "%41", "Ünïcode.txt", "a%20b", ". .", "-", "%"]
    rows = [
        file_row(
            name, size=1, modified_at=now, etag="", storage_class="", is_hidden=False, has_thumbnail=False
        )
        for name in sorted(odd + fine)
    ]
    cache.store_folder(cache.begin(bucket_id=bucket.id, path="team/"), rows, listed_at=now)

    assert Folder.objects.get().odd_count == len(odd)
    assert sorted(names(slices.part(reach, "", now=now))) == sorted(fine)
