"""The search page in a browser: against real buckets, and against a socket that says what no bucket does on command."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast
from tests.browser.stores import StoredBucket, picture

PageAs = Callable[..., Page]
NAMES = {
    "Harbour.png": picture(),
    "2024/harbour plan.txt": b"the plan",
    "2024/HARBOUR/inside.txt": b"x",
    "Notes.txt": b"notes",
}


@pytest.fixture(scope="module")
def harbours(make_bucket: Callable[..., StoredBucket], cast: Cast) -> list[StoredBucket]:
    """Five buckets that answer and one whose key the store refuses."""
    made = [make_bucket(files=NAMES, title=f"Harbour {number}") for number in range(5)]
    made.append(make_bucket(files={}, title="Out of order", secret="not the secret"))
    for bucket in made:
        bucket.assign(cast.mark, allow_delete=True)
    return made


class Teller:
    """The other end of the page's socket. What the page says is in `heard`."""

    def __init__(self, page: Page) -> None:
        self.heard: list[dict[str, Any]] = []
        self._page = page
        self._route: WebSocketRoute | None = None
        page.route_web_socket("**/ws/search", self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        self._route = route
        route.on_message(lambda said: self.heard.append(json.loads(said)))

    def asked(self, number: int = -1) -> dict[str, Any]:
        """The latest search, as soon as it is asked for."""
        for _ in range(100):
            found = [said for said in self.heard if said["type"] == "search"]
            if len(found) > (number if number >= 0 else 0):
                return found[number]
            self._page.wait_for_timeout(50)
        raise AssertionError("The page asked for nothing.")

    def tell(self, **told: object) -> None:
        assert self._route is not None
        self._route.send(json.dumps(told))

    def results(self, asked: dict[str, Any], items: list[dict[str, Any]]) -> None:
        bucket = asked["places"][0]["bucket"]
        for start in range(0, len(items), 100):
            self.tell(type="results", search=asked["search"], bucket=bucket, items=items[start : start + 100])

    def complete(self, asked: dict[str, Any]) -> None:
        for place in asked["places"]:
            self.tell(type="complete", search=asked["search"], bucket=place["bucket"], listed=1_000)
        self.tell(type="complete", search=asked["search"])


def item(number: int, **more: object) -> dict[str, Any]:
    return {
        "resource_name": f"harbour {number:05d}.png", "prefix": "Photos/", "type": "file", "file_size": number,
        "uploaded_at": "2026-01-02T03:04:05Z", "storage_class": "STANDARD", "group": "image", "unreachable": "", **more,
    }  # fmt: skip


def rows(page: Page) -> Locator:
    return page.locator("#entries > .entry")


def names(page: Page) -> list[str]:
    return rows(page).evaluate_all("all => all.map(row => row.dataset.name)")


def test_searches_every_bucket_and_says_which_failed(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("HARBOUR")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/search?q=HARBOUR")
    expect(page.locator("#finder-progress")).to_have_attribute("data-phase", "done")
    expect(page.locator("[data-found]")).to_have_text("15 found")
    assert sorted(set(names(page))) == ["HARBOUR", "Harbour.png", "harbour plan.txt"]
    assert page.locator("#entries mark").all_inner_texts()[:1] != []
    assert {text.lower() for text in page.locator("#entries mark").all_inner_texts()} == {"harbour"}
    expect(page.get_by_text("“Out of order” could not be searched")).to_be_visible()
    page.get_by_role("button", name="Buckets", exact=True).click()
    failed = page.locator(".finder-bucket[data-state=failed]")
    expect(failed).to_have_count(1)
    expect(page.locator(".finder-bucket[data-state=done]")).to_have_count(5)
    assert_accessible(page)
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator("#finder-progress")).to_have_attribute("data-phase", "done")
    expect(page.locator("[data-found]")).to_have_text("15 found")
