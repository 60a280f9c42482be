"""Searches as clients see them: over the socket of a running product, with one lister, beside people who read pages."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks import big_store
from benchmarks.figures import Figure, quantile
from benchmarks.rig import Browser
from tests import people
from tests.boundaries.source import REPO
from tests.browser import live as product
from tests.browser import pages, stores
from tests.browser.database import committed_database
from tests.search.sockets import token_of

LATENCY = 0.1
NEEDLE = "photo"
FOLDERS, FILES = 10_100, 202_000


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
    token: str
    paths: dict[str, str]
    browser: Browser

    def search(self, bucket: str, text: str, *, batch: bool = True) -> Searched:
        return asyncio.run(self._search(bucket, {"token": self.token, "q": text, "batch": batch}))

    def web_seconds(self) -> float:
        """Processor time the web process has used so far."""
        fields = Path(f"/proc/{self.live.processes[0].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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
    with committed_database(), tempfile.TemporaryDirectory() as place, big_store.running("A", "B") as store:
        live = product.start(Path(place), overrides={"RATE_LIMIT_SEARCH": "100000/m"})
        with live.log.open("ab") as log:
            live.processes.append(
                subprocess.Popen(
                    [sys.executable, "manage.py", "lister"], cwd=REPO, env=dict(live.environ), stdout=log, stderr=log
                )
            )  # fmt: skip
        try:
            mark = people.mark()
            paths = {}
            for name in ("a", "b"):
                bucket = stores.register(title=name, name=name, endpoint=store.url, key_id="k", secret="s")
                people.assign(mark, bucket, root="")
                paths[name] = f"/api/buckets/{bucket.pk}/search"
            time.sleep(3)
            yield Stage(live, store, token_of(mark), paths, Browser(live.url, pages.sign_in(mark)))
        finally:
            live.stop()


def search_socket() -> list[Figure]:
    """W1 and W2, and the first hit of a bucket nobody knows."""
    with stage() as on:
        on.store.behave(latency=LATENCY)
        on.search("a", "not-in-here")
        cold = on.search("a", "day-042/photo-0007")
        on.store.behave()
        before = on.web_seconds()
        batched = on.search("a", NEEDLE)
        between = on.web_seconds()
        single = on.search("a", NEEDLE, batch=False)
        costs = (between - before) / batched.rows, (on.web_seconds() - between) / single.rows
        idle = _page_times(on, seconds=5)
        busy = _while_searching(on)
    quick, slow = batched.rows / batched.whole, single.rows / single.whole
    return [
        Figure(
            f"First hit over the socket, {FILES:,} keys nobody knows, S3 at 100 ms",
            f"{cold.first * 1000:.0f} ms, {cold.first / LATENCY:.1f} round trips; all after {cold.whole:.2f} s",
            "≤ 3 round trips, stretch 2",
        ),
        Figure(
            "W1: rows a second to one client, batched", f"{quick:,.0f} ({batched.rows:,} in {batched.whole:.2f} s)"
        ),
        Figure("W1: the same, one row a message", f"{slow:,.0f}; batched is {quick / slow:.1f} x"),
        Figure(
            "W1: processor time of the web process for a row, batched and by itself",
            f"{costs[0] * 1e6:.1f} µs, {costs[1] * 1e6:.1f} µs: {costs[1] / costs[0]:.0f} x",
            "≥ 10 x",
        ),
        Figure("W2: home page, p99, idle", f"{quantile(idle, 0.99) * 1000:.0f} ms ({len(idle)} pages)"),
        Figure(
            "W2: the same while 1,000,000 keys are searched",
            f"{quantile(busy, 0.99) * 1000:.0f} ms, {quantile(busy, 0.99) / quantile(idle, 0.99):.1f} x ({len(busy)} pages)",
            "≤ 2 x, stretch 1.3",
        ),
    ]  # fmt: skip


def _page_times(on: Stage, *, seconds: float) -> list[float]:
    """How long each page took that somebody asked for, one every 50 ms."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    on.browser.get("/")
    while time.perf_counter() < until:
        started = time.perf_counter()
        on.browser.get("/")
        times.append(time.perf_counter() - started)
        time.sleep(0.05)
    return times


def _while_searching(on: Stage) -> list[float]:
    over = threading.Event()

    def go_on_searching() -> None:
        while not over.is_set():
            on.search("b", "picture-00042")

    on.store.behave(latency=0.02)
    searching = threading.Thread(target=go_on_searching)
    searching.start()
    try:
        return _page_times(on, seconds=8)
    finally:
        over.set()
        searching.join()
