"""How the states of the search page come about. Where a state passes in a moment, another end of its socket holds it."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from buckets.models import Assignment, Bucket
from tests import people
from tests.shots.stage import Stage

Scene = Callable[[Stage], Page]
PROGRESS = "#finder-progress"


def start(stage: Stage) -> Page:
    return stage.page(stage.mark, "/search", ready="[data-finder=start]")


def unassigned(stage: Stage) -> Page:
    return stage.page(stage.uma, "/search?q=har", ready="[data-finder=unassigned]")


def long(stage: Stage) -> Page:
    return stage.page(stage.mark, f"/search?q={'harbour' * 200}", ready="[data-finder=long]")


def short(stage: Stage) -> Page:
    return stage.page(stage.mark, "/search?q=ha", ready="[data-finder=short]")


def found(stage: Stage, **more: str) -> Page:
    """What the press kit holds of harbours, to the end of the search."""
    query = "".join(f"&{name}={value}" for name, value in more.items())
    page = stage.page(stage.mark, f"/search?q=har&in={stage.press.code}/{query}", ready=PROGRESS)
    expect(page.locator(PROGRESS)).to_have_attribute("data-phase", "done")
    return page


def as_list(stage: Stage) -> Page:
    return found(stage)


def as_grid(stage: Stage) -> Page:
    return found(stage, view="grid")


def filtered(stage: Stage) -> Page:
    return found(stage, type="image", size="under-1mb")


def nothing(stage: Stage) -> Page:
    page = stage.page(stage.mark, f"/search?q=unheard+of&in={stage.press.code}/&type=video", ready=PROGRESS)
    page.locator("[data-finder=nothing]").wait_for()
    return page


def some_failed(stage: Stage) -> Page:
    """Of three buckets one can't be listed and one is not there; the buckets unfolded."""
    codes = (stage.press.code, stage.refusing_code, "CAMPAIGNS")
    for row in Bucket.objects.filter(system_code__in=codes):
        people.assign(stage.uma, row, root="")
    stage.afterwards(lambda: Assignment.objects.filter(user=stage.uma).delete())
    page = stage.page(stage.uma, "/search?q=har", ready=PROGRESS)
    page.locator("[data-finder=incomplete]").wait_for()
    page.locator("#finder-details").click()
    return page


def selection(stage: Stage) -> Page:
    page = found(stage)
    box = page.locator("#entries > .entry .checkbox")
    box.nth(1).check(force=True)
    box.nth(3).click(modifiers=["Shift"], force=True)
    page.locator("#selection-bar:not([hidden])").wait_for()
    return page


def menu(stage: Stage) -> Page:
    page = found(stage)
    page.locator("#entries > .entry").first.hover()
    page.locator("#entries > .entry").first.get_by_role("button", name=re.compile("Actions")).click()
    page.locator("#hit-menu:popover-open").wait_for()
    return page


def keys(stage: Stage) -> Page:
    page = found(stage)
    page.locator("body").press("?")
    page.locator("#keys-dialog[open]").wait_for()
    return page


def preview(stage: Stage) -> Page:
    page = found(stage, type="image")
    page.locator("#entries > .entry .entry-name").nth(1).click()
    page.locator("dialog#preview[open] .preview-step.is-next").wait_for()
    return page


def told(stage: Stage, tell: Callable[[Callable[..., None], dict[str, Any]], None], query: str = "") -> Page:
    """A search that `tell` answers."""
    page = stage.window(stage.mark).new_page()

    def opened(route: WebSocketRoute) -> None:
        def heard(said: str | bytes) -> None:
            asked = json.loads(said)
            if asked["type"] == "search":
                tell(lambda **what: route.send(json.dumps({"search": asked["search"], **what})), asked)

        route.on_message(heard)

    page.route_web_socket("**/ws/search", opened)
    page.goto(f"/search?q=harbour{query}")
    page.locator(PROGRESS).wait_for()
    return page


