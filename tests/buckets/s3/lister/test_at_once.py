"""One folder by many requests at once: what page after page would tell, whatever the storage does meanwhile."""

from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from socket import socket
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.fake_s3 import FakeS3
from benchmarks.key_sets import flat, odd
from buckets.paths import OutOfBounds, Reach
from buckets.s3.errors import S3AccessDenied, S3Unavailable
from buckets.s3.lister import Beginning, ListedFile, at_once, folder_entries, folder_pages, ranges, shares
from buckets.s3.lister.listing import NO_END, NO_ORDER
from tests.buckets.s3.conftest import make_reach
from tests.buckets.s3.faulty_store import FaultyStore, answer

BIG = sorted([*flat(4_000, prefix="big/"), *(f"big/sub{number:04d}/x" for number in range(2_500)), "big/"])
ODD = sorted(odd(), key=str.encode)
ENDLESS = (
    "<ListBucketResult><KeyCount>0</KeyCount><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
    "<NextContinuationToken>{}</NextContinuationToken></ListBucketResult>"
)
Told = tuple[list[str], list[ListedFile]]


@pytest.fixture(autouse=True)
def _boxes(settings: Any) -> None:
    settings.SEARCH_BOXES = f"mediabridge:test:{uuid4().hex}:"


@pytest.fixture(scope="module")
def fake() -> Iterator[tuple[FakeS3, str]]:
    made = FakeS3({"press-kit": BIG, "odd": ODD})
    with made.running() as url:
        yield made, url


@pytest.fixture
def big(fake: tuple[FakeS3, str]) -> Iterator[tuple[FakeS3, Reach]]:
    """A store that takes 10 ms to answer, with a folder of 4,000 files and 2,500 folders, and its marker."""
    made, url = fake
    made.requests.clear()
    made.latency, made.most_in_flight = 0.01, 0
    yield made, make_reach(url)
    made.latency, made.jitter, made.faults, made.denied = 0.0, 0.0, [], set()


def told(reach: Reach, path: str = "big", **more: Any) -> Told:
    folders: list[str] = []
    files: list[ListedFile] = []
    for found in folder_entries(reach, reach.folder(path), **more):
        folders += found.folders
        files += found.files
    return sorted(folders), sorted(files)


def page_after_page(reach: Reach, path: str = "big") -> Told:
    pages = list(folder_pages(reach, reach.folder(path)))
    return (
        sorted(name for page in pages for name in page.folders),
        sorted(file for page in pages for file in page.files),
    )


def test_tells_what_page_after_page_tells(big: tuple[FakeS3, Reach]) -> None:
    fake, reach = big
    found = told(reach)
    assert (len(found[0]), len(found[1])) == (2_500, 4_000)
    assert fake.requests["list"] <= 2 * 7 + 3  # of those under way some learn only then that all is there
    assert fake.most_in_flight > 1
    assert found == page_after_page(reach)


def test_tells_odd_names_once_through_jitter_and_slow_down(
    big: tuple[FakeS3, Reach], fake: tuple[FakeS3, str]
) -> None:
    reach = make_reach(fake[1], name="odd")
    expected = page_after_page(reach, "")
    big[0].jitter, big[0].faults = 0.02, ["", "slow_down", "reset", "", "broken"]
    assert told(reach, "") == expected


def test_begins_behind_what_is_known(big: tuple[FakeS3, Reach]) -> None:
    fake, reach = big
    whole = page_after_page(reach)
    known = [file for file in whole[1] if file.name <= whole[1][999].name]
    asked = fake.requests["list"]
    found = told(
        reach, beginning=Beginning(f"big/{known[-1].name}", [f"big/{one.name}" for one in known[::60]])
    )
    assert found == (whole[0], whole[1][1000:])
    assert fake.requests["list"] - asked <= 2 * 6 + 3


def test_lists_nothing_of_an_empty_folder(big: tuple[FakeS3, Reach]) -> None:
    assert told(big[1], "nowhere") == ([], [])


def test_leaves_nothing_under_way_when_nobody_wants_more(big: tuple[FakeS3, Reach]) -> None:
    fake, reach = big
    with closing(folder_entries(reach, reach.folder("big"))) as pieces:
        next(pieces)
        fake.latency = 30.0
    fake.latency = 0.0
    assert not shares._redis().zcard(shares.sharers_key("mediabridge:test:", str(reach.bucket_id)))
    assert told(reach)[1]


def test_shares_the_bucket_with_who_lists_it_already(big: tuple[FakeS3, Reach]) -> None:
    fake, reach = big
    with shares.Share(reach.connection), shares.Share(reach.connection):
        for number, _ in enumerate(folder_entries(reach, reach.folder("big"))):
            if not number:
                assert shares._redis().zcard(shares.Share(reach.connection)._key) == 3
    assert fake.most_in_flight <= 64 // 3


def test_says_what_the_storage_refuses_in_the_middle(big: tuple[FakeS3, Reach]) -> None:
    fake, reach = big
    pieces = folder_entries(reach, reach.folder("big"))
    next(pieces)
    fake.denied = {"s3:ListBucket"}
    with pytest.raises(S3AccessDenied):
        list(pieces)


def test_gives_up_on_a_storage_that_breaks_down_in_the_middle(
    store: FaultyStore, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("buckets.s3.lister.listing"), "FAULT_SECONDS", 0.3)
    store.behaviours = [answer(500)]
    with pytest.raises(S3Unavailable):
        told(reach, "")
    with pytest.raises(S3Unavailable):
        told(make_reach("http://127.0.0.1:9"), "")


def test_gives_up_on_a_storage_that_always_says_there_is_more(
    store: FaultyStore, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page after page it would be followed for ever."""
    monkeypatch.setattr(ranges, "MOST_EMPTY", 5)

    def more(client: socket, store: FaultyStore) -> None:
        answer(200, ENDLESS.format(len(store.requests)))(client, store)

    store.behaviours = [more]
    with pytest.raises(S3Unavailable) as refused:
        told(reach, "")
    assert refused.value.code == NO_END
    assert len(store.requests) < 20


def test_follows_a_storage_without_order_page_after_page(
    big: tuple[FakeS3, Reach], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can't be divided, and nothing of it is lost."""
    _, reach = big
    monkeypatch.setattr(at_once, "_pages", _out_of_order)
    assert told(reach) == page_after_page(reach)


async def _out_of_order(*_: Any) -> Any:
    for page in list[Any]():
        yield page
    raise S3Unavailable("No order.", code=NO_ORDER)


def test_asks_only_below_its_root(big: tuple[FakeS3, Reach], fake: tuple[FakeS3, str]) -> None:
    with pytest.raises(OutOfBounds):
        list(folder_entries(make_reach(fake[1], root="big/sub0001/"), big[1].folder("big")))
