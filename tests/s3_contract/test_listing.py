"""Listings are complete and exact, whatever the names, and agree with the SDK's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest
import urllib3

from buckets.paths import why_unreachable
from buckets.s3 import lister, objects
from buckets.s3.links import presign_put
from buckets.s3.lister import FolderPage
from tests.s3_contract.conftest import Place

ODD = [
    "a b.txt",
    "a+b.txt",
    "a%20b.txt",
    "100%.txt",
    "%2e%2e",
    "#?&=;:@$,!'()*~.txt",
    "\"quoted\" <tag> & 'more'.txt",
    "back\\slash",
    "ü (composed)",
    "u\u0308 (decomposed)",
    "日本語",
    "🎉👩‍👩‍👧",
    "trailing.dot.",
    " leading and trailing ",
    ".hidden",
    "...",
    "[x]{y}|z^`",
    "e" * 900,
    "\u200b\u202e",
    "tab\tand\nline",
]
CROWD = 1005


def root_page(place: Place) -> FolderPage:
    pages = list(lister.folder_pages(place.reach, place.reach.folder("")))
    assert len(pages) == 1
    return pages[0]


def all_keys(place: Place) -> list[str]:
    paginator = place.server.sdk.get_paginator("list_objects_v2")
    return [
        listed["Key"] for page in paginator.paginate(Bucket=place.name) for listed in page.get("Contents", [])
    ]


def test_shows_an_empty_bucket_as_one_empty_page(place: Place) -> None:
    assert root_page(place) == FolderPage(folders=[], files=[], last=True)


def test_shows_a_folder_that_does_not_exist_as_empty(place: Place) -> None:
    place.put("elsewhere/a")
    pages = list(lister.folder_pages(place.reach, place.reach.folder("nowhere")))
    assert pages == [FolderPage([], [], True)]


def test_says_what_s3_knows_of_a_file(place: Place) -> None:
    place.put("folder/a.txt", b"hello")
    (page,) = lister.folder_pages(place.reach, place.reach.folder("folder"))
    (file,) = page.files
    assert (file.name, file.size, file.storage_class) == ("a.txt", 5, "STANDARD")
    assert file.etag == md5(b"hello").hexdigest()
    assert file.modified_at.tzinfo is not None
    assert abs(datetime.now(UTC) - file.modified_at) < timedelta(minutes=2)


def test_shows_every_odd_name_as_it_is(place: Place) -> None:
    for name in ODD:
        place.put(f"odd/{name}")
        place.put(f"odd/{name}/inside")
    (page,) = lister.folder_pages(place.reach, place.reach.folder("odd"))
    assert sorted(file.name for file in page.files) == sorted(ODD)
    assert sorted(page.folders) == sorted(ODD)
    found = lister.keys_below(place.reach, place.reach.folder("odd"), limit=1000)
    assert [listed.key for listed in found.objects] == all_keys(place)


def test_reaches_and_deletes_every_odd_name_it_lets_people_use(place: Place) -> None:
    reachable = [name for name in ODD if why_unreachable(name) is None]
    keys = [place.reach.file(f"odd/{name}") for name in reachable]
    for key in keys:
        place.put(key.text, key.text.encode())
    assert len(keys) > 14
    assert [objects.head(place.reach, key).size for key in keys] == [len(key.text.encode()) for key in keys]
    assert [objects.get_range(place.reach, key, start=0, length=2000) for key in keys] == [
        key.text.encode() for key in keys
    ]
    assert all(outcome.deleted for outcome in objects.delete_many(place.reach, keys))
    assert all_keys(place) == []


def test_goes_into_a_folder_of_every_odd_name(place: Place) -> None:
    for name in ODD:
        if why_unreachable(name) is None:
            place.put(f"{name}/inside.txt")
            (page,) = lister.folder_pages(place.reach, place.reach.folder(name))
            assert [file.name for file in page.files] == ["inside.txt"]


def test_keeps_a_file_and_a_folder_of_one_name(place: Place) -> None:
    place.put("same")
    place.put("same/inside")
    page = root_page(place)
    assert (page.folders, [file.name for file in page.files]) == (["same"], ["same"])


def test_does_not_show_a_folders_own_marker_as_a_file(place: Place) -> None:
    place.put("folder/", b"")
    place.put("folder/a")
    assert root_page(place) == FolderPage(["folder"], [], True)
    (page,) = lister.folder_pages(place.reach, place.reach.folder("folder"))
    assert [file.name for file in page.files] == ["a"]
    found = lister.keys_below(place.reach, place.reach.folder("folder"), limit=10)
    assert [listed.key for listed in found.objects] == ["folder/", "folder/a"]


def test_shows_a_folder_that_is_only_a_marker(place: Place) -> None:
    place.put("empty/", b"")
    assert root_page(place).folders == ["empty"]
    (page,) = lister.folder_pages(place.reach, place.reach.folder("empty"))
    assert page == FolderPage([], [], True)


def test_shows_slashes_in_a_row_as_a_folder_without_a_name(place: Place) -> None:
    place.put("a//b")
    place.put("a/c")
    (page,) = lister.folder_pages(place.reach, place.reach.folder("a"))
    assert (page.folders, [file.name for file in page.files]) == ([""], ["c"])


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "a/./b"])
def test_shows_dots_as_names(place: Place, name: str) -> None:
    place.put(f"dots/{name}")
    found = lister.keys_below(place.reach, place.reach.folder("dots"), limit=10)
    assert [listed.key for listed in found.objects] == [f"dots/{name}"]


def test_takes_the_longest_key(place: Place) -> None:
    longest = place.reach.file("ü" * 512)
    place.put(longest.text)
    assert [file.name for file in root_page(place).files] == ["ü" * 512]
    assert objects.head(place.reach, longest).size == 7


def test_does_not_mix_up_folders_that_begin_alike(place: Place) -> None:
    place.put("market/a")
    place.put("marketing/b")
    place.put("Market/c")
    (page,) = lister.folder_pages(place.reach, place.reach.folder("market"))
    assert [file.name for file in page.files] == ["a"]


def test_lists_and_deletes_more_than_a_thousand(place: Place) -> None:
    names = [f"{number:05} ü+%.txt" for number in range(CROWD)]
    fill(place, [f"crowd/{name}" for name in names])
    place.put("crowd/zz/deeper")
    folder = place.reach.folder("crowd")

    pages = list(lister.folder_pages(place.reach, folder))
    assert [page.last for page in pages] == [False, True]
    assert [file.name for page in pages for file in page.files] == names
    assert [name for page in pages for name in page.folders] == ["zz"]

    assert [listed.key for listed in lister.keys_below(place.reach, folder, limit=5000).objects] == all_keys(
        place
    )
    for limit, whole in ((CROWD + 1, True), (CROWD, False), (1000, False), (999, False), (1, False)):
        below = lister.keys_below(place.reach, folder, limit=limit)
        assert (len(below.objects), below.whole) == (limit, whole)

    outcomes = objects.delete_many(place.reach, [place.reach.child(folder, name) for name in names])
    assert [outcome.key.name for outcome in outcomes] == names
    assert all(outcome.deleted for outcome in outcomes)
    assert all_keys(place) == ["crowd/zz/deeper"]


def fill(place: Place, keys: list[str]) -> None:
    """Puts an object under each key, by our own links and eight threads."""
    pool = urllib3.PoolManager(maxsize=8)
    reach = place.reach

    def put(text: str) -> int:
        key = reach.file(text)
        upload = presign_put(
            reach, key, size=1, content_type="text/plain", create_only=True, now=datetime.now(UTC)
        )
        return int(pool.request("PUT", upload.url, body=b"x", headers=upload.headers).status)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(put, keys)) == {200}
    pool.clear()