def item(number: int, **more: object) -> dict[str, Any]:
    return {
        "resource_name": f"harbour {number:04d}.pdf", "prefix": "Photos/Summer/", "type": "file",
        "file_size": number * 1_234, "uploaded_at": "2026-01-02T03:04:05Z", "storage_class": "STANDARD",
        "group": "document", "unreachable": "", **more,
    }  # fmt: skip


def searching(stage: Stage) -> Page:
    def tell(say: Callable[..., None], asked: dict[str, Any]) -> None:
        first, second, *_ = [place["bucket"] for place in asked["places"]]
        say(type="complete", bucket=second, listed=900)
        say(type="traversing", bucket=first, folder="Photos/Summer/", listed=48_200)
        odd = item(
            4,
            resource_name="harbour\x07bell.wav",
            group="audio",
            unreachable="A name can't contain control characters.",
        )
        cold = item(5, resource_name="Harbour master.mov", storage_class="DEEP_ARCHIVE", group="video")
        folder = item(
            6, resource_name="Old HARBOUR", type="folder", file_size=None, uploaded_at=None, group=""
        )
        say(type="results", bucket=first, items=[folder, item(1), item(2), odd, cold, item(3)])

    page = told(stage, tell)
    page.locator("#entries > .entry").nth(5).wait_for()
    return page


def looking(stage: Stage) -> Page:
    page = told(stage, lambda _say, _asked: None)
    page.locator("[data-finder=looking]").wait_for()
    return page


def stopped(stage: Stage) -> Page:
    page = searching(stage)
    page.locator("#finder-stop").click()
    expect(page.locator(PROGRESS)).to_have_attribute("data-phase", "stopped")
    return page


def thousands(stage: Stage) -> Page:
    """Five thousand, by size, with more that wait to be sorted in; somewhere in their midst."""

    def tell(say: Callable[..., None], asked: dict[str, Any]) -> None:
        bucket = asked["places"][0]["bucket"]
        for start in range(0, 5_000, 100):
            say(type="results", bucket=bucket, items=[item(n) for n in range(start, start + 100)])

    page = told(stage, tell, "&sort=size")
    expect(page.locator("[data-found]")).to_have_text("5,000 found")
    return page


def failed(stage: Stage) -> Page:
    def tell(say: Callable[..., None], asked: dict[str, Any]) -> None:
        message = "You search faster than this server allows. Try again in a minute."
        say(type="error", code="RATE_LIMITED", message=message)

    page = told(stage, tell)
    page.locator("[data-finder=failed]").wait_for()
    return page


def lost(stage: Stage) -> Page:
    page = stage.window(stage.mark).new_page()

    def opened(route: WebSocketRoute) -> None:
        def heard(said: str | bytes) -> None:
            asked = json.loads(said)
            bucket = asked["places"][0]["bucket"]
            route.send(
                json.dumps(
                    {"type": "results", "search": asked["search"], "bucket": bucket, "items": [item(1)]}
                )
            )
            route.close()

        route.on_message(heard)

    page.route_web_socket("**/ws/search", opened)
    page.goto("/search?q=harbour")
    page.locator("[data-finder=lost]").wait_for()
    return page


def unconnected(stage: Stage) -> Page:
    """A proxy that takes the Upgrade away: the page shows what is known."""
    stage.folder("Photos/Summer/", ready="#entries > .entry")
    page = stage.window(stage.mark).new_page()
    page.route_web_socket("**/ws/search", lambda route: route.close())
    page.add_init_script(NO_UPGRADE)
    page.goto(f"/search?q=har&in={stage.press.code}/")
    page.locator("[data-finder=unconnected]").wait_for()
    return page


NO_UPGRADE = """
window.WebSocket = class extends EventTarget {
  static CONNECTING = 0; static OPEN = 1;
  readyState = 0;
  constructor() { super(); setTimeout(() => this.dispatchEvent(new CloseEvent('close', {code: 1006})), 20); }
  close() {}
};
"""


def kept(stage: Stage) -> Page:
    """Back from a folder."""
    page = found(stage)
    page.locator("#entries > .entry .hit-folder").first.click()
    page.locator("#folder").wait_for()
    page.go_back()
    page.locator("[data-finder=kept]").wait_for()
    return page
