"""Searches as clients see them: over the socket of a running product, with one lister, beside people who read pages."""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from accounts.models import User
from benchmarks import big_store, peers
from benchmarks.figures import Figure, quantile
from benchmarks.key_sets import RARE
from benchmarks.rig import Browser
from benchmarks.search import FOLDERS
from benchmarks.socket_rows import processor_seconds
from files.models import BucketIndex, Folder
from tests import people
from tests.boundaries.source import REPO
from tests.browser import live as product
from tests.browser import pages, stores
from tests.browser.database import committed_database
from tests.search.sockets import token_of

LATENCY = 0.1
TRIES = 5
ROUNDS, PAGES = 8, 60
STORED_WITHIN = 60.0


@dataclass
class Searched:
    """What one search was: seconds to the first hit and to the end, and how many hits came."""

    first: float
    whole: float
    rows: int


@dataclass
class Stage:
    live: product.Live
    store: big_store.Running
    person: User
    paths: dict[str, str]
    browser: Browser

    def search(self, bucket: str, text: str) -> Searched:
        return asyncio.run(self._search(bucket, {"token": token_of(self.person), "q": text, "batch": True}))

    @property
    def lister(self) -> int:
        return self.live.processes[-1].pid

    def most_memory(self) -> str:
        """The most memory the lister has ever held at once."""
        return f"{_most_memory(self.lister):.0f} MB"

    def storing(self) -> list[int]:
        """The processes that store for the lister at the moment."""
        found = Path(f"/proc/{self.lister}/task").glob("*/children")
        return [int(child) for children in found for child in children.read_text().split()]

    async def _search(self, bucket: str, message: dict[str, object]) -> Searched:
        first, rows = 0.0, 0
        address = f"{self.live.url}{self.paths[bucket]}"
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as line:
            started = time.perf_counter()
            await line.send_json(message)
            async for frame in line:
                kind = frame.data[9:18]
                if kind.startswith('results"'):
                    rows += frame.data.count('"resource_name"')
                elif kind.startswith('result"'):
                    rows += 1
                elif '"type": "error"' in frame.data or '"type": "complete"' in frame.data:
                    assert json.loads(frame.data)["type"] == "complete", frame.data
                first = first or (time.perf_counter() - started if rows else 0.0)
            return Searched(first, time.perf_counter() - started, rows)


@contextmanager
def stage() -> Iterator[Stage]:
    with (
        committed_database(),
        tempfile.TemporaryDirectory() as place,
        big_store.running("A", "B", "G") as store,
    ):
        # What one search stored never answers the next one.
        overrides = {"RATE_LIMIT_SEARCH": "100000/m", "LISTING_TTL": "0"}
        live = product.start(Path(place), overrides=overrides)
        with live.log.open("ab") as log:
            live.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.unhurried_lister"], cwd=REPO, env=dict(live.environ), stdout=log, stderr=log
                )
            )  # fmt: skip
        try:
            mark = people.mark()
            paths = {}
            for name in ("a", "b", "g"):
                bucket = stores.register(title=name, name=name, endpoint=store.url, key_id="k", secret="s")
                people.assign(mark, bucket, root="")
                paths[name] = f"/api/buckets/{bucket.pk}/search"
            time.sleep(3)
            yield Stage(live, store, mark, paths, Browser(live.url, pages.sign_in(mark)))
        finally:
            live.stop()


def search_socket() -> Iterator[Figure]:
    """What listing whole buckets costs where it is waited for, W2, and what the lister holds in memory."""
    with stage() as on:
        yield from _memory(on)
        yield from _whole(on)
        yield from _pages_beside(on)


