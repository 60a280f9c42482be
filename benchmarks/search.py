"""Listing whole buckets of a simulated S3, beside other clients in the same run: cases S1 to S11 with goal and stretch.

The store is a process of its own, so it costs the client no processor time. `floor` is the fewest seconds that 64 requests
in flight allow: the first page, then all others, 100 ms each.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from benchmarks import peers
from benchmarks.big_store import Running, running
from benchmarks.figures import Figure
from benchmarks.key_sets import KEY_SETS, RARE
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import Page, RequestBudget, Tally, listing
from buckets.s3.lister.garbage import collect_rarely
from tests.buckets.s3.conftest import make_reach

LATENCY = 0.1
AT_ONCE = 64
FOLDERS = 10_114  # those of set A with files, and the fourteen above them


@dataclass(frozen=True)
class Run:
    """One listing of ours. Seconds; `kept` are its pages where they were asked for."""

    wall: float
    processor: float
    first: float
    first_match: float
    tally: Tally
    kept: list[Page]

    @property
    def found(self) -> list[str]:
        """The keys of the kept pages."""
        return [listed.key for page in self.kept for listed in page.objects]

    @property
    def pages(self) -> int:
        return math.ceil(self.tally.keys / 1000)

    @property
    def floor(self) -> float:
        return LATENCY * (1 + math.ceil(self.pages / AT_ONCE))


def ours(store: Running, bucket: str, *, needle: str = "", keep: bool = False, tries: int = 3) -> Run:
    """The quickest of `tries` listings: with a needle only pages that may hold it are read, without one none, all to `keep`."""
    collect_rarely()  # as `manage.py lister` does
    return min(
        (asyncio.run(_list(store.url, bucket, needle, keep)) for _ in range(tries)), key=lambda run: run.wall
    )


async def _list(url: str, bucket: str, needle: str, keep: bool) -> Run:
    reach, tally = make_reach(url, name=bucket), Tally()
    kept: list[Page] = []
    first = first_match = 0.0
    async with AsyncTransport() as transport:
        wall, processor = time.perf_counter(), time.process_time()
        pages = listing(
            reach, reach.folder(""), transport=transport, budget=RequestBudget(at_once=AT_ONCE), tally=tally
        )
        async with aclosing(pages):
            async for page in pages:
                first = first or time.perf_counter() - wall
                if keep:
                    kept.append(page)  # read when the time has been taken
                elif needle:
                    hits = [
                        listed.key
                        for listed in page.objects_with([needle])
                        if needle in listed.key.casefold()
                    ]
                    first_match = first_match or (time.perf_counter() - wall if hits else 0.0)
        return Run(
            time.perf_counter() - wall, time.process_time() - processor, first, first_match, tally, kept
        )


def tree() -> Iterator[Figure]:
    """Set A."""
    with _store("A") as store:
        run = ours(store, "a", needle=RARE)
        yield _floor("A", run, "≤ 2.5; stretch ≤ 1.5")
        yield _waste("A", run, "≤ 2; stretch ≤ 1.3")
        yield Figure(
            "S6 A: first match, in round trips", f"{run.first_match / LATENCY:.1f}", "≤ 3; stretch ≤ 2"
        )
        walk_first = peers.boto3_first(store.url, "a", RARE)
        yield Figure(
            "S6 A: first match of the walk / ours",
            _times(walk_first, run.first_match),
            "≥ 30x; stretch ≥ 45x",
        )
        walk = peers.boto3_walk(store.url, "a", FOLDERS)
        yield Figure(
            "S1 A: folder-by-folder walk (of 200) / ours", _times(walk, run.wall), "≥ 800x; stretch ≥ 1,500x"
        )
        yield _beside(
            "S2 A: rclone lsf -R / ours", peers.rclone(store.url, "a"), run.wall, "≥ 20x; stretch ≥ 35x"
        )
        yield _beside(
            "S2 A: aws s3 ls --recursive / ours",
            peers.aws_cli(store.url, "a"),
            run.wall,
            "≥ 30x; stretch ≥ 50x",
        )
        yield _beside("A: s5cmd ls / ours", peers.s5cmd(store.url, "a"), run.wall, "")  # fmt: skip


def wide() -> Iterator[Figure]:
    """Set B."""
    with _store("B", "C") as store:
        run = ours(store, "b", needle=RARE)
        yield _floor("B", run, "≤ 1.6; stretch ≤ 1.5")
        yield Figure(
            "S4 B: keys a second in one process",
            f"{run.tally.keys / run.wall:,.0f}",
            "≥ 400,000; stretch ≥ 700,000",
        )
        yield _waste("B", run, "≤ 1.35; stretch ≤ 1.3")
        each = run.processor / run.pages
        yield Figure(
            "S8 B: processor time a page, matching", f"{each * 1e3:.2f} ms", "≤ 2.0 ms; stretch ≤ 1.0 ms"
        )
        store.behave()
        _, processor, pages = peers.boto3_pages(store.url, "c")
        store.behave(latency=LATENCY)
        theirs = processor / pages
        said = f"{theirs / each:,.0f}x ({theirs * 1e3:.1f} ms / {each * 1e3:.2f} ms)"
        yield Figure("S8 B: boto3's processor time a page / ours", said, "≥ 30x")
        yield _beside("S4 B: rclone lsf -R / ours", peers.rclone(store.url, "b"), run.wall, "≥ 45x; stretch ≥ 80x")  # fmt: skip


def flat() -> Iterator[Figure]:
    """Set C."""
    with _store("C") as store:
        run = ours(store, "c", needle=RARE)
        yield _floor("C", run, "≤ 2.7; stretch ≤ 2.0")
        yield _waste("C", run, "≤ 2.7; stretch ≤ 1.3")
        yield _beside(
            "S5 C: rclone lsf -R / ours", peers.rclone(store.url, "c"), run.wall, "≥ 14x; stretch ≥ 25x"
        )
        yield Figure(
            "S5 C: boto3 paginator / ours",
            _times(peers.boto3_pages(store.url, "c")[0], run.wall),
            "≥ 20x; stretch ≥ 35x",
        )
        yield Figure(
            "S5 C: one stream / ours",
            _times(peers.raw_stream(store.url, "c", RARE), run.wall),
            "≥ 12x; stretch ≥ 20x",
        )
        store.behave()
        stream = min(peers.raw_stream(store.url, "c", RARE) for _ in range(5))
        quick = ours(store, "c", needle=RARE, tries=5)
        said = f"{quick.wall / stream:.2f} ({quick.wall * 1e3:.0f} ms / {stream * 1e3:.0f} ms)"
        yield Figure("S9 C without latency: ours / one stream", said, "≤ 1.5; stretch ≤ 1.1")  # fmt: skip


def rest() -> Iterator[Figure]:
    """Sets D and E."""
    with _store("D", "E") as store:
        yield _floor("D", ours(store, "d", needle="zzz"), "≤ 2.0; stretch ≤ 1.5")
        yield _floor("E", ours(store, "e", needle=RARE), "≤ 3.0; stretch ≤ 1.5")


def words() -> Iterator[Figure]:
    """Sets W and V: names that are words, in one folder and in a tree."""
    with _store("W", "V") as store:
        for name, what in (("W", "100,000 names that are words, flat"), ("V", "the same in a tree")):
            run = ours(store, name.lower(), needle="zzz")
            yield Figure(
                f"{name}, {what}: seconds / floor",
                f"{run.wall / run.floor:.2f} ({run.wall:.2f} s / {run.floor:.1f} s)",
                "≤ 2.7",
            )
            yield Figure(
                f"{name}: requests / pages",
                f"{run.tally.requests / run.pages:.2f} ({run.tally.requests})",
                "≤ 2",
            )


def limits() -> Iterator[Figure]:
    """S10: a store that answers 300 requests a second, and late."""
    with _store("B") as store:
        store.behave(latency=LATENCY, jitter=0.1, rate=300)
        run = ours(store, "b", keep=True, tries=1)
        exact = sorted(run.found) == KEY_SETS["B"]()
        ratio = run.wall / (run.tally.requests / 300)
        said = f"{ratio:.2f}, {'exact' if exact else 'NOT EXACT'}, {run.tally.slowdowns} SlowDowns"
        yield Figure("S10 B, 300 requests/s, jitter 100 ms: seconds / (requests / 300)", said, "exact, ≤ 1.5; stretch ≤ 1.2")  # fmt: skip


def odd() -> Iterator[Figure]:
    """S11: names in every form."""
    with _store("ODD") as store:
        store.behave(latency=0.005, jitter=0.03)
        found, keys = ours(store, "odd", keep=True, tries=1).found, KEY_SETS["ODD"]()
        same = len(set(found) & set(keys)) / len(keys)
        said = f"{same:.0%} of {len(keys):,}, {len(found) - len(set(found))} twice"
        yield Figure("S11 odd names, 5 ms and 0-30 ms more: keys found", said, "100%, 0 twice")


@contextmanager
def _store(*names: str) -> Iterator[Running]:
    """The store with these key sets, each request answered after the usual time."""
    with running(*names) as store:
        store.behave(latency=LATENCY)
        yield store


def _times(theirs: float, mine: float) -> str:
    return f"{theirs / mine:,.0f}x ({theirs:,.1f} s / {mine:.2f} s)"


def _beside(what: str, theirs: float | None, mine: float, goal: str) -> Figure:
    return Figure(what, "not to be had on this machine" if theirs is None else _times(theirs, mine), goal)


def _floor(name: str, run: Run, goal: str) -> Figure:
    return Figure(
        f"S3 {name}: seconds / floor",
        f"{run.wall / run.floor:.2f} ({run.wall:.2f} s / {run.floor:.1f} s)",
        goal,
    )


def _waste(name: str, run: Run, goal: str) -> Figure:
    return Figure(
        f"S7 {name}: requests / pages", f"{run.tally.requests / run.pages:.2f} ({run.tally.requests})", goal
    )


CASES: dict[str, Callable[[], Iterator[Figure]]] = {
    "search_tree": tree, "search_wide": wide, "search_flat": flat, "search_rest": rest, "search_words": words,
    "search_limits": limits, "search_odd": odd,
}  # fmt: skip


def search() -> Iterator[Figure]:
    """All cases, one after the other."""
    for case in CASES.values():
        yield from case()
