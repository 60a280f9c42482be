"""The lister against stores that answer oddly: nothing lost, nothing foreign, no endless loop."""

import pytest

from buckets.paths import OutOfBounds, Reach
from buckets.s3 import lister
from buckets.s3.errors import S3Unavailable
from buckets.s3.listing_xml import ListedObject
from tests.buckets.s3.conftest import make_reach
from tests.buckets.s3.faulty_store import FaultyStore, listing, refusal
from tests.buckets.s3.test_listing_xml import WHEN, written


def listed(*keys: str) -> list[ListedObject]:
    return [ListedObject(key, 1, WHEN, "e", "STANDARD") for key in keys]


def pages(reach: Reach, path: str = "") -> list[lister.FolderPage]:
    return list(lister.folder_pages(reach, reach.folder(path)))


def test_asks_for_one_folder_below_the_root(store: FaultyStore, below_root: Reach) -> None:
    pages(below_root, "a b")
    assert store.requests[0].split(" ")[1] == (
        "/press-kit?delimiter=%2F&encoding-type=url&list-type=2&max-keys=1000"
        "&prefix=projects%2Fmarketing%2Fa%20b%2F"
    )


def test_names_everything_relative_to_the_folder(store: FaultyStore, below_root: Reach) -> None:
    root = "projects/marketing/"
    store.behaviours = [listing(written(listed(f"{root}a/", f"{root}a/b"), [f"{root}a/c/", f"{root}a//"]))]
    (page,) = pages(below_root, "a")
    assert ([file.name for file in page.files], page.folders) == (["b"], ["c", ""])


def test_follows_the_tokens_to_the_end(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [
        listing(written(listed("a"), token="1/+=&")),
        listing(written(listed("b"), token="2")),
        listing(written(listed("c"))),
    ]
    found = pages(reach)
    assert [[file.name for file in page.files] for page in found] == [["a"], ["b"], ["c"]]
    assert [page.last for page in found] == [False, False, True]
    assert "continuation-token=1%2F%2B%3D%26&" in store.requests[1]


def test_asks_for_a_page_only_when_it_is_wanted(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [listing(written(listed("a"), token="1"))]
    next(lister.folder_pages(reach, reach.folder("")))
    assert len(store.requests) == 1


def test_keeps_an_empty_page_in_the_middle(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [listing(written([], token="1")), listing(written(listed("a")))]
    assert [len(page.files) for page in pages(reach)] == [0, 1]


def test_stops_where_a_store_goes_in_circles(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [listing(written(listed("a"), token="1"))]
    with pytest.raises(S3Unavailable):
        pages(reach)
    assert len(store.requests) == 2


def test_never_ends_early_without_saying_so(store: FaultyStore, reach: Reach) -> None:
    body = written(listed("a"), token="1").replace(b"<NextContinuationToken>1</NextContinuationToken>", b"")
    store.behaviours = [listing(body)]
    with pytest.raises(S3Unavailable):
        pages(reach)


def test_fails_between_two_pages_rather_than_end(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [listing(written(listed("a"), token="1")), refusal(503, "SlowDown")]
    found = lister.folder_pages(reach, reach.folder(""))
    next(found)
    with pytest.raises(S3Unavailable):
        next(found)


@pytest.mark.parametrize(
    "body",
    [
        written(listed("projects/marketing-secret/a")),
        written(listed("projects/marketing/b", "other")),
        written([], ["projects/"]),
        written([], ["projects/marketing/x/", ""]),
    ],
)
def test_shows_nothing_from_outside_the_folder(store: FaultyStore, below_root: Reach, body: bytes) -> None:
    store.behaviours = [listing(body)]
    with pytest.raises(S3Unavailable):
        pages(below_root)
    with pytest.raises(S3Unavailable):
        lister.keys_below(below_root, below_root.folder(""), limit=10)


def test_refuses_a_folder_of_another_reach(store: FaultyStore, reach: Reach) -> None:
    other = make_reach(store.url)
    with pytest.raises(OutOfBounds):
        list(lister.folder_pages(reach, other.folder("")))
    with pytest.raises(OutOfBounds):
        lister.keys_below(reach, other.folder(""), limit=1)
    assert store.requests == []


@pytest.mark.parametrize(
    ("limit", "asked"), [(0, 1), (1, 2), (500, 501), (999, 1000), (1000, 1000), (99999, 1000)]
)
def test_asks_for_no_more_keys_than_it_needs(
    store: FaultyStore, reach: Reach, limit: int, asked: int
) -> None:
    lister.keys_below(reach, reach.folder("a"), limit=limit)
    assert f"max-keys={asked}&" in store.requests[0]
    assert "delimiter" not in store.requests[0]


@pytest.mark.parametrize(
    ("limit", "keys", "whole"), [(3, 3, True), (2, 2, False), (0, 0, False), (4, 3, True)]
)
def test_says_whether_that_was_all(
    store: FaultyStore, reach: Reach, limit: int, keys: int, whole: bool
) -> None:
    store.behaviours = [listing(written(listed("a", "b/", "b/c")))]
    found = lister.keys_below(reach, reach.folder(""), limit=limit)
    assert (len(found.objects), found.whole) == (keys, whole)
