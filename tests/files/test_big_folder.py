"""A folder with more entries than S3 puts on a page: shown after one round trip, whole soon after."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from buckets.models import Bucket
from buckets.paths import Reach
from files import cache, listing, relisting
from files.entries import Direction, Sort
from files.listing import ListingPage, State
from files.models import Folder
from files.signals import listing_wanted
from tests.files.conftest import EVERYTHING, Spy, Store, registered


@pytest.fixture(scope="module")
def big_store(client: Any) -> Iterator[Store]:
    """1,104 files, among them two thumbnails: of the first page's `t-` names one has its sibling on the second."""
    made = Store(client, f"files-{uuid4().hex[:12]}")
    client.create_bucket(Bucket=made.name)
    made.put_many([f"team/f{number:04d}.txt" for number in range(1100)])
    made.put_many(["team/sub/x", "team/t-f0001.txt", "team/t-u.png", "team/u.png"])
    yield made
    made.destroy()


@pytest.fixture
def bucket(db: None, big_store: Store) -> Bucket:
    return registered(big_store)


@pytest.fixture
def reach(bucket: Bucket) -> Reach:
    return bucket.reach(root="team/", rights=EVERYTHING)


@pytest.fixture
def nobody_listens() -> Iterator[list[str]]:
    """Nobody lists behind the page; says who was asked to."""
    receivers, wanted = listing_wanted.receivers, []

    def note(sender: object, *, path: str, is_overdue: bool, **_: object) -> None:
        wanted.append(f"{path} overdue" if is_overdue else path)

    listing_wanted.receivers = []
    listing_wanted.sender_receivers_cache.clear()
    listing_wanted.connect(note)
    yield wanted
    listing_wanted.receivers = receivers
    listing_wanted.sender_receivers_cache.clear()


def names(page: ListingPage) -> list[str]:
    return [entry.name for entry in page.entries]


def test_shows_its_first_page_after_one_round_trip(
    reach: Reach, spy: Spy, nobody_listens: list[str], now: datetime
) -> None:
    page = listing.page(reach, "", now=now)
    assert spy.calls == ["list team/"]
    assert nobody_listens == ["team/"]
    assert page.state is State.STILL_LISTING
    assert names(page)[:3] == ["f0000.txt", "f0001.txt", "f0002.txt"]
    assert (page.file_count, page.folder_count, page.total_size, page.is_empty) == (None, None, None, False)
    assert (page.order.sort, page.order.direction, page.group) == (Sort.NAME, Direction.ASCENDING, None)


def test_asks_s3_no_more_while_somebody_lists_it(
    reach: Reach, spy: Spy, nobody_listens: list[str], now: datetime
) -> None:
    listing.page(reach, "", now=now)
    assert cache.claim(bucket_id=reach.bucket_id, path="team/")
    page = listing.page(reach, "", now=now + timedelta(seconds=20))
    assert page.state is State.STILL_LISTING
    assert spy.calls == ["list team/"]
    assert nobody_listens == ["team/"]


def test_asks_again_when_nobody_came(reach: Reach, nobody_listens: list[str], now: datetime) -> None:
    listing.page(reach, "", now=now)
    listing.page(reach, "", now=now + timedelta(seconds=5))
    listing.page(reach, "", now=now + timedelta(seconds=20))
    assert nobody_listens == ["team/", "team/", "team/ overdue"]


def test_is_whole_when_it_was_listed_to_its_end(
    reach: Reach, spy: Spy, nobody_listens: list[str], now: datetime
) -> None:
    listing.page(reach, "", now=now)
    assert relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    page = listing.page(reach, "", sort=Sort.NAME, direction=Direction.DESCENDING, now=now)
    assert page.state is State.WHOLE
    assert (page.file_count, page.folder_count) == (1101, 1)
    assert names(page)[:3] == ["sub", "u.png", "f1099.txt"]


def test_is_listed_by_one_at_a_time(reach: Reach, spy: Spy, now: datetime) -> None:
    assert cache.claim(bucket_id=reach.bucket_id, path="team/")
    assert not relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    assert spy.calls == []


def test_is_listed_by_the_next_one_when_whoever_did_it_was_killed(
    reach: Reach, nobody_listens: list[str], now: datetime
) -> None:
    cache.claim(bucket_id=reach.bucket_id, path="team/")
    Folder.objects.update(claimed_at=now - timedelta(seconds=61))
    assert relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)


def test_does_not_list_its_beginning_twice(
    reach: Reach, spy: Spy, nobody_listens: list[str], now: datetime
) -> None:
    listing.page(reach, "", now=now)
    assert relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    assert len(spy.calls) <= 4
    page = listing.page(reach, "", sort=Sort.NAME, direction=Direction.ASCENDING, now=now)
    assert (page.file_count, page.folder_count, names(page)[1]) == (1101, 1, "f0000.txt")


def test_is_cut_where_it_was_when_it_is_listed_anew(
    reach: Reach, nobody_listens: list[str], now: datetime
) -> None:
    relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    digest = Folder.objects.get(path="team/").digest
    assert relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    assert Folder.objects.get(path="team/").digest == digest


def test_goes_on_by_name_when_it_became_whole_meanwhile(
    reach: Reach, nobody_listens: list[str], now: datetime
) -> None:
    first = listing.page(reach, "", now=now)
    relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    second = listing.page(reach, "", after=first.next_cursor, now=now)
    assert names(second)[0] == "f0020.txt"
    assert second.order.sort is Sort.NAME


def test_stops_where_the_first_thousand_end(reach: Reach, nobody_listens: list[str], now: datetime) -> None:
    page, seen = listing.page(reach, "", now=now), 20
    while page.next_cursor:
        page = listing.page(reach, "", after=page.next_cursor, now=now)
        seen += len(page.entries)
    assert seen == 1000


def test_never_stores_half_a_listing_as_whole(
    reach: Reach, spy: Spy, nobody_listens: list[str], now: datetime
) -> None:
    def break_down(_: str) -> None:
        if len(spy.calls) >= 2:
            raise ConnectionError

    spy.meanwhile = break_down
    with pytest.raises(ConnectionError):
        relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    assert not Folder.objects.filter(is_whole=True).exists()
    assert cache.claim(bucket_id=reach.bucket_id, path="team/"), "the claim was given back"


def test_begins_again_when_it_is_evicted_in_the_middle(
    reach: Reach, spy: Spy, nobody_listens: list[str], now: datetime
) -> None:
    def evict_once(_: str) -> None:
        spy.meanwhile = lambda _: None
        cache.evict(bucket_id=reach.bucket_id, keys=["team/x"])

    spy.meanwhile = evict_once
    assert relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    assert len(spy.calls) >= 4
    assert Folder.objects.get(path="team/").file_count == 1101


def test_keeps_what_is_stored_while_it_is_listed_anew(
    reach: Reach, nobody_listens: list[str], now: datetime
) -> None:
    relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)
    cache.evict(bucket_id=reach.bucket_id, keys=["team/elsewhere.txt"])
    page = listing.page(reach, "", now=now)
    assert page.state is State.STILL_LISTING
    assert len(page.entries) == 20
    assert Folder.objects.get(path="team/").entries.count() == 1104


def test_is_whole_when_the_worker_was_quicker_than_the_page(reach: Reach, now: datetime) -> None:
    assert listing.page(reach, "", now=now).state is State.WHOLE
