"""What stored listings answer of a search, and what they only remember."""

from datetime import timedelta

import pytest

from buckets.models import Bucket
from buckets.paths import Rights
from files import cache
from search import answers
from search.answers import stored
from search.matching import parse
from search.traversal import Known, Wanted
from tests import people
from tests.files.flat_pages import NOON
from tests.search.test_index import store, store_tree

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bucket() -> Bucket:
    return people.press_bucket()


def told(bucket: Bucket, *, hours: int = 0, is_level: bool = False) -> tuple[Known, list[str]]:
    """How much is answered for so many hours later, and the keys of the hits."""
    reach = bucket.reach(root="", rights=Rights())
    wanted = Wanted(reach, reach.folder(""), parse("plan"), is_level=is_level)
    known, *pieces = stored(wanted, within=60, now=NOON + timedelta(hours=hours))
    assert isinstance(known, Known)
    return known, sorted(hit.key for piece in pieces if isinstance(piece, list) for hit in piece)


def test_answers_for_everything_that_is_fresh(bucket: Bucket) -> None:
    store_tree(bucket, ["plan", "a/plan"])
    known, keys = told(bucket)
    assert (known.is_everything, keys) == (True, ["a/plan", "plan"])
    assert told(bucket, is_level=True) == (known, ["plan"])


def test_remembers_what_is_too_old_to_answer_with(bucket: Bucket) -> None:
    store_tree(bucket, ["plan", "a/plan", "b/plan"])
    store(bucket, "a/", "plan", at=NOON + timedelta(hours=1))
    known, keys = told(bucket, hours=1)
    assert (set(known.folders), set(known.levels)) == ({"a/"}, {"", "b/"})
    assert keys == ["a/plan", "b/plan", "plan"]


def test_remembers_a_bucket_of_which_nothing_is_fresh(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_tree(bucket, [f"{number}/plan" for number in range(5)])
    monkeypatch.setattr("search.index.MOST_OUTDATED", 3)
    monkeypatch.setattr(answers, "MOST_OLDER", 2)
    known, keys = told(bucket, hours=1)
    assert (known.is_elsewhere, len(keys)) == (True, 2)


def test_remembers_nothing_that_was_evicted(bucket: Bucket) -> None:
    store_tree(bucket, ["a/plan", "b/plan"])
    cache.evict_folder(bucket_id=bucket.id, path="a/")
    known, keys = told(bucket)
    assert (set(known.levels), keys) == ({"", "a/"}, ["b/plan"])
