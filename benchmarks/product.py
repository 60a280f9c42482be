"""What people wait for: folder pages, signatures, the first load, and what the processes weigh."""

import json
import uuid
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import sync_playwright

from benchmarks.figures import Figure, milliseconds, spread, timed
from benchmarks.rig import ENTRIES, Rig
from tests.browser import pages

LATENCY = 0.1


def listing(rig: Rig) -> list[Figure]:
    """A folder nobody has looked at, over an S3 that takes 100 ms for an answer; the worker is up when it begins."""
    rig.await_worker()
    rig.fake.latency = LATENCY
    before, held = rig.processor_seconds("worker"), rig.resident("worker")
    browser = rig.connection()
    browser.get("/")
    first = timed(lambda: browser.get(rig.folder), times=1, warm_up=0)[0]
    whole = first + rig.await_listing()
    rig.fake.latency = 0.0
    return [
        Figure(
            f"First page of {ENTRIES:,} unlisted entries, S3 at 100 ms", milliseconds(first), "one round trip"
        ),
        Figure(
            f"All {ENTRIES:,} entries stored, S3 at 100 ms",
            f"{whole:.1f} s ({rig.fake.requests['list']} requests)",
        ),
        Figure(
            "The same, processor time of the background process",
            f"{rig.processor_seconds('worker') - before:.1f} s",
        ),
        Figure(
            "The same, memory of the background process",
            f"{rig.resident('worker') / 1e6:.0f} MB; {held / 1e6:.0f} MB before",
        ),
    ]


def folder_page(rig: Rig) -> list[Figure]:
    """20 rows of a stored folder of 100,000, whole page and fragment, over HTTP."""
    rig.await_listing()
    rig.stay_fresh()
    browser = rig.connection()
    asked = rig.fake.requests.total()
    browser.get(rig.folder)
    before = rig.processor_seconds()
    page = timed(lambda: browser.get(rig.folder), times=200, warm_up=0)
    processor = (rig.processor_seconds() - before) / 200
    fragment = timed(lambda: browser.get(rig.folder, **{"HX-Request": "true"}), times=200, warm_up=10)
    rig.stay_fresh()
    sized = timed(lambda: browser.get(f"{rig.folder}?sort=size&dir=desc"), times=100)
    return [
        *spread("Cached folder page, 20 of 100,000", page, "≤ 40 ms"),
        Figure("The same, processor time of the web process", milliseconds(processor)),
        *spread("The same as a fragment", fragment, "≤ 40 ms"),
        *spread("The same by size", sized, "≤ 40 ms"),
        Figure("Queries for it", str(queries(rig)), "≤ 6"),
        Figure("S3 calls for all of these", str(rig.fake.requests.total() - asked), "0"),
    ]


def queries(rig: Rig) -> int:
    """How many queries the page asks, counted in this process."""
    client = Client()
    client.force_login(rig.person)
    client.get(rig.folder)
    with CaptureQueriesContext(connection) as captured:
        client.get(rig.folder)
    return len(captured)


def presign(rig: Rig) -> list[Figure]:
    """A batch of 100 files through the real door: session, checks, rows, signatures, audit, template."""
    rig.await_listing()
    browser = rig.connection()
    browser.get(rig.folder)
    door = f"{rig.folder}-/upload/prepare"

    def batch() -> None:
        wanted = [
            {"client_id": str(number), "name": f"{uuid.uuid4().hex}.jpg", "size": 1000 + number,
             "content_type": "image/jpeg", "on_conflict": "ask"}
            for number in range(100)
        ]  # fmt: skip
        answer = browser.post(door, {"folder": "new/", "files": json.dumps(wanted)})
        if answer.count(b'data-answer="signed"') != 100:
            raise RuntimeError(f"not all were signed: {answer[:500]!r}")

    batch()
    before = rig.processor_seconds()
    times = timed(batch, times=40, warm_up=0)
    processor = (rig.processor_seconds() - before) / 40
    return [
        *spread("Presign of 100 files", times, "≤ 250 ms"),
        Figure("The same, processor time of the web process", milliseconds(processor)),
    ]


def weight(rig: Rig) -> list[Figure]:
    """What comes over the wire when the browser page is opened for the first time."""
    rig.await_listing()
    with sync_playwright() as playwright:
        chromium = pages.launch(playwright)
        context = pages.context_of(chromium, url=rig.live.url, width=1440, theme="light")
        pages.enter(context, rig.person, url=rig.live.url)
        page = context.new_page()
        loaded: dict[str, Any] = {}
        names: dict[str, str] = {}
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on(
            "Network.responseReceived",
            lambda event: names.update({event["requestId"]: event["response"]["url"]}),
        )
        devtools.on(
            "Network.loadingFinished",
            lambda event: loaded.update({event["requestId"]: event["encodedDataLength"]}),
        )
        page.goto(rig.folder, wait_until="networkidle")
        page.locator("#entries .entry").first.wait_for()
        page.wait_for_timeout(500)
        devtools.detach()
        chromium.close()
    ours = {names[key]: size for key, size in loaded.items() if names.get(key, "").startswith(rig.live.url)}
    total = sum(ours.values())
    kinds: dict[str, float] = {}
    for url, size in ours.items():
        ending = url.partition("?")[0].rpartition(".")[2] if "/static/" in url else "page"
        kinds[ending] = kinds.get(ending, 0) + size
    parts = ", ".join(
        f"{kind} {size / 1000:.0f}" for kind, size in sorted(kinds.items(), key=lambda item: -item[1])
    )
    return [
        Figure(
            f"First load of the browser page, {len(ours)} answers",
            f"{total / 1000:.0f} kB ({parts})",
            "≤ 150 kB",
        )
    ]


def memory(rig: Rig) -> list[Figure]:
    """What the processes hold after they have worked."""
    rig.await_listing()
    browser = rig.connection()
    for _ in range(300):
        browser.get(rig.folder)
    return [
        Figure(f"Memory of the {name} process after load", f"{rig.resident(process) / 1e6:.0f} MB", goal)
        for name, process, goal in (("web", "web", "≤ 150 MB"), ("background", "worker", "≤ 150 MB"))
    ]
