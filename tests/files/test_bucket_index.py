"""Buckets as a whole: whose turn it is, and what is known once it was listed."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.models import Bucket
from buckets.s3.lister import Hint
from files import bucket_index, cache, storing
from files.bucket_index import Claim, thinned
from files.models import BucketIndex
from tests import people
from tests.files.flat_pages import NOON
from tests.files.test_storing import rows

COUNTED = {"file_count": 1, "folder_count": 1, "total_size": 1}


def due() -> list[str]:
    return [each.code for each in bucket_index.due(now=NOON)]


def test_begins_with_the_bucket_that_was_never_listed(press: Bucket) -> None:
    listed = people.press_bucket(display_name="Listed")
    BucketIndex.objects.create(bucket=listed, listed_at=NOON - timedelta(days=9), **COUNTED)
    assert due() == ["PRESS_KIT", "LISTED"]


@pytest.mark.parametrize(
    ("minutes", "facts", "is_due"),
    [
        (0, {}, False),
        (360, {"listed_at": timedelta(minutes=359)}, False),
        (360, {"listed_at": timedelta(minutes=360)}, True),
        (15, {"listed_at": timedelta(minutes=20), "took_seconds": 61}, False),
        (15, {"listed_at": timedelta(minutes=21), "took_seconds": 61}, True),
        (15, {"tried_at": timedelta(minutes=4), "problem": "No."}, False),
        (15, {"tried_at": timedelta(minutes=5), "problem": "No."}, True),
        (15, {"tried_at": timedelta(minutes=1)}, True),
        (15, {"tried_at": timedelta(minutes=119), "tried_seconds": 3600, "problem": "No."}, False),
        (15, {"tried_at": timedelta(minutes=120), "tried_seconds": 3600, "problem": "No."}, True),
    ],
)
def test_waits_its_time(press: Bucket, minutes: int, facts: dict[str, Any], is_due: bool) -> None:
    Bucket.objects.update(index_minutes=minutes)
    told = {name: NOON - value if isinstance(value, timedelta) else value for name, value in facts.items()}
    BucketIndex.objects.create(bucket=press, **told, **(COUNTED if "listed_at" in facts else {}))
    assert due() == (["PRESS_KIT"] if is_due else [])


def test_lists_each_bucket_once_and_two_at_a_time(press: Bucket) -> None:
    other = people.press_bucket(display_name="Other")
    claim = bucket_index.claim(other.id, now=NOON)
    assert claim is not None
    assert bucket_index.claim(other.id, now=NOON) is None
    assert due() == ["PRESS_KIT"]
    assert bucket_index.claim(press.id, now=NOON) is not None
    people.press_bucket(display_name="Third")
    assert due() == []
    bucket_index.release(claim)
    assert set(due()) == {"OTHER", "THIRD"}


def test_begins_with_no_bucket_that_failed_and_gives_each_its_time(press: Bucket) -> None:
    other = people.press_bucket(display_name="Other")
    BucketIndex.objects.create(bucket=press, problem="No.", tried_at=NOON - timedelta(days=1))
    long_ago = NOON - timedelta(days=9)
    BucketIndex.objects.create(bucket=other, listed_at=long_ago, took_seconds=7200, **COUNTED)
    found = bucket_index.due(now=NOON)
    assert [(each.code, each.most_seconds) for each in found] == [("OTHER", 21_600), ("PRESS_KIT", 3_600)]


def test_lets_a_claim_run_out(press: Bucket) -> None:
    lost = bucket_index.claim(press.id, now=NOON)
    BucketIndex.objects.update(claimed_at=NOON)
    claim = bucket_index.claim(press.id, now=NOON)
    assert lost is not None
    assert claim is not None
    assert not bucket_index.renew(lost, keys=1)
    bucket_index.release(lost, problem="No.")
    begun = storing.begin(bucket_id=press.id, path="", now=NOON)
    assert not noted(lost, begun)
    index = BucketIndex.objects.get()
    assert (index.claim, index.keys_so_far, index.problem, index.listed_at) == (claim.id, 0, "", None)
    assert index.claimed_at is not None
    assert bucket_index.renew(claim, keys=1)
    assert noted(claim, begun)


def claimed(bucket: Bucket) -> Claim:
    claim = bucket_index.claim(bucket.id, now=NOON)
    assert claim is not None
    return claim


def noted(claim: Claim, begun: storing.Begun, **more: Any) -> bool:
    return bucket_index.note_listed(
        claim, begun, **{"root": "", "keys": 3, "seconds": 1.0, "hints": [], **more}
    )


def test_counts_what_is_stored_below_the_root(press: Bucket) -> None:
    begun = storing.begin(bucket_id=press.id, path="", now=NOON)
    storing.store_folders(
        begun, {"": rows("x", "a/"), "a/": rows("y.png", "t-y.png", "z"), "b/": rows("gone")}
    )
    cache.store_missing(cache.begin(bucket_id=press.id, path="b/"), listed_at=NOON)
    claim = claimed(press)
    assert noted(claim, begun, hints=[Hint("z", 2), Hint("b", 1)])
    index = BucketIndex.objects.get()
    assert (index.file_count, index.folder_count, index.total_size, index.listed_at) == (3, 1, 3, NOON)
    assert bucket_index.hints_of(press.id) == [Hint("b", 1), Hint("z", 2)]
    assert noted(claim, begun, root="a/")
    assert BucketIndex.objects.get().file_count == 2


def test_notes_nothing_of_a_bucket_that_was_flushed_since(press: Bucket) -> None:
    begun = storing.begin(bucket_id=press.id, path="", now=NOON)
    cache.flush(bucket_id=press.id)
    claim = claimed(press)
    assert not noted(claim, begun)
    assert BucketIndex.objects.get().listed_at is None


def test_forgets_with_a_flush_what_was_known_of_the_whole(press: Bucket) -> None:
    begun = storing.begin(bucket_id=press.id, path="", now=NOON)
    claim = claimed(press)
    assert noted(claim, begun, hints=[Hint("z", 2)])
    cache.flush()
    index = BucketIndex.objects.get()
    assert (index.listed_at, index.file_count, index.page_ends) == (None, None, [])


@given(counts=st.lists(st.integers(1, 1000), max_size=40), most=st.integers(1, 10))
def test_thins_hints_without_losing_a_key(counts: list[int], most: int) -> None:
    hints = [Hint(f"{number:03}", count) for number, count in enumerate(counts)]
    kept = thinned(hints[::-1], most=most)
    assert len(kept) <= most
    assert sum(int(keys) for _, keys in kept) == sum(counts)
    assert [upto for upto, _ in kept] == sorted(str(upto) for upto, _ in kept)
    assert not hints or kept[-1][0] == hints[-1].upto
