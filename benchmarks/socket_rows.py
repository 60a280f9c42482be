"""W1: hits on their way through a socket, a hundred to a message and one by one, where finding them costs nothing."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.figures import Figure
from tests import people
from tests.boundaries.source import REPO
from tests.browser import live as product
from tests.browser.database import committed_database
from tests.permissions.cast import bucket_in
from tests.search.sockets import token_of

ROUNDS = 5
STARTS_WITHIN = 30.0
OURS = "mediabridge.asgi:application"


@dataclass(frozen=True)
class Way:
    """What one way of sending cost, a row: seconds on the client's clock, and of the web process's processor."""

    wall: float
    processor: float

    @property
    def said(self) -> str:
        return f"{1 / self.wall:,.0f} rows/s; {self.processor * 1e6:.2f} µs of processor a row"


@dataclass
class Stage:
    """A web process whose searches find at once, and somebody who may search."""

    live: product.Live
    path: str
    message: dict[str, object]

    def read(self, path: str, message: dict[str, object]) -> Way:
        """One search, read to its end by an ordinary client."""
        before = processor_seconds(self.live.processes[0].pid)
        rows, wall = asyncio.run(self._read(path, message))
        return Way(wall / rows, (processor_seconds(self.live.processes[0].pid) - before) / rows)

    def await_answers(self) -> None:
        """Until then there is no lister that takes a search."""
        until = time.monotonic() + STARTS_WITHIN
        while not asyncio.run(self._read(self.path, {**self.message, "batch": True}))[0]:
            assert time.monotonic() < until, self.live.log.read_text()[-2000:]

    def best_of(self, **ways: tuple[str, dict[str, object]]) -> dict[str, Way]:
        """The best of some rounds of each way, one after the other in turn."""
        tries = [{name: self.read(*way) for name, way in ways.items()} for _ in range(ROUNDS)]
        return {
            name: Way(min(each[name].wall for each in tries), min(each[name].processor for each in tries))
            for name in ways
        }

    async def _read(self, path: str, message: dict[str, object]) -> tuple[int, float]:
        rows = 0
        address = f"{self.live.url}{path}"
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as line:
            started = time.perf_counter()
            await line.send_json(message)
            async for frame in line:
                rows += frame.data.count('"resource_name"')
            return rows, time.perf_counter() - started


def processor_seconds(process: int) -> float:
    """Processor time a process has used so far, by the system's nanoseconds."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def stage(application: str) -> Iterator[Stage]:
    """With the product's own application it takes searches to a lister, whose finding costs nothing."""
    with committed_database(), tempfile.TemporaryDirectory() as place:
        settings = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.product_settings",
            "RATE_LIMIT_SEARCH": "100000/m",
        }
        live = product.start(Path(place), overrides=settings, only_web=True, application=application)
        if application == OURS:
            lister = [sys.executable, "-m", "benchmarks.replaying"]
            live.processes.append(subprocess.Popen(lister, cwd=REPO, env=dict(live.environ)))
        try:
            mark = people.mark()
            bucket = bucket_in("http://127.0.0.1:9")
            people.assign(mark, bucket, root="")
            made = Stage(live, f"/api/buckets/{bucket.pk}/search", {"token": token_of(mark), "q": "photo"})
            made.await_answers()
            yield made
        finally:
            live.stop()


def search_rows() -> Iterator[Figure]:
    """W1 with rows that are ready: what the socket itself takes."""
    with stage("benchmarks.replaying:application") as on:
        best = on.best_of(
            batched=(on.path, {**on.message, "batch": True}),
            single=(on.path, on.message),
            plain=("/plain", {}),
        )
    batched, single, plain = best["batched"], best["single"], best["plain"]
    yield Figure("W1: hits that are ready, a hundred to a message", batched.said)
    yield Figure("W1: the same, one to a message", single.said)
    yield Figure("W1: the same by Channels' own send_json", plain.said)
    yield Figure(
        "W1: rows a second, batched / one to a message",
        f"{single.wall / batched.wall:.1f} x; of send_json {plain.wall / batched.wall:.1f} x",
        "≥ 10 x",
    )
    yield Figure(
        "W1: processor time, one to a message / batched",
        f"{single.processor / batched.processor:.1f} x; of send_json {plain.processor / batched.processor:.1f} x",
    )
    with stage(OURS) as on:
        best = on.best_of(batched=(on.path, {**on.message, "batch": True}), single=(on.path, on.message))
    batched, single = best["batched"], best["single"]
    yield Figure("Hits that are ready at a lister, by Redis, a hundred to a message", batched.said)
    yield Figure("The same, one to a message", single.said)
    yield Figure(
        "The same, batched / one to a message",
        f"{single.wall / batched.wall:.1f} x rows/s; {single.processor / batched.processor:.1f} x processor",
    )
