"""One big folder listed whole, by many requests at once and page after page, on the same simulated S3 in the same run."""

import time
from collections.abc import Iterator, Sequence

from benchmarks.big_store import Running, running
from benchmarks.figures import Figure
from buckets.s3.lister import Beginning, folder_entries, folder_pages
from files.gathered import Gathered
from tests.buckets.s3.conftest import make_reach

LATENCY = 0.1
_SETS = (("c", "numbered names"), ("w", "names that are words"))


def folder_listing() -> Iterator[Figure]:
    """100,000 entries, the first page known as after somebody was shown it, until all are gathered; nothing is stored."""
    with running("C", "W") as store:
        store.behave(latency=LATENCY)
        for name, kind in _SETS:
            one_by_one, pages = _page_after_page(store, name)
            wall, processor, requests = min(_at_once(store, name, pages[0]) for _ in range(3))
            yield Figure(
                f"Folder of 100,000, {kind}: page after page / ours",
                f"{one_by_one / wall:.1f}x ({one_by_one:.1f} s / {wall:.2f} s)",
                "≥ 12x" if name == "c" else "",
            )
            yield Figure(
                "The same, requests / pages; processor time",
                f"{requests / len(pages):.2f} ({requests}); {processor:.2f} s",
                "≤ 2",
            )


def _page_after_page(store: Running, name: str) -> tuple[float, list[list[str]]]:
    reach = make_reach(store.url, name=name)
    started = time.perf_counter()
    rows, pages = Gathered(), list[list[str]]()
    for page in folder_pages(reach, reach.folder("")):
        rows.add(page.folders, page.files)
        pages.append([file.name for file in page.files])
    return time.perf_counter() - started, pages


def _at_once(store: Running, name: str, first: Sequence[str]) -> tuple[float, float, int]:
    reach = make_reach(store.url, name=name)
    beginning = Beginning(first[-1], [*first[:: len(first) // 16], first[-1]])
    store.counted()
    wall, processor = time.perf_counter(), time.process_time()
    rows = Gathered()
    for piece in folder_entries(reach, reach.folder(""), beginning=beginning):
        rows.add(piece.folders, piece.files)
    took = time.perf_counter() - wall
    return took + LATENCY, time.process_time() - processor, store.counted()["requests"] + 1
