"""Listings over real sockets: exact under delays, faults and SlowDown, bounded in memory, gone at once when closed."""

import asyncio
import importlib
import ssl
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from benchmarks.fake_s3 import FakeS3
from benchmarks.key_sets import odd
from buckets.paths import OutOfBounds, Reach
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.errors import (
    NotAStore,
    PrivateAddress,
    S3AccessDenied,
    S3Error,
    S3Unavailable,
    Untrusted,
)
from buckets.s3.lister import RequestBudget, Tally, WholeFolders, listing
from buckets.s3.lister import listing as room
from buckets.s3.translation import BROKEN_OFF, NO_AGREEMENT, NO_HTTP, NO_TLS, TIMEOUT
from tests.buckets.s3.certificates import self_signed, unspeakable
from tests.buckets.s3.conftest import make_reach
from tests.buckets.s3.faulty_store import (
    Behaviour,
    FaultyStore,
    PlainSpeaker,
    answer,
    cut,
    garbage,
    reset,
    stall,
)

ODD = odd()
NUMBERED = [f"a/{number:05d}.jpg" for number in range(6000)] + [f"b/{number}/x" for number in range(1, 9)]
T = TypeVar("T")


def run(acts: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(acts)


async def keys_of(
    reach: Reach, path: str = "", *, budget: RequestBudget | None = None, tally: Tally | None = None
) -> list[str]:
    found: list[str] = []
    async with AsyncTransport() as transport:
        pages = listing(
            reach, reach.folder(path), transport=transport, budget=budget or RequestBudget(), tally=tally
        )
        async with aclosing(pages):
            async for page in pages:
                found += [listed.key for listed in page.objects]
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the usual patience."""
    monkeypatch.setattr(room_module(), "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(room_module(), "PATIENCE", 0.3)
    monkeypatch.setattr(room_module(), "FAULT_SECONDS", 0.8)


def room_module() -> Any:
    assert room is listing
    return importlib.import_module("buckets.s3.lister.listing")


def test_lists_every_odd_name_once_under_jitter_and_slow_down(quick: None) -> None:
    fake = FakeS3(
        {"press-kit": ODD},
        latency=0.004,
        jitter=0.02,
        faults=["", "", "slow_down", "reset", "slow_down", "broken"],
    )
    tally = Tally()
    with fake.running() as url:
        found = run(keys_of(make_reach(url), tally=tally))
    assert sorted(found) == ODD
    assert tally.keys == len(ODD)
    assert tally.retries >= 3


def test_lists_a_store_that_serves_one_request_at_a_time(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 requests would wait for each other longer than any is waited for."""
    waits = importlib.import_module("buckets.s3.lister.waits")
    for name in ("_LONGEST", "_COMFORTABLE", "_UNHURT"):
        monkeypatch.setattr(waits, name, getattr(waits, name) * 0.06)
    monkeypatch.setattr(room_module(), "FAULT_SECONDS", 0.5)
    keys = [f"{number // 500:02d}/{number:06d}" for number in range(25_000)]
    fake, tally = FakeS3({"press-kit": keys}, latency=0.025, hands=1), Tally()
    with fake.running() as url:
        assert sorted(run(keys_of(make_reach(url), tally=tally))) == keys
    assert tally.requests < 60
    assert 1 < fake.most_in_flight <= 32


def test_tries_again_what_is_lost_while_the_store_answers_others(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patience is lost with a store, not with a request: this one is answered long after its own seconds."""
    monkeypatch.setattr(room_module(), "PATIENCE", 0.1)
    monkeypatch.setattr(room_module(), "FAULT_SECONDS", 0.25)
    fake = FakeS3({"press-kit": NUMBERED})

    async def acts(reach: Reach) -> list[str]:
        budget = RequestBudget(at_once=2)

        async def others() -> None:
            while True:
                async with budget.turn():
                    await asyncio.sleep(0.01)

        fake.faults = ["stall"] * 6
        beside = asyncio.create_task(others())
        try:
            return await keys_of(reach, budget=budget)
        finally:
            beside.cancel()

    with fake.running() as url:
        assert sorted(run(acts(make_reach(url)))) == NUMBERED


def test_stays_within_the_budget_that_two_listings_share() -> None:
    fake = FakeS3({"press-kit": NUMBERED}, latency=0.01)
    budget = RequestBudget(at_once=5)

    async def both(reach: Reach) -> list[list[str]]:
        return await asyncio.gather(keys_of(reach, budget=budget), keys_of(reach, "a", budget=budget))

    with fake.running() as url:
        whole, part = run(both(make_reach(url)))
    assert sorted(whole) == NUMBERED
    assert sorted(part) == NUMBERED[:6000]
    assert 1 < fake.most_in_flight <= 5


def test_asks_only_below_its_folder_and_the_root() -> None:
    fake = FakeS3({"press-kit": sorted(["projects/a/x", "projects/a/y/z", "projects/ab", "secret"])})
    with fake.running() as url:
        reach = make_reach(url, root="projects/")
        assert run(keys_of(reach, "a")) == ["projects/a/x", "projects/a/y/z"]
        with pytest.raises(OutOfBounds):
            run(keys_of_foreign(reach, make_reach(url)))


async def keys_of_foreign(reach: Reach, other: Reach) -> None:
    async with AsyncTransport() as transport:
        await anext(listing(reach, other.folder(""), transport=transport, budget=RequestBudget()))


def test_lists_one_folder_with_its_folders() -> None:
    names = sorted([*(f"big/{number:05d}" for number in range(3500)), "big/sub/x", "big/sub/y", "big/zz/x"])

    async def entries(reach: Reach) -> tuple[list[str], list[str]]:
        files, folders = [], []
        async with AsyncTransport() as transport:
            async for page in listing(
                reach, reach.folder("big"), transport=transport, budget=RequestBudget(), delimiter="/"
            ):
                files += [listed.key for listed in page.objects]
                folders += page.prefixes
        return files, folders

    with FakeS3({"press-kit": names}, latency=0.01).running() as url:
        files, folders = run(entries(make_reach(url)))
    assert sorted(files) == names[:3500]
    assert sorted(folders) == ["big/sub/", "big/zz/"]


def test_asks_no_more_while_nobody_takes_pages() -> None:
    fake = FakeS3({"press-kit": NUMBERED * 1}, latency=0.005)

    async def one_page(reach: Reach) -> int:
        async with AsyncTransport() as transport:
            pages = listing(reach, reach.folder(""), transport=transport, budget=RequestBudget(at_once=2))
            async with aclosing(pages):
                await anext(pages)
                await asyncio.sleep(0.15)
                return fake.requests["list"]

    with fake.running() as url:
        assert run(one_page(make_reach(url))) <= 4


def test_ends_all_requests_when_it_is_closed() -> None:
    fake = FakeS3({"press-kit": NUMBERED}, latency=0.02)

    async def closed(reach: Reach) -> float:
        async with AsyncTransport() as transport:
            pages = listing(reach, reach.folder(""), transport=transport, budget=RequestBudget())
            await anext(pages)
            fake.latency = 30.0
            waiting = asyncio.ensure_future(_drain(pages))
            await asyncio.sleep(0.2)
            started = time.monotonic()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert len(asyncio.all_tasks()) == 1
            return time.monotonic() - started

    with fake.running() as url:
        assert run(closed(make_reach(url))) < 2


async def _drain(pages: Any) -> None:
    async with aclosing(pages):
        async for _ in pages:
            pass


@pytest.mark.parametrize("fault", [stall, cut()], ids=["stall", "cut"])
def test_gives_up_with_one_of_our_errors(quick: None, store: FaultyStore, reach: Reach, fault: Any) -> None:
    store.behaviours = [fault]
    with pytest.raises(S3Unavailable):
        run(keys_of(reach))
    assert len(store.requests) > 2


def test_says_what_the_key_may_not_do() -> None:
    with FakeS3({"press-kit": []}, denied={"s3:ListBucket"}).running() as url, pytest.raises(S3AccessDenied):
        run(keys_of(make_reach(url)))


@pytest.mark.parametrize(
    "behaviour",
    [answer(status, "<html>no store</html>" * 10_000) for status in (302, 403, 404)]
    + [answer(200, "<html>a login page</html>")],
)
def test_takes_no_web_page_for_a_store(store: FaultyStore, reach: Reach, behaviour: Behaviour) -> None:
    store.behaviours = [behaviour]
    with pytest.raises(NotAStore):
        run(keys_of(reach))


@pytest.mark.parametrize(("fault", "code"), [(garbage, NO_HTTP), (reset, BROKEN_OFF), (stall, TIMEOUT)])
def test_says_in_our_own_words_how_it_failed(
    quick: None, store: FaultyStore, reach: Reach, fault: Behaviour, code: str
) -> None:
    store.behaviours = [fault]
    with pytest.raises(S3Unavailable) as failed:
        run(keys_of(reach))
    assert failed.value.code == code


@pytest.mark.parametrize(("context", "code"), [(self_signed, "TLS"), (unspeakable, NO_AGREEMENT)])
def test_says_why_it_can_not_encrypt(
    tmp_path: Path, context: Callable[[Path], ssl.SSLContext], code: str
) -> None:
    with FaultyStore(tls=context(tmp_path)) as store, pytest.raises(Untrusted) as refused:
        run(keys_of(make_reach(store.url)))
    assert refused.value.code == code


def test_says_when_no_tls_is_spoken() -> None:
    with PlainSpeaker([answer(400, "<html>plain</html>")]) as plain, pytest.raises(Untrusted) as refused:
        run(keys_of(make_reach(plain.url)))
    assert refused.value.code == NO_TLS


def test_follows_no_redirect(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [answer(307, location="http://127.0.0.1:1/")]
    with pytest.raises(S3Error):
        run(keys_of(reach))
    assert all("/press-kit" in request for request in store.requests)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254"])
def test_goes_to_no_private_address(settings: Any, host: str) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS, settings.S3_ENDPOINT_URL = False, ""
    with pytest.raises(PrivateAddress):
        run(keys_of(make_reach(f"http://{host}:9")))


def test_puts_folders_together_and_none_twice() -> None:
    keys = sorted(
        ["a/", "a/x", "a/b/y", "a/b/z", "c", "d//e", *(f"f/{number:04d}" for number in range(2500))]
    )

    async def folders(reach: Reach) -> dict[str, tuple[set[str], int, bool]]:
        whole, found = WholeFolders(""), {}
        async with AsyncTransport() as transport:
            async for page in listing(reach, reach.folder(""), transport=transport, budget=RequestBudget()):
                for folder in whole.add(page):
                    assert folder.key not in found
                    found[folder.key] = (folder.folders, len(folder.files), folder.has_marker)
        return found

    with FakeS3({"press-kit": keys}, latency=0.01, jitter=0.01).running() as url:
        assert run(folders(make_reach(url))) == {
            "": ({"a", "d", "f"}, 1, False),
            "a/": ({"b"}, 1, True),
            "a/b/": (set(), 2, False),
            "d/": ({""}, 0, False),
            "d//": (set(), 1, False),
            "f/": (set(), 2500, False),
        }
