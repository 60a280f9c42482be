"""Deleting files and whole folders."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEntry, User
from buckets.models import Bucket
from buckets.paths import FolderKey, Malformed, OutOfBounds, Reach, Rights
from buckets.s3 import lister, objects
from buckets.s3.errors import S3Unavailable
from buckets.s3.lister import FolderPage
from files import deletion, listing
from files.deletion import Outcome
from files.models import Folder
from files.refusals import NotAllowed, TooMany
from tests.files.conftest import Store


@pytest.fixture
def delete(reach: Reach, mark: User, now: datetime) -> Any:
    def call(*paths: str, into: Reach = reach) -> list[Outcome]:
        return deletion.delete(into, paths, by=mark, ip="192.0.2.7", now=now)

    return call


def names(reach: Reach, now: datetime) -> list[str]:
    return [entry.name for entry in listing.page(reach, "", now=now).entries]


def test_deletes_a_file_and_shows_it_no_more(delete: Any, reach: Reach, store: Store, now: datetime) -> None:
    store.put_many(["team/a.txt", "team/b.txt"])
    assert sorted(names(reach, now)) == ["a.txt", "b.txt"]
    assert delete("a.txt") == [Outcome("a.txt", deleted=True)]
    assert store.keys() == {"team/b.txt"}
    assert names(reach, now) == ["b.txt"]


def test_writes_an_audit_entry_for_each_file(delete: Any, store: Store, mark: User) -> None:
    store.put_many(["team/a.txt", "team/b.txt"])
    delete("a.txt", "b.txt")
    entries = AuditEntry.objects.filter(operation="deleted", outcome="done", actor_id=mark.id, ip="192.0.2.7")
    assert sorted(entry.path for entry in entries) == ["team/a.txt", "team/b.txt"]


def test_deletes_a_folder_with_all_it_holds_and_its_marker(delete: Any, store: Store) -> None:
    store.put_many(["team/old/", "team/old/a.txt", "team/old/deep/b.txt", "team/older/c.txt", "team/old"])
    outcomes = delete("old/")
    assert store.keys() == {"team/older/c.txt", "team/old"}
    assert [outcome.path for outcome in outcomes] == ["old/a.txt", "old/deep/b.txt"]


def test_deletes_the_file_beside_a_folder_of_one_name_alone(delete: Any, store: Store) -> None:
    store.put_many(["team/both", "team/both/x"])
    delete("both")
    assert store.keys() == {"team/both/x"}


def test_takes_the_thumbnail_along(delete: Any, store: Store) -> None:
    store.put_many(["team/logo.png", "team/t-logo.png"])
    assert [outcome.path for outcome in delete("logo.png")] == ["logo.png"]
    assert store.keys() == set()


def test_leaves_a_t_name_whose_source_is_not_there(delete: Any, store: Store) -> None:
    store.put("team/t-shirt.png")
    delete("shirt.png")
    assert store.keys() == {"team/t-shirt.png"}


def test_deletes_a_lonely_t_name_like_any_file(delete: Any, store: Store) -> None:
    store.put("team/t-shirt.png")
    delete("t-shirt.png")
    assert store.keys() == set()


def gone(path: str) -> Outcome:
    return Outcome(path, deleted=False, reason="It was gone already.", was_gone=True)


def test_tells_what_was_gone_already_and_says_nobody_deleted_it(delete: Any, store: Store) -> None:
    store.put("team/a.txt")
    assert delete("a.txt", "never.txt", "nowhere/") == [
        Outcome("a.txt", deleted=True),
        gone("nowhere/"),
        gone("never.txt"),
    ]
    assert AuditEntry.objects.get().path == "team/a.txt"


def test_forgets_a_file_that_went_behind_its_back(
    delete: Any, reach: Reach, store: Store, now: datetime, settings: Any
) -> None:
    store.put_many(["team/a.txt", "team/b.txt"])
    listing.page(reach, "", now=now - timedelta(seconds=settings.LISTING_FRESH + 1))
    store.remove("team/a.txt")
    assert delete("a.txt") == [gone("a.txt")]
    assert names(reach, now) == ["b.txt"]


def test_makes_no_row_for_a_place_somebody_made_up(delete: Any, reach: Reach) -> None:
    assert delete("made/up/", "made/too/x.txt") == [gone("made/up/"), gone("made/too/x.txt")]
    assert not Folder.objects.exists()


def test_removes_what_no_listing_it_read_reaches(
    delete: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = lister.folder_pages

    def begun(reach: Reach, folder: FolderKey) -> Iterator[FolderPage]:
        page = next(really(reach, folder))
        yield replace(page, files=page.files[:1], last=False)

    monkeypatch.setattr(lister, "folder_pages", begun)
    store.put_many(["team/a.txt", "team/b.txt"])
    assert delete("b.txt", "c.txt") == [Outcome("b.txt", deleted=True), Outcome("c.txt", deleted=True)]
    assert store.keys() == {"team/a.txt"}


def test_deletes_a_file_once_when_asked_twice(delete: Any, store: Store) -> None:
    store.put("team/old/a.txt")
    assert len(delete("old/a.txt", "old/a.txt", "old/")) == 1


def test_tells_of_names_it_can_do_nothing_with(delete: Any, store: Store) -> None:
    store.put_many(["team/old/a.txt", "team/old/bell\x07.txt"])
    outcomes = {outcome.path: outcome for outcome in delete("old/")}
    assert outcomes["old/a.txt"].deleted
    assert not outcomes["old/bell\x07.txt"].deleted
    assert outcomes["old/bell\x07.txt"].reason
    assert store.keys() == {"team/old/bell\x07.txt"}


def test_refuses_who_may_not_delete(delete: Any, reader: Reach, store: Store, now: datetime) -> None:
    store.put("team/a.txt")
    with pytest.raises(NotAllowed) as problem:
        delete("a.txt", into=reader)
    assert problem.value.right == "delete"
    with pytest.raises(NotAllowed):
        deletion.plan(reader, ["a.txt"], now=now)
    assert store.has("team/a.txt")


@pytest.mark.parametrize("paths", [["a.txt", "../x"], ["a.txt", "../x/"]])
def test_deletes_nothing_when_one_path_leaves_the_root(delete: Any, store: Store, paths: list[str]) -> None:
    store.put("team/a.txt")
    with pytest.raises(OutOfBounds):
        delete(*paths)
    assert store.has("team/a.txt")


@pytest.mark.parametrize("paths", [["a.txt", "x//y"], ["a.txt", ""], [], ["/"]])
def test_deletes_nothing_when_one_path_is_none(delete: Any, store: Store, paths: list[str]) -> None:
    store.put("team/a.txt")
    with pytest.raises(Malformed):
        delete(*paths)
    assert store.has("team/a.txt")


def test_plans_what_would_go(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/a.txt", b"12345")
    store.put_many(["team/old/", "team/old/b.txt", "team/old/deep/c.txt"])
    listing.page(reach, "", now=now)
    plan = deletion.plan(reach, ["a.txt", "old/"], now=now)
    assert (plan.files, plan.folders, plan.too_many) == (3, 1, False)
    assert plan.bytes == 8


def test_refuses_too_many_objects_and_deletes_none(
    delete: Any, reach: Reach, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "OBJECT_LIMIT", 3)
    store.put_many([f"team/old/{number}" for number in range(4)])
    assert deletion.plan(reach, ["old/"], now=now).too_many
    with pytest.raises(TooMany):
        delete("old/")
    assert len(store.keys()) == 4


def test_deletes_more_than_one_request_takes(delete: Any, store: Store) -> None:
    store.put_many([f"team/old/{number:04d}" for number in range(1003)])
    assert len(delete("old/")) == 1003
    assert store.keys() == set()


def test_says_which_file_s3_kept(
    delete: Any, reach: Reach, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_many(["team/a.txt", "team/b.txt"])
    real = objects.delete_many

    def refusing(reach: Reach, keys: Any) -> Any:
        kept = [key for key in keys if key.name == "a.txt"]
        return [*(objects.DeleteOutcome(key, False, "AccessDenied", "Access Denied") for key in kept),
                *real(reach, [key for key in keys if key not in kept])]  # fmt: skip

    monkeypatch.setattr(objects, "delete_many", refusing)
    outcomes = {outcome.path: outcome for outcome in delete("a.txt", "b.txt")}
    assert (outcomes["a.txt"].deleted, outcomes["b.txt"].deleted) == (False, True)
    assert "may not delete" in outcomes["a.txt"].reason
    assert AuditEntry.objects.get(outcome="failed").path == "team/a.txt"
    assert names(reach, now) == ["a.txt"]


def test_writes_nothing_down_when_s3_never_answered(delete: Any, bucket: Bucket) -> None:
    bucket.endpoint_url = "http://127.0.0.1:9"
    with pytest.raises(S3Unavailable):
        delete("a.txt", into=bucket.reach(root="", rights=Rights(delete=True)))
    assert not AuditEntry.objects.exists()