def _whole(on: Stage) -> Iterator[Figure]:
    on.store.behave(latency=LATENCY)
    on.search("a", "not-in-here")
    on.store.counted()
    before = processor_seconds(on.lister)
    runs = [on.search("a", RARE) for _ in range(TRIES)]
    each = (processor_seconds(on.lister) - before) / TRIES
    requests = on.store.counted()["requests"] / TRIES
    whole, first = min(run.whole for run in runs), min(run.first for run in runs)
    walk = peers.boto3_walk(on.store.url, "a", FOLDERS)
    yield Figure(
        "S1 A over the socket: folder-by-folder walk (of 200) / ours",
        f"{walk / whole:,.0f}x ({walk:,.1f} s / {whole:.2f} s)",
        "≥ 800x; stretch ≥ 1,500x",
    )
    yield Figure(
        "S6 A over the socket: first match, in round trips",
        f"{first / LATENCY:.1f} ({first * 1000:.0f} ms)",
        "≤ 3; stretch ≤ 2",
    )
    yield Figure(
        "S7 A over the socket: requests / pages",
        f"{requests / 202:.2f} ({requests:.0f})",
        "≤ 2; stretch ≤ 1.3",
    )
    yield Figure(
        "The same, processor time of the lister, a key", f"{each / 202_000 * 1e6:.2f} µs ({each:.2f} s)"
    )
    found = min((on.search("a", "photo") for _ in range(2)), key=lambda run: run.whole)
    yield Figure(
        "A over the socket where 200,000 files match",
        f"{found.whole:.2f} s, {found.rows / found.whole:,.0f} rows/s",
    )
    yield Figure("The most the lister held until here", on.most_memory(), "≤ 200 MB")


def _memory(on: Stage) -> Iterator[Figure]:
    on.store.behave(latency=0.02)
    yield Figure("Memory of a lister that has done nothing yet", on.most_memory())
    on.search("b", RARE)
    yield Figure("The most it held while 1,000,000 keys were searched", on.most_memory(), "≤ 200 MB")
    yield from _stored_behind(on)
    on.search("g", RARE)
    until = time.monotonic() + STORED_WITHIN
    stored = Folder.objects.filter(bucket__bucket_name="g", path="", is_whole=True)
    while not stored.exists():
        assert time.monotonic() < until, "it was not stored"
        time.sleep(0.2)
    said = "The same when 40,400 more were searched and stored, about the most that are"
    yield Figure(said, on.most_memory(), "≤ 200 MB")


def _stored_behind(on: Stage) -> Iterator[Figure]:
    """Until what was searched is stored, and how pages are meanwhile."""
    started, most = time.monotonic(), 0.0
    stored = BucketIndex.objects.filter(bucket__bucket_name="b", key_count=1_000_000)
    on.browser.get("/")
    beside: list[float] = []
    while not stored.exists():
        assert time.monotonic() - started < STORED_WITHIN, "it was not stored"
        with suppress(OSError):
            most = max([most, *map(_most_memory, on.storing())])
        beside += _page_times(on, 10)
    took = time.monotonic() - started
    idle = _page_times(on, len(beside))
    yield Figure("1,000,000 keys that a search listed, stored behind it", f"{took:.1f} s")
    yield Figure("The most that the process held which stored them", f"{most:.0f} MB", "≤ 200 MB")
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        slow, quick = quantile(beside, share), quantile(idle, share)
        yield Figure(
            f"Home page while they are stored / idle, {name}",
            f"{slow / quick:.2f} x ({slow * 1000:.0f} ms / {quick * 1000:.0f} ms, {len(beside)} pages each)",
            "≤ 2 x" if name == "p99" else "",
        )


def _most_memory(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) / 1000


def _pages_beside(on: Stage) -> Iterator[Figure]:
    """In turns: what else the machine does meets both alike."""
    idle: list[float] = []
    busy: list[float] = []
    on.store.behave(latency=0.02)
    on.browser.get("/")
    for _ in range(ROUNDS):
        idle += _page_times(on)
        busy += _while_searching(on)
    for name, share, goal in (("p50", 0.5, ""), ("p99", 0.99, "≤ 2 x; stretch ≤ 1.3 x")):
        slow, quick = quantile(busy, share), quantile(idle, share)
        yield Figure(
            f"W2: home page while 1,000,000 keys are searched / idle, {name}",
            f"{slow / quick:.2f} x ({slow * 1000:.0f} ms / {quick * 1000:.0f} ms, {len(busy)} pages each)",
            goal,
        )


def _page_times(on: Stage, count: int = PAGES) -> list[float]:
    """How long each page took that somebody asked for, one after the other with a breath between."""
    times: list[float] = []
    for _ in range(count):
        started = time.perf_counter()
        on.browser.get("/")
        times.append(time.perf_counter() - started)
        time.sleep(0.02)
    return times


def _while_searching(on: Stage) -> list[float]:
    over, begun = threading.Event(), threading.Event()

    def go_on_searching() -> None:
        while not over.is_set():
            begun.set()
            on.search("b", RARE)

    searching = threading.Thread(target=go_on_searching)
    searching.start()
    begun.wait()
    time.sleep(0.2)
    try:
        return _page_times(on)
    finally:
        over.set()
        searching.join()
