"""What may be uploaded where, and under which name."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from buckets.models import Bucket
from buckets.paths import Malformed, OutOfBounds, Reach, Rights
from files import listing, uploads
from files.models import PendingUpload
from files.refusals import NotAllowed, TooMany
from files.uploads import OnConflict, Prepared, Wanted
from tests.files.conftest import Spy, Store, put


def want(
    name: str, *, size: int = 3, content_type: str = "text/plain", then: OnConflict = OnConflict.ASK
) -> Wanted:
    return Wanted(f"c-{name}", name, size, content_type, then)


@pytest.fixture
def prepare(reach: Reach, mark: User, now: datetime) -> Any:
    def call(*wanted: Wanted, folder: str = "", into: Reach = reach) -> Prepared:
        return uploads.prepare(into, folder, wanted, by=mark, ip="192.0.2.7", now=now)

    return call


def names(prepared: Prepared) -> list[str]:
    return [upload.name for upload in prepared.uploads]


def refusals(prepared: Prepared) -> list[tuple[str, str, str]]:
    return [(refused.name, refused.field, refused.code) for refused in prepared.refused]


def test_signs_an_upload_that_s3_accepts(prepare: Any, store: Store) -> None:
    (upload,) = prepare(want("a b#?%+&é.txt"), folder="sub/").uploads
    assert put(upload, b"abc") == 200
    assert store.keys() == {"team/sub/a b#?%+&é.txt"}


def test_signs_create_only(prepare: Any, store: Store) -> None:
    (upload,) = prepare(want("a.txt")).uploads
    store.put("team/a.txt", b"first")
    assert put(upload, b"abc") == 412


def test_signs_the_size_and_the_type(prepare: Any, store: Store) -> None:
    (upload,) = prepare(want("a.txt")).uploads
    assert put(upload, b"abcd") == 403
    assert put(replace(upload, headers={**upload.headers, "Content-Type": "text/html"}), b"abc") == 403
    assert store.keys() == set()


def test_takes_an_empty_file(prepare: Any, store: Store) -> None:
    (upload,) = prepare(want("empty", size=0)).uploads
    assert put(upload, b"") == 200
    assert store.keys() == {"team/empty"}


def test_answers_with_the_ids_of_the_page(prepare: Any) -> None:
    prepared = prepare(want("a"), want("b"), want("b\x07"))
    assert [upload.client_id for upload in prepared.uploads] == ["c-a", "c-b"]
    assert prepared.refused[0].client_id == "c-b\x07"


def test_writes_each_upload_down_before_anybody_gets_its_url(
    prepare: Any, mark: User, reach: Reach, now: datetime
) -> None:
    (upload,) = prepare(want("a.txt"), folder="sub/").uploads
    row = PendingUpload.objects.get()
    assert (row.id, row.user_id, row.folder_path, row.key) == (
        upload.id,
        mark.id,
        "team/sub/",
        "team/sub/a.txt",
    )
    assert (row.size, row.state, row.signed_at, row.overwrites) == (3, "signed", now, False)
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.path, entry.actor_id, entry.ip) == (
        "upload_signed",
        row.key,
        mark.id,
        "192.0.2.7",
    )


def test_takes_whole_folders(prepare: Any) -> None:
    prepared = prepare(want("album/one.jpg"), want("album/deep/er/two.jpg"), folder="x/")
    assert names(prepared) == ["album/one.jpg", "album/deep/er/two.jpg"]
    assert [upload.path for upload in prepared.uploads] == ["x/album/one.jpg", "x/album/deep/er/two.jpg"]


@pytest.mark.parametrize(
    "name",
    ["", "/", "/etc", "a//b", "a/", "../x", "a/../../x", ".", "a/.", "%2e%2e/x", "a\\..\\..\\x", "nul\x00", "tab\t.", "é" * 600],
)  # fmt: skip
def test_refuses_a_name_that_is_none_and_lets_the_others_go(prepare: Any, name: str) -> None:
    prepared = prepare(want(name), want("fine.txt"))
    assert refusals(prepared) == [(name, "filename", "INVALID")]
    assert names(prepared) == ["fine.txt"]


@pytest.mark.parametrize("size", [-1, True, 1.5, "3"])
def test_refuses_a_size_that_is_none(prepare: Any, size: Any) -> None:
    assert refusals(prepare(want("a", size=size))) == [("a", "size", "INVALID")]


def test_refuses_a_file_over_the_limit_and_takes_one_at_it(prepare: Any, reach: Reach) -> None:
    prepared = prepare(want("at", size=reach.size_limit), want("over", size=reach.size_limit + 1))
    assert refusals(prepared) == [("over", "size", "TOO_LARGE")]
    assert "25 MB" in prepared.refused[0].reason
    assert names(prepared) == ["at"]


@pytest.mark.parametrize(
    "content_type",
    ["text", "text/", "/plain", "text/plain\r\nx: y", "a b/c", "text/plain;", "x" * 300 + "/y"],
)
def test_refuses_a_type_that_is_none(prepare: Any, content_type: str) -> None:
    assert refusals(prepare(want("a", content_type=content_type))) == [("a", "contentType", "INVALID")]


def test_takes_a_missing_type_for_bytes(prepare: Any) -> None:
    (upload,) = prepare(want("a", content_type="")).uploads
    assert upload.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("content_type", "allowed"),
    [("image/png", True), ("application/pdf", True), ("Application/PDF; x=y", True), ("image/", False),
     ("text/html", False), ("application/pdfx", False), ("", False)],
)  # fmt: skip
def test_takes_only_the_bucket_s_types(
    prepare: Any, bucket: Bucket, content_type: str, allowed: bool
) -> None:
    bucket.allowed_types = ["image/*", "application/pdf"]
    narrow = bucket.reach(root="team/", rights=Rights())
    prepared = prepare(want("a", content_type=content_type), into=narrow)
    assert bool(prepared.uploads) is allowed


def test_refuses_who_may_not_upload(prepare: Any, reader: Reach) -> None:
    with pytest.raises(NotAllowed) as problem:
        prepare(want("a"), into=reader)
    assert problem.value.right == "upload"


def test_refuses_more_than_two_thousand(prepare: Any) -> None:
    with pytest.raises(TooMany):
        prepare(*[want(str(number)) for number in range(2001)])


def test_refuses_to_leave_the_root(prepare: Any) -> None:
    with pytest.raises(OutOfBounds):
        prepare(want("a"), folder="../")
    with pytest.raises(Malformed):
        prepare(want("a"), folder="a//b/")


def test_asks_about_a_taken_name_and_signs_nothing_until_it_is_answered(prepare: Any, store: Store) -> None:
    store.put("team/a.txt", b"12345")
    prepared = prepare(want("a.txt"), want("b.txt"))
    (conflict,) = prepared.conflicts
    assert (conflict.client_id, conflict.size, conflict.may_overwrite, conflict.in_batch) == (
        "c-a.txt",
        5,
        True,
        False,
    )
    assert conflict.keep_both_name == "a (2).txt"
    assert prepared.uploads == []
    assert not PendingUpload.objects.exists()
    assert not AuditEntry.objects.exists()


def test_asks_about_a_taken_name_that_is_as_long_as_can_be(prepare: Any, store: Store) -> None:
    name = "k" * (1024 - len("team/.txt")) + ".txt"
    store.put(f"team/{name}")
    (conflict,) = prepare(want(name)).conflicts
    assert conflict.keep_both_name == f"{name[:-8]} (2).txt"
    (upload,) = prepare(want(name, then=OnConflict.KEEP_BOTH)).uploads
    assert upload.path == conflict.keep_both_name


def test_asks_about_a_taken_name_in_a_sub_folder(prepare: Any, store: Store) -> None:
    store.put("team/x/album/a.jpg")
    prepared = prepare(want("album/a.jpg"), folder="x/")
    assert [conflict.name for conflict in prepared.conflicts] == ["album/a.jpg"]


def test_skips_when_told_to(prepare: Any, store: Store) -> None:
    store.put("team/a.txt")
    prepared = prepare(want("a.txt", then=OnConflict.SKIP), want("b.txt", then=OnConflict.SKIP))
    assert (prepared.skipped, names(prepared)) == (["c-a.txt"], ["b.txt"])


def test_keeps_both_when_told_to(prepare: Any, store: Store) -> None:
    for key in ("team/a.txt", "team/a (2).txt"):
        store.put(key)
    prepared = prepare(want("a.txt", then=OnConflict.KEEP_BOTH), want("a (3).txt"))
    assert sorted(names(prepared)) == ["a (3).txt", "a (4).txt"]


def test_overwrites_when_told_to_and_says_so_in_the_audit_log(prepare: Any, store: Store) -> None:
    store.put("team/a.txt", b"old")
    (upload,) = prepare(want("a.txt", then=OnConflict.OVERWRITE)).uploads
    assert upload.overwrites
    assert put(upload, b"new") == 200
    assert AuditEntry.objects.get().operation == "overwrite_signed"
    assert PendingUpload.objects.get().overwrites


def test_signs_create_only_when_there_is_nothing_to_overwrite(prepare: Any) -> None:
    (upload,) = prepare(want("a.txt", then=OnConflict.OVERWRITE)).uploads
    assert not upload.overwrites
    assert upload.headers["If-None-Match"] == "*"


def test_writes_down_who_was_refused_to_overwrite_what(
    prepare: Any, bucket: Bucket, store: Store, mark: User
) -> None:
    store.put_many(["team/a.txt", "team/b.txt"])
    timid = bucket.reach(root="team/", rights=Rights(overwrite=False))
    wanted = [want(name, then=OnConflict.OVERWRITE) for name in ("a.txt", "b.txt", "new.txt")]
    assert names(prepare(*wanted, into=timid)) == ["new.txt"]
    refused = AuditEntry.objects.filter(operation="overwrite_signed", outcome="refused", actor_id=mark.id)
    assert sorted(entry.path for entry in refused) == ["team/a.txt", "team/b.txt"]
    assert AuditEntry.objects.get(outcome="done").path == "team/new.txt"


def test_overwrites_nothing_without_the_right(prepare: Any, bucket: Bucket, store: Store) -> None:
    store.put("team/a.txt")
    careful = bucket.reach(root="team/", rights=Rights(overwrite=False))
    assert refusals(prepare(want("a.txt", then=OnConflict.OVERWRITE), into=careful)) == [
        ("a.txt", "filename", "NOT_ALLOWED")
    ]
    (conflict,) = prepare(want("a.txt"), into=careful).conflicts
    assert not conflict.may_overwrite


def test_asks_about_two_files_of_one_name_in_a_batch(prepare: Any) -> None:
    prepared = prepare(want("a.txt", size=1), replace(want("a.txt", size=2), client_id="second"))
    (conflict,) = prepared.conflicts
    assert (conflict.client_id, conflict.in_batch, conflict.size, conflict.may_overwrite) == (
        "second",
        True,
        1,
        False,
    )


def test_gives_both_files_of_one_name_a_place(prepare: Any) -> None:
    prepared = prepare(
        want("a.txt"), want("a.txt", then=OnConflict.KEEP_BOTH), want("a.txt", then=OnConflict.KEEP_BOTH)
    )
    assert names(prepared) == ["a.txt", "a (2).txt", "a (3).txt"]


def test_never_overwrites_within_a_batch(prepare: Any) -> None:
    assert refusals(prepare(want("a.txt"), want("a.txt", then=OnConflict.OVERWRITE))) == [
        ("a.txt", "filename", "INVALID")
    ]


@pytest.mark.parametrize(("there", "wanted"), [("logo.png", "t-logo.png"), ("t-logo.png", "logo.png")])
def test_keeps_the_names_of_thumbnails_free(prepare: Any, store: Store, there: str, wanted: str) -> None:
    store.put(f"team/{there}")
    assert refusals(prepare(want(wanted))) == [(wanted, "filename", "RESERVED_NAME")]


@pytest.mark.parametrize("order", [("logo.png", "t-logo.png"), ("t-logo.png", "logo.png")])
def test_keeps_the_names_of_thumbnails_free_within_a_batch(prepare: Any, order: tuple[str, str]) -> None:
    prepared = prepare(*map(want, order))
    assert refusals(prepared) == [("t-logo.png", "filename", "RESERVED_NAME")]
    assert names(prepared) == ["logo.png"]


def test_overwrites_a_file_that_has_a_thumbnail(prepare: Any, store: Store) -> None:
    for key in ("team/logo.png", "team/t-logo.png"):
        store.put(key)
    assert names(prepare(want("logo.png", then=OnConflict.OVERWRITE))) == ["logo.png"]


def test_takes_a_lonely_t_name(prepare: Any) -> None:
    assert names(prepare(want("t-shirt.png"))) == ["t-shirt.png"]


def test_asks_s3_nothing_when_the_stored_listing_is_fresh(
    prepare: Any, reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    store.put("team/a.txt")
    listing.page(reach, "", now=now)
    spy.calls.clear()
    assert len(prepare(want("a.txt"), want("b.txt"), want("new/c.txt")).conflicts) == 1
    assert spy.calls == []


def test_asks_s3_about_names_under_way_alone(
    prepare: Any, reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    listing.page(reach, "", now=now)
    (first,) = prepare(want("a.txt")).uploads
    put(first, b"abc")
    spy.calls.clear()
    assert [conflict.name for conflict in prepare(want("a.txt"), want("b.txt")).conflicts] == ["a.txt"]
    assert spy.calls == ["head team/a.txt"]


def test_asks_s3_about_names_under_way_in_a_folder_that_is_new(
    prepare: Any, reach: Reach, spy: Spy, now: datetime
) -> None:
    listing.page(reach, "", now=now)
    (first,) = prepare(want("new/sub/a.txt")).uploads
    put(first, b"abc")
    spy.calls.clear()
    again = prepare(want("new/sub/a.txt"), want("new/sub/b.txt"), want("new/c.txt"))
    assert [conflict.name for conflict in again.conflicts] == ["new/sub/a.txt"]
    assert spy.calls == ["head team/new/sub/a.txt"]


def test_asks_once_a_level_and_not_below_what_is_new(prepare: Any, store: Store, spy: Spy) -> None:
    store.put("team/old/a.txt")
    prepare(*[want(f"new/{number}/deep/{number}.txt") for number in range(20)], want("old/b.txt"))
    assert sorted(spy.calls) == ["list team/", "list team/old/"]


def test_lets_two_people_take_one_name_and_s3_decide(
    prepare: Any, reach: Reach, rita: User, now: datetime
) -> None:
    (mine,) = prepare(want("a.txt")).uploads
    (hers,) = uploads.prepare(reach, "", [want("a.txt")], by=rita, ip=None, now=now).uploads
    assert (put(hers, b"her"), put(mine, b"abc")) == (200, 412)


def test_takes_a_stale_listing_for_no_answer(prepare: Any, reach: Reach, store: Store, now: datetime) -> None:
    listing.page(reach, "", now=now - timedelta(seconds=61))
    store.put("team/a.txt")
    assert prepare(want("a.txt")).conflicts


def test_says_nothing_for_nothing(prepare: Any) -> None:
    assert prepare() == Prepared([], [], [], [])


def test_asks_the_database_as_often_for_many_conflicts_as_for_few(
    prepare: Any, reach: Reach, store: Store, now: datetime
) -> None:
    store.put_many([f"team/{number:02d}.txt" for number in range(40)])
    listing.page(reach, "", now=now)
    counts = []
    for many in (2, 40):
        with CaptureQueriesContext(connection) as queries:
            assert len(prepare(*[want(f"{number:02d}.txt") for number in range(many)]).conflicts) == many
        counts.append(len(queries))
    assert counts[0] == counts[1]
