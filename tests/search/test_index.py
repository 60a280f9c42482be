"""What is stored is found, and only that which may be."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from unicodedata import normalize
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from buckets.models import Bucket
from buckets.paths import OutOfBounds, Reach, Rights
from buckets.s3.lister import ListedFile
from files import cache
from files.rows import rows_of
from search.hits import FILE, Hit
from search.index import find
from search.matching import FEWEST, Filters, parse
from tests import people

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SEGMENT = st.text(alphabet="abAt- %_\\éE\u0301ß", min_size=1, max_size=5).filter(
    lambda name: name == name.strip()
)
TREES = st.lists(st.lists(SEGMENT, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)
NEEDLES = st.text(alphabet="abA- %_\\/éE\u0301ß", min_size=3, max_size=6).filter(
    lambda typed: len(normalize("NFC", typed.strip())) >= FEWEST
)


def reach(bucket: Bucket, root: str = "") -> Reach:
    return bucket.reach(root=root, rights=Rights())


def store(
    bucket: Bucket,
    folder: str,
    *names: str,
    at: datetime = NOON,
    size: int = 1,
    storage_class: str = "STANDARD",
) -> None:
    """Stores `folder` whole, names ending in a slash being folders."""
    files = [ListedFile(name, size, NOON, "e", storage_class) for name in names if not name.endswith("/")]
    folders = [name.removesuffix("/") for name in names if name.endswith("/")]
    cache.store_folder(cache.begin(bucket_id=bucket.id, path=folder), rows_of(folders, files), listed_at=at)


def store_tree(bucket: Bucket, keys: Iterable[str]) -> dict[str, set[str]]:
    """Stores every folder of the tree that has these files; what lies in each."""
    tree: dict[str, set[str]] = {"": set()}
    for key in keys:
        here = ""
        *above, name = key.split("/")
        for part in above:
            tree.setdefault(here, set()).add(f"{part}/")
            here += f"{part}/"
        tree.setdefault(here, set()).add(name)
    for folder, names in tree.items():
        store(bucket, folder, *names)
    return tree


def found(bucket: Bucket, typed: str, *, root: str = "", **more: object) -> list[str]:
    return sorted(hit.key for hit in find(reach(bucket, root), parse(typed), **more))  # type: ignore[arg-type]


def is_thumbnail(name: str, names: set[str]) -> bool:
    return name.startswith("t-") and name[2:] in names and bool(name[2:])


class TestAgainstTheDefinition(TestCase):  # type: ignore[misc]
    """What the database finds is what `search.matching` says matches, whatever the tree, the needle and the root."""

    @settings(max_examples=60, deadline=None)
    @given(keys=TREES, typed=NEEDLES, data=st.data())
    def test_agrees_with_the_matcher(self, keys: list[str], typed: str, data: st.DataObject) -> None:
        bucket = people.press_bucket(id=uuid4())
        tree = store_tree(bucket, keys)
        root = data.draw(st.sampled_from(sorted(tree)))
        below = data.draw(st.sampled_from(sorted(folder for folder in tree if folder.startswith(root))))
        level = data.draw(st.booleans())
        query = parse(typed)
        into = reach(bucket, root)
        expected = set()
        for folder, names in tree.items():
            if folder != below if level else not folder.startswith(below):
                continue
            for name in names:
                match = query.hits_folder if name.endswith("/") else query.hits_file
                if match(folder[len(root) :], name.removesuffix("/")) and not is_thumbnail(name, names):
                    expected.add(folder + name)
        hits = [hit.key for hit in find(into, query, below=into.folder(below[len(root) :]), level=level)]
        assert sorted(hits) == sorted(expected)


def test_tells_of_a_hit_what_is_listed_of_it(press: Bucket) -> None:
    store(press, "a/", "Plan.png", size=7, storage_class="GLACIER")
    assert list(find(reach(press), parse("plan"))) == [
        Hit(FILE, "a/", "Plan.png", 7, NOON, "GLACIER", "image")
    ]


def test_finds_nothing_of_another_bucket(press: Bucket) -> None:
    other = people.press_bucket()
    store(other, "", "plan")
    assert found(press, "plan") == []
    assert found(other, "plan") == ["plan"]


def test_finds_nothing_in_what_is_not_whole_evicted_or_gone(press: Bucket) -> None:
    for folder in ("evicted/", "gone/", "known/"):
        store(press, folder, "plan")
    cache.evict_folder(bucket_id=press.id, path="evicted/")
    cache.store_missing(cache.begin(bucket_id=press.id, path="gone/"), listed_at=NOON)
    first = cache.begin(bucket_id=press.id, path="begun/")
    cache.store_first_page(first, rows_of([], [ListedFile("plan", 1, NOON, "e", "STANDARD")]), listed_at=NOON)
    assert found(press, "plan") == ["known/plan"]


def test_finds_names_that_hold_every_word(press: Bucket) -> None:
    store(
        press, "golden/", "Golden-Dolomites.jpg", "dolomites 100%_golden.jpg", "dolomites.jpg", "golden.jpg"
    )
    assert found(press, "dolomites golden") == [
        "golden/Golden-Dolomites.jpg", "golden/dolomites 100%_golden.jpg"
    ]  # fmt: skip
    assert found(press, "golden %_ dolomites") == ["golden/dolomites 100%_golden.jpg"]
    assert found(press, "dolomites hour") == []


def test_lets_nothing_above_the_root_help_to_match(press: Bucket) -> None:
    store(press, "team/secret/", "plan")
    assert found(press, "secret/plan") == ["team/secret/plan"]
    assert found(press, "secret/plan", root="team/secret/") == []
    assert found(press, "/plan", root="team/secret/") == ["team/secret/plan"]


@pytest.mark.parametrize("path", ["other/", "teams/"])
def test_refuses_a_folder_of_another_reach(press: Bucket, path: str) -> None:
    stranger = reach(press, "").folder(path)
    with pytest.raises(OutOfBounds):
        list(find(reach(press, "team/"), parse("plan"), below=stranger))


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(), ["plan.png", "plan.txt", "plans/"]),
        (Filters(groups=frozenset({"image"})), ["plan.png"]),
        (Filters(groups=frozenset({"image", "folder"})), ["plan.png", "plans/"]),
        (Filters(groups=frozenset({"folder"})), ["plans/"]),
        (Filters(smallest=5), []),
        (Filters(biggest=4, storage_classes=frozenset({"STANDARD"})), ["plan.png", "plan.txt"]),
        (Filters(since=NOON, until=NOON), ["plan.png", "plan.txt"]),
        (Filters(until=NOON - timedelta(seconds=1)), []),
        (Filters(storage_classes=frozenset({"GLACIER"})), []),
    ],
)
def test_filters(press: Bucket, filters: Filters, names: list[str]) -> None:
    store(press, "", "plan.png", "plan.txt", "plans/")
    assert found(press, "plan", filters=filters) == names


def test_gives_more_than_one_portion_and_ends_its_transaction_when_left(press: Bucket) -> None:
    store(press, "", *(f"plan {number}" for number in range(300)))
    assert len(found(press, "plan")) == 300
    hits = find(reach(press), parse("plan"))
    next(hits)
    depth = len(connection.savepoint_ids)
    hits.close()  # type: ignore[attr-defined]
    assert len(connection.savepoint_ids) == depth - 1
    with transaction.atomic():
        assert len(found(press, "plan")) == 300


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(since=NOON - timedelta(days=1)), ["new/plan"]),
        (Filters(since=NOON + timedelta(seconds=1)), []),
        (Filters(until=NOON), ["new/plan"]),
    ],
)
def test_takes_the_age_of_files_for_no_age_of_folders(
    press: Bucket, filters: Filters, names: list[str]
) -> None:
    store(press, "new/", "plan", at=NOON + timedelta(days=2))
    store(press, "old/", "plan", at=NOON)
    assert found(press, "plan", filters=filters, since=NOON + timedelta(days=1)) == names


def test_speaks_of_fresh_folders_alone_where_asked_to(press: Bucket) -> None:
    store_tree(press, ["old/plan", "new/plan"])
    store(press, "old/", "plan", at=NOON - timedelta(seconds=61))
    since = NOON - timedelta(seconds=60)
    assert found(press, "plan", since=since) == ["new/plan"]
    assert found(press, "plan") == ["new/plan", "old/plan"]
