"""A file and those beside it, for going from preview to preview."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.models import Bucket
from buckets.paths import Malformed, OutOfBounds, Reach
from buckets.s3.errors import ObjectMissing
from files import cache, listing
from files.entries import Direction, Order, Sort
from files.folding import folded
from files.kinds import Group
from files.listing import Neighbours
from files.paging import BY_NAME, Cursor, mirrored
from tests.files.conftest import EVERYTHING, Store

MOMENTS = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1))


def beside(reach: Reach, path: str, now: datetime, **more: object) -> Neighbours:
    asked = {"sort": Sort.NAME, "direction": Direction.ASCENDING, **more}
    return listing.neighbours(reach, path, now=now, **asked)  # type: ignore[arg-type]


def around(found: Neighbours) -> tuple[list[str], str, list[str]]:
    return [entry.name for entry in found.before], found.entry.name, [entry.name for entry in found.after]


def test_finds_the_files_on_either_side(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many([f"team/x/{name}" for name in ("a.txt", "b.txt", "c.txt", "d.txt", "sub/e.txt")])
    found = beside(reach, "x/b.txt", now, span=2)
    assert around(found) == (["a.txt"], "b.txt", ["c.txt", "d.txt"])
    assert (found.position, found.count) == (2, 4)
    assert found.entry.path == "x/b.txt"


def test_turns_round_with_the_order(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many([f"team/{name}" for name in ("a", "b", "c")])
    assert around(beside(reach, "b", now, direction=Direction.DESCENDING)) == (["c"], "b", ["a"])


def test_stays_in_the_group(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many([f"team/{name}" for name in ("a.jpg", "b.txt", "c.jpg", "d.txt", "e.jpg")])
    found = beside(reach, "c.jpg", now, group=Group.IMAGE)
    assert around(found) == (["a.jpg"], "c.jpg", ["e.jpg"])
    assert (found.position, found.count) == (2, 3)


def test_leaves_thumbnails_and_odd_names_out(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many([f"team/{name}" for name in ("s.png", "t-s.png", "t-bell\x07", "u.png")])
    assert around(beside(reach, "s.png", now)) == ([], "s.png", ["u.png"])


@pytest.mark.parametrize("sort", list(Sort))
def test_goes_through_the_folder_in_its_order(reach: Reach, store: Store, now: datetime, sort: Sort) -> None:
    for number in range(6):
        store.put(f"team/{number}", b"x" * (number % 2))
    listed = [entry.name for entry in listing.page(reach, "", sort=sort, now=now).entries]
    seen = [listed[0]]
    while after := listing.neighbours(reach, seen[-1], sort=sort, now=now).after:
        seen.append(after[0].name)
    assert seen == listed


def test_tells_a_file_that_is_not_listed_yet(reach: Reach, store: Store, now: datetime) -> None:
    listing.page(reach, "", now=now)
    store.put("team/new.txt", b"abc")
    found = beside(reach, "new.txt", now)
    assert (found.entry.size, found.position, found.before, found.after) == (3, None, [], [])


def test_tells_a_file_that_is_gone(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many(["team/a.txt", "team/b.txt"])
    listing.page(reach, "", now=now)
    store.remove("team/a.txt")
    cache.evict(bucket_id=reach.bucket_id, keys=["team/a.txt"])
    with pytest.raises(ObjectMissing):
        beside(reach, "a.txt", now)
    with pytest.raises(ObjectMissing):
        beside(reach, "no-such-folder/a.txt", now)


def test_shows_what_was_last_known_when_s3_is_away(
    reach: Reach, bucket: Bucket, store: Store, now: datetime
) -> None:
    store.put("team/a.txt")
    listing.page(reach, "", now=now)
    bucket.endpoint_url = "http://127.0.0.1:9"
    away = bucket.reach(root="team/", rights=EVERYTHING)
    assert beside(away, "a.txt", now + timedelta(hours=1)).entry.name == "a.txt"


@pytest.mark.parametrize(
    ("path", "problem"), [("../x", OutOfBounds), ("a//b", Malformed), ("", Malformed), ("a/", Malformed)]
)
def test_refuses_what_is_no_file_here(
    reach: Reach, now: datetime, path: str, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        beside(reach, path, now)


@given(
    sort=st.sampled_from(Sort),
    direction=st.sampled_from(Direction),
    group=st.none() | st.sampled_from(list(Group)),
    kind=st.sampled_from([0, 1]),
    name=st.text(min_size=1, max_size=300).filter(lambda name: "\x00" not in name),
    size=st.integers(min_value=0, max_value=2**63 - 1),
    moment=MOMENTS,
)  # fmt: skip
def test_reads_every_cursor_it_writes(**made: object) -> None:
    order = Order(made["sort"], made["direction"])  # type: ignore[arg-type]
    name = str(made["name"])
    by_name = made["kind"] == 0 or order.sort is Sort.NAME
    moment = made["moment"].replace(tzinfo=UTC)  # type: ignore[attr-defined]
    value = folded(name) if by_name else made["size"] if order.sort is Sort.SIZE else moment
    cursor = Cursor(order, made["group"], made["kind"], value, name)  # type: ignore[arg-type]
    assert Cursor.read(cursor.text) == cursor


@given(text=st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,200}", fullmatch=True))
def test_reads_anything_as_a_cursor_or_refuses_it(text: str) -> None:
    with suppress(Malformed):
        assert (Cursor.read(text) is None) is (text == "")


def test_knows_the_order_from_its_other_end() -> None:
    assert mirrored(mirrored(BY_NAME)) == BY_NAME


def test_counts_only_where_counting_is_quick(
    reach: Reach, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNT_LIMIT", 2)
    store.put_many([f"team/{name}" for name in ("a", "b", "c")])
    found = beside(reach, "b", now)
    assert around(found) == (["a"], "b", ["c"])
    assert (found.position, found.count) == (None, None)
