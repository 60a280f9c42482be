"""What is stored, and what is forgotten: nothing that began before an eviction is stored after it."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from buckets.models import Bucket
from buckets.s3.lister import ListedFile
from files import cache
from files.cache import NewUpload, Stored, Ticket
from files.models import Entry, Folder, PendingUpload, StoredUrl
from files.rows import Row, difference, rows_of
from files.stored import stored_links
from files.sums import Parts, sums_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMES = st.text(alphabet="t-abAßé.\x00", min_size=1, max_size=6)


def listed(*names: str, size: int = 1, etag: str = "e") -> list[ListedFile]:
    return [ListedFile(name, size, NOON, etag, "STANDARD") for name in names]


def begun(bucket: Bucket, path: str = "a/") -> Ticket:
    return cache.begin(bucket_id=bucket.id, path=path)


def store(ticket: Ticket, *names: str, folders: Iterable[str] = (), **more: Any) -> Stored:
    return cache.store_folder(ticket, rows_of(folders, listed(*names, **more)), listed_at=NOON)


def stored_names(path: str = "a/") -> list[str]:
    return list(
        Entry.objects.filter(folder__path=path).order_by("kind", "name").values_list("name", flat=True)
    )


def test_stores_a_folder_whole_with_its_counts(press: Bucket) -> None:
    assert store(begun(press), "x.png", "t-x.png", "y.txt", folders=["sub"], size=5) is Stored.NEW
    folder = Folder.objects.get()
    assert (folder.is_whole, folder.file_count, folder.folder_count, folder.total_size) == (True, 2, 1, 10)
    assert stored_names() == ["sub", "t-x.png", "x.png", "y.txt"]


def test_marks_thumbnails_groups_and_folded_names(press: Bucket) -> None:
    store(begun(press), "Große.PNG", "t-Große.PNG")
    source, thumbnail = Entry.objects.order_by("name")
    assert (source.name_folded, source.group, source.has_thumbnail, source.is_hidden) == (
        "grosse.png",
        "image",
        True,
        False,
    )
    assert (thumbnail.is_hidden, thumbnail.has_thumbnail) == (True, False)


def test_only_notes_the_time_when_nothing_changed(press: Bucket) -> None:
    store(begun(press), "x", "y")
    later = NOON + timedelta(minutes=5)
    before = set(Entry.objects.values_list("id", flat=True))
    assert (
        cache.store_folder(begun(press), rows_of([], listed("x", "y")), listed_at=later) is Stored.UNCHANGED
    )
    assert set(Entry.objects.values_list("id", flat=True)) == before
    assert Folder.objects.get().listed_at == later


def test_rewrites_changed_rows_alone(press: Bucket) -> None:
    store(begun(press), "gone", "same", "touched")
    kept = Entry.objects.get(name="same").id
    rows = rows_of([], [*listed("new", "same"), *listed("touched", etag="other")])
    assert cache.store_folder(begun(press), rows, listed_at=NOON) is Stored.NEW
    assert stored_names() == ["new", "same", "touched"]
    assert Entry.objects.get(name="same").id == kept
    assert Entry.objects.get(name="touched").etag == "other"


def test_refuses_a_listing_begun_before_an_eviction(press: Bucket) -> None:
    ticket = begun(press)
    cache.evict(bucket_id=press.id, keys=["a/x"])
    assert store(ticket, "old") is Stored.REFUSED
    assert stored_names() == []
    assert store(begun(press), "x") is Stored.NEW


@pytest.mark.parametrize("path", ["", "a/", "a/b/"])
def test_evicts_the_folder_and_everything_above(press: Bucket, path: str) -> None:
    ticket = begun(press, path)
    cache.evict(bucket_id=press.id, keys=["a/b/c.txt"])
    assert store(ticket, "x") is Stored.REFUSED


@pytest.mark.parametrize("path", ["a/b/c/", "a/bb/", "b/"])
def test_evicts_nothing_beside_or_below(press: Bucket, path: str) -> None:
    ticket = begun(press, path)
    cache.evict(bucket_id=press.id, keys=["a/b/c.txt"])
    assert store(ticket, "x") is Stored.NEW


def test_evicts_in_one_bucket_alone(press: Bucket) -> None:
    other = Bucket.objects.create(
        display_name="Other", bucket_name="o", access_key_id="s", secret_access_key="s"
    )
    ticket = begun(other)
    cache.evict(bucket_id=press.id, keys=["a/x"])
    assert store(ticket, "x") is Stored.NEW


def test_leaves_a_generation_where_nothing_was_stored_yet(press: Bucket) -> None:
    cache.evict(bucket_id=press.id, keys=["a/b/x"])
    assert set(Folder.objects.values_list("path", "stored_generation")) == {
        ("", None),
        ("a/", None),
        ("a/b/", None),
    }


def test_forgets_entry_and_link_of_an_evicted_key(press: Bucket) -> None:
    store(begun(press), "x", "y")
    links = {f"a/{name}": ("https://u", "https://t") for name in "xy"}
    cache.keep_links(links, expires_at=NOON, bucket_id=press.id, credential_version=1)
    cache.evict(bucket_id=press.id, keys=["a/x"])
    assert stored_names() == ["y"]
    assert [link.key for link in StoredUrl.objects.all()] == ["a/y"]


def test_lists_the_same_names_again_after_an_eviction(press: Bucket) -> None:
    store(begun(press), "x", "y")
    cache.evict(bucket_id=press.id, keys=["a/x"])
    assert store(begun(press), "x", "y") is Stored.NEW
    assert stored_names() == ["x", "y"]


def test_evicts_a_folder_with_all_below_and_above(press: Bucket) -> None:
    tickets = [begun(press, path) for path in ("", "a/", "a/b/", "a/b/c/")]
    beside = begun(press, "ab/")
    cache.evict_folder(bucket_id=press.id, path="a/b/")
    assert [store(ticket, "x") for ticket in tickets] == [Stored.REFUSED] * 4
    assert store(beside, "x") is Stored.NEW


def test_marks_a_folder_it_never_knew_alone_and_none_below(press: Bucket) -> None:
    store(begun(press, "a/"), "x")
    cache.evict_folder(bucket_id=press.id, path="a/made/up/")
    rows = Folder.objects.order_by("path").values_list("path", "generation", "stored_generation")
    assert list(rows) == [("a/", 2, 1), ("a/made/up/", 1, None)]


def test_takes_underscore_and_percent_for_themselves(press: Bucket) -> None:
    beside = begun(press, "teamXa/sub/")
    cache.evict_folder(bucket_id=press.id, path="team_a/")
    assert store(beside, "x") is Stored.NEW


def test_refuses_a_listing_of_a_folder_that_was_flushed(press: Bucket) -> None:
    ticket = begun(press)
    store(ticket, "x", "y")
    flushed = cache.flush(press.id)
    assert (flushed.folders, flushed.entries, flushed.links) == (1, 2, 0)
    assert store(ticket, "x") is Stored.REFUSED


def test_flushes_one_bucket_or_all(press: Bucket) -> None:
    other = Bucket.objects.create(
        display_name="Other", bucket_name="o", access_key_id="s", secret_access_key="s"
    )
    store(begun(press), "x")
    store(begun(other), "x")
    assert cache.flush(press.id).folders == 1
    assert cache.flush().folders == 1


def test_lets_one_claim_a_folder(press: Bucket) -> None:
    assert cache.claim(bucket_id=press.id, path="a/")
    assert cache.claim(bucket_id=press.id, path="a/") is None
    assert cache.claim(bucket_id=press.id, path="b/")


def test_lets_a_claim_run_out(press: Bucket) -> None:
    ticket = cache.claim(bucket_id=press.id, path="a/")
    assert ticket
    store(ticket, "x")
    Folder.objects.update(claimed_at=datetime.now(UTC) - timedelta(seconds=61))
    assert cache.claim(bucket_id=press.id, path="a/")


def test_frees_a_claim_by_an_eviction_and_makes_it_worthless(press: Bucket) -> None:
    ticket = cache.claim(bucket_id=press.id, path="a/")
    assert ticket
    assert cache.renew(ticket)
    cache.evict(bucket_id=press.id, keys=["a/x"])
    assert not cache.renew(ticket)
    assert cache.claim(bucket_id=press.id, path="a/")


def test_gives_a_claim_back(press: Bucket) -> None:
    first = cache.claim(bucket_id=press.id, path="a/")
    assert first
    store(first, "x")
    again = cache.claim(bucket_id=press.id, path="a/")
    assert again
    cache.release(again)
    assert cache.claim(bucket_id=press.id, path="a/")


def test_keeps_a_whole_listing_rather_than_a_first_page(press: Bucket) -> None:
    store(begun(press), "x", "y")
    assert cache.store_first_page(begun(press), rows_of([], listed("x")), listed_at=NOON) is Stored.REFUSED
    assert stored_names() == ["x", "y"]


def test_marks_a_first_page_as_not_whole_until_the_rest_comes(press: Bucket) -> None:
    cache.store_first_page(begun(press), rows_of([], listed("x")), listed_at=NOON)
    assert not Folder.objects.get().is_whole
    store(begun(press), "x", "y")
    assert Folder.objects.get().is_whole


def test_stores_a_name_with_nul_as_one_that_cannot_be_opened(press: Bucket) -> None:
    store(begun(press), "a\x00b")
    assert stored_names() == ["a\x01b"]


def test_settles_an_upload_once(press: Bucket, mark: User) -> None:
    upload = NewUpload(uuid4(), "a/", "a/x", 1, "text/plain", overwrites=False)
    cache.open_uploads([upload], bucket_id=press.id, user_id=mark.id, now=NOON)
    confirmed, abandoned = PendingUpload.State.CONFIRMED, PendingUpload.State.ABANDONED
    assert cache.settle_uploads([upload.id], state=confirmed, now=NOON) == {upload.id}
    assert cache.settle_uploads([upload.id], state=confirmed, now=NOON) == set()
    assert cache.settle_uploads([upload.id], state=abandoned, now=NOON) == set()


def test_replaces_a_link_by_a_newer_one(press: Bucket) -> None:
    for url in ("https://old", "https://new"):
        links = {"a/x": (url, f"{url}/thumbnail")}
        cache.keep_links(links, expires_at=NOON, bucket_id=press.id, credential_version=1)
    kept = StoredUrl.objects.get()
    assert (kept.url, kept.thumbnail_url) == ("https://new", "https://new/thumbnail")


def test_keeps_links_to_any_key(press: Bucket) -> None:
    urls = {
        key: (f"https://u/{number}", f"https://t/{number}")
        for number, key in enumerate(['a"b', "a\\b", "é", "e\u0301", "😀", "a b+%41&<>'$$"])
    }
    cache.keep_links(urls, expires_at=NOON, bucket_id=press.id, credential_version=1)
    cache.keep_links({}, expires_at=NOON, bucket_id=press.id, credential_version=1)

    kept = stored_links(press.id, [*urls, "other"], credential_version=1, good_until=NOON)
    assert kept == {key: (both, NOON) for key, both in urls.items()}
    assert stored_links(press.id, urls, credential_version=2, good_until=NOON) == {}
    assert (
        stored_links(press.id, urls, credential_version=1, good_until=NOON + timedelta(microseconds=1)) == {}
    )


@pytest.mark.parametrize(
    "row",
    [
        {"kind": 1, "name": "no-size", "size": None, "modified_at": NOON},
        {"kind": 1, "name": "no-date", "size": 1, "modified_at": None},
        {"kind": 0, "name": "folder-with-size", "size": 1, "modified_at": None},
    ],
)
def test_cannot_store_an_entry_that_makes_no_sense(press: Bucket, row: dict[str, Any]) -> None:
    folder = Folder.objects.create(bucket=press, path="a/", path_folded="a/")
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(folder=folder, bucket=press, name_folded="x", **row)


def test_cannot_store_a_whole_folder_that_was_never_listed(press: Bucket) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Folder.objects.create(bucket=press, path="a/", path_folded="a/", is_whole=True)


def test_cannot_store_a_folder_twice(press: Bucket) -> None:
    Folder.objects.create(bucket=press, path="a/", path_folded="a/")
    with pytest.raises(IntegrityError), transaction.atomic():
        Folder.objects.create(bucket=press, path="a/", path_folded="a/")


@pytest.mark.parametrize(("state", "settled_at"), [("signed", NOON), ("confirmed", None)])
def test_cannot_store_an_upload_half_settled(press: Bucket, state: str, settled_at: datetime | None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PendingUpload.objects.create(
            bucket=press, user_id=uuid4(), folder_path="a/", key="a/x", size=1, content_type="a/b", state=state, settled_at=settled_at
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_never_lets_two_evictions_wait_for_each_other(press: Bucket) -> None:
    keys = [[f"a/{name}/x", f"b/{name}/y", f"{name}/z"] for name in "pq"]
    problems: list[Exception] = []

    def evict(mine: list[str]) -> None:
        try:
            for _ in range(20):
                cache.evict(bucket_id=press.id, keys=mine)
        except Exception as problem:  # noqa: BLE001 - a thread's failure is the test's to tell
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=evict, args=[mine]) for mine in (keys[0] + keys[1], keys[1] + keys[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert Folder.objects.get(path="").generation == 40


@pytest.mark.django_db(transaction=True)
def test_makes_an_eviction_wait_for_a_listing_being_stored_and_win(press: Bucket) -> None:
    ticket = begun(press)
    evicted = threading.Event()

    def evict() -> None:
        cache.evict(bucket_id=press.id, keys=["a/x"])
        connections.close_all()
        evicted.set()

    with transaction.atomic():
        assert store(ticket, "x") is Stored.NEW
        thread = threading.Thread(target=evict)
        thread.start()
        assert not evicted.wait(0.2)
    thread.join()
    folder = Folder.objects.get(path="a/")
    assert folder.generation != folder.stored_generation


@given(before=st.frozensets(NAMES), after=st.frozensets(NAMES), folders=st.frozensets(NAMES, max_size=3))
def test_turns_any_rows_into_any_others(
    before: frozenset[str], after: frozenset[str], folders: frozenset[str]
) -> None:
    old = list(enumerate(rows_of([], listed(*before))))
    new = rows_of(folders, listed(*after))
    change = difference(iter(old), new)
    left = [row for row_id, row in old if row_id not in change.outdated]
    assert sorted([*left, *change.fresh]) == new
    assert not [row for row in change.fresh if row in dict(old).values()]


@given(names=st.frozensets(NAMES), cut=NAMES)
def test_holds_a_possible_thumbnail_back_until_its_sibling_is_known(names: frozenset[str], cut: str) -> None:
    page = [name for name in sorted(names) if name <= cut]
    shown = {row.name for row in rows_of([], listed(*page), up_to=cut) if not row.is_hidden}
    in_the_end_hidden = {row.name for row in rows_of([], listed(*names)) if row.is_hidden}
    assert not shown & in_the_end_hidden


@given(one=st.frozensets(NAMES), other=st.frozensets(NAMES))
def test_gives_equal_listings_alone_an_equal_digest(one: frozenset[str], other: frozenset[str]) -> None:
    first, second = rows_of([], listed(*one)), rows_of([], listed(*other))
    assert (sums_of(Parts(first)).digest == sums_of(Parts(second)).digest) == (first == second)


def test_folds_row_fields_in_the_order_of_the_table(press: Bucket) -> None:
    store(begun(press), "x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM files_entry LIMIT 0")
        columns = [column.name for column in cursor.description]
    assert set(Row._fields) <= set(columns)


def test_tells_the_planner_of_a_big_folder(press: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MANY_ROWS", 2)
    with CaptureQueriesContext(connection) as small:
        store(begun(press, "small/"), "x")
    with CaptureQueriesContext(connection) as big:
        store(begun(press, "big/"), "x", "y")
    told = [any(query["sql"].startswith("ANALYZE") for query in queries) for queries in (small, big)]
    assert told == [False, True]


def test_drops_links_and_uploads_that_are_long_over(press: Bucket, mark: User) -> None:
    for key, days in (("over", -1), ("good", 1)):
        end = NOON + timedelta(days)
        cache.keep_links(
            {key: ("https://u", "https://t")}, expires_at=end, bucket_id=press.id, credential_version=1
        )
    old, new, under_way = (
        NewUpload(uuid4(), "a/", "a/x", 1, "text/plain", overwrites=False) for _ in range(3)
    )
    cache.open_uploads([old, new, under_way], bucket_id=press.id, user_id=mark.id, now=NOON - timedelta(30))
    for upload, days in ((old, 8), (new, 6)):
        cache.settle_uploads([upload.id], state=PendingUpload.State.CONFIRMED, now=NOON - timedelta(days))
    assert cache.drop_outdated(now=NOON) == 2
    assert set(PendingUpload.objects.values_list("id", flat=True)) == {new.id, under_way.id}
    assert [link.key for link in StoredUrl.objects.all()] == ["good"]
