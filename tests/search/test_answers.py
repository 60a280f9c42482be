"""What stored listings answer of a search, and what they only remember."""

from datetime import timedelta

import pytest

from buckets.models import Bucket
from buckets.paths import Rights
from files import cache
from search import known as known_of_folders
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
    pieces = list(stored(wanted, within=60, now=NOON + timedelta(hours=hours)))
    (known,) = (piece for piece in pieces if isinstance(piece, Known))
    return known, sorted(hit.key for piece in pieces if isinstance(piece, list) for hit in piece)


def test_answers_for_everything_that_is_fresh(bucket: Bucket) -> None:
    store_tree(bucket, ["plan", "a/plan"])
    known, keys = told(bucket)
    assert (known.is_everything, keys) == (True, ["a/plan", "plan"])
    assert told(bucket, is_level=True) == (known, ["plan"])


def test_tells_nothing_that_may_be_gone(bucket: Bucket) -> None:
    store_tree(bucket, ["plan", "a/plan", "b/plan"])
    store(bucket, "a/", "plan", at=NOON + timedelta(hours=1))
    known, keys = told(bucket, hours=1)
    assert (set(known.folders), set(known.levels)) == ({"a/"}, {"", "b/"})
    assert keys == ["a/plan"]


def test_has_everything_listed_where_much_is_outdated(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_tree(bucket, [f"{number}/plan" for number in range(5)])
    store(bucket, "4/", "plan", at=NOON + timedelta(hours=1))
    monkeypatch.setattr("search.known.MOST_OUTDATED", 3)
    known, keys = told(bucket, hours=1)
    assert (known.is_elsewhere, set(known.folders), keys) == (True, {"4/"}, ["4/plan"])


def test_tells_nothing_that_was_evicted(bucket: Bucket) -> None:
    store_tree(bucket, ["a/plan", "b/plan"])
    cache.evict_folder(bucket_id=bucket.id, path="a/")
    known, keys = told(bucket)
    assert (set(known.levels), keys) == ({"", "a/"}, ["b/plan"])


def test_tells_the_first_hits_before_it_looks_through_the_folders(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_tree(bucket, [f"a/plan {number}" for number in range(30)])
    reach = bucket.reach(root="", rights=Rights())
    asked: list[str] = []
    for name in ("is_everything_known", "known"):
        ask = getattr(known_of_folders, name)
        monkeypatch.setattr(
            known_of_folders,
            name,
            lambda *args, name=name, ask=ask, **more: asked.append(name) or ask(*args, **more),
        )
    answers = stored(Wanted(reach, reach.folder(""), parse("plan")), within=60, now=NOON)
    assert len(next(answers)) == 20  # type: ignore[arg-type]
    assert asked == []
    assert next(answers) == Known(is_elsewhere=False)
    assert asked == ["is_everything_known"]
    assert [len(piece) for piece in answers] == [10]  # type: ignore[arg-type]
