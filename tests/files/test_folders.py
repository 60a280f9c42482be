"""New folders, which live in the page until a first file lands."""

from datetime import datetime

import pytest

from accounts.models import User
from buckets.paths import Malformed, OutOfBounds, Reach
from files import folders, listing, uploads
from files.refusals import NotAllowed
from files.uploads import Wanted
from tests.files.conftest import Spy, Store


def test_makes_nothing_in_s3(reach: Reach, store: Store, now: datetime) -> None:
    made = folders.new(reach, "x/", " Summer 2026 ", now=now)
    assert (made.name, made.path, made.exists) == ("Summer 2026", "x/Summer 2026/", False)
    assert store.keys() == set()


def test_tells_a_folder_that_is_there(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/old/a.txt")
    assert folders.new(reach, "", "old", now=now).exists


def test_asks_the_stored_listing_while_it_is_fresh(
    reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    store.put("team/old/a.txt")
    listing.page(reach, "", now=now)
    spy.calls.clear()
    assert [folders.new(reach, "", name, now=now).exists for name in ("old", "new")] == [True, False]
    assert spy.calls == []


def test_tells_a_folder_that_an_upload_under_way_has_made(
    reach: Reach, store: Store, mark: User, now: datetime
) -> None:
    listing.page(reach, "", now=now)
    uploads.prepare(reach, "new/", [Wanted("c", "x", 1, "")], by=mark, ip=None, now=now)
    assert not folders.new(reach, "", "new", now=now).exists
    store.put("team/new/x")
    assert folders.new(reach, "", "new", now=now).exists


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..", ".", "a\x00", "x" * 1025, "%2e%2e"])
def test_refuses_a_name_that_is_none(reach: Reach, now: datetime, name: str) -> None:
    with pytest.raises(Malformed) as problem:
        folders.new(reach, "", name, now=now)
    assert problem.value.field == "name"


def test_refuses_to_leave_the_root(reach: Reach, now: datetime) -> None:
    with pytest.raises(OutOfBounds):
        folders.new(reach, "../", "x", now=now)


def test_refuses_who_may_not_upload(reader: Reach, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        folders.new(reader, "", "x", now=now)
