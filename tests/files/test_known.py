"""Which of many files are there: believed from the store, else asked of S3 with one request a folder."""

from datetime import datetime, timedelta

import pytest

from buckets.paths import Reach
from buckets.s3 import lister
from files import known, slices
from tests.files.conftest import Spy, Store


def missing(reach: Reach, *paths: str, now: datetime) -> set[str]:
    return known.missing_among(reach, [reach.file(path) for path in paths], now=now)


def test_believes_what_is_stored(reach: Reach, store: Store, spy: Spy, now: datetime) -> None:
    store.put_many(["team/a", "team/t-a"])
    slices.part(reach, "", now=now)
    spy.calls.clear()

    assert missing(reach, "a", "t-a", "b", "A", now=now) == {"team/b", "team/A"}
    assert spy.calls == []


def test_takes_no_folder_for_a_file(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/a/b")
    slices.part(reach, "", now=now)

    assert missing(reach, "a", now=now) == {"team/a"}


def test_asks_again_about_what_an_older_listing_does_not_hold(
    reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    store.put("team/a")
    slices.part(reach, "", now=now - timedelta(seconds=700))
    store.put("team/b")
    spy.calls.clear()

    assert missing(reach, "a", now=now) == set()
    assert spy.calls == []
    assert missing(reach, "a", "b", "c", now=now) == {"team/c"}
    assert spy.calls == ["list team/"]


def test_asks_once_for_each_folder_and_stores_nothing(
    reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    store.put_many(["team/a/1", "team/b/1"])

    gone = missing(reach, "a/1", "a/2", "b/1", "b/2", "c/1", now=now)

    assert gone == {"team/a/2", "team/b/2", "team/c/1"}
    assert sorted(spy.calls) == ["list team/a/", "list team/b/", "list team/c/"]


def test_leaves_open_what_one_request_does_not_tell(
    reach: Reach, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_many([f"team/{number}" for number in (1, 3, 5, 7)])
    page = lister.folders._page
    monkeypatch.setattr(lister.folders, "_page", lambda *given, **more: page(*given, **{**more, "keys": 2}))

    assert missing(reach, "1", "2", "4", "7", "8", now=now) == {"team/2"}


def test_asks_about_so_many_folders_and_no_more(
    reach: Reach, store: Store, spy: Spy, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "_ASKED_AT_MOST", 2)

    assert missing(reach, "a/1", "b/1", "c/1", now=now) == {"team/a/1", "team/b/1"}
    assert len(spy.calls) == 2
