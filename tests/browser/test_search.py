"""The search page in a browser: against real buckets, and against a socket that says what no bucket does on command."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast, PageAs
from tests.browser.stores import StoredBucket, picture
from tests.browser.test_accessibility import assert_fits
from tests.shots.search_scenes import NO_UPGRADE

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
            told = {"search": asked["search"], "bucket": place["bucket"], "listed": 1_000}
            self.tell(type="complete", **told, indexed_at=datetime.now(UTC).isoformat())
        self.tell(type="complete", search=asked["search"])


def item(number: int, **more: object) -> dict[str, Any]:
    return {
        "resource_name": f"harbour {number:05d}.txt", "prefix": "Photos/", "type": "file", "file_size": number,
        "uploaded_at": "2026-01-02T03:04:05Z", "storage_class": "STANDARD", "group": "text", "unreachable": "", **more,
    }  # fmt: skip


def rows(page: Page) -> Locator:
    return page.locator("#entries > .entry")


def names(page: Page) -> list[str]:
    found: list[str] = rows(page).evaluate_all("all => all.map(row => row.dataset.name)")
    return found


def where_rows_are(page: Page) -> list[list[Any]]:
    found: list[list[Any]] = rows(page).evaluate_all(
        "all => all.map(row => [row.dataset.name, row.getBoundingClientRect().top])"
    )
    return found


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


def test_goes_through_what_was_found_and_acts_on_it(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    first, second = harbours[:2]
    for bucket in (first, second):
        bucket.put("Act/pier one.txt", b"one")
        bucket.put("Act/pier two.txt", b"two")
    page = page_as(cast.mark)
    page.goto("/search?q=pier&type=text")
    expect(page.locator("#finder-progress")).to_have_attribute("data-phase", "done")
    page.get_by_label("Order").select_option("name")
    assert names(page) == ["pier one.txt"] * 2 + ["pier two.txt"] * 2

    rows(page).nth(1).get_by_role("link", name="pier one.txt").click()
    expect(page.locator(".preview-count")).to_have_text("2 of 4")
    expect(page.locator(".preview-reading")).to_contain_text("one")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".preview-count")).to_have_text("3 of 4")
    expect(page.locator(".preview-reading")).to_contain_text("two")
    page.go_back()
    expect(page.locator("dialog#preview")).to_be_hidden()
    expect(rows(page).nth(2)).to_be_focused()

    rows(page).nth(0).locator(".is-thumb").click()
    rows(page).nth(2).locator(".is-thumb").click(modifiers=["Shift"])
    bar = page.get_by_role("toolbar", name="Selection")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Copy URLs").click()
    expect(page.locator(".toast")).to_contain_text("Copied 3 URLs.")
    copied = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert sorted("one" in url for url in copied) == [False, True, True]

    bar.get_by_role("button", name="Delete").click()
    for left in (2, 1):
        dialog = page.locator("#delete-dialog[open]")
        dialog.get_by_role("button", name="Delete").click()
        expect(page.locator("#entries > .entry[data-name='pier one.txt']")).to_have_count(left - 1)
    expect(rows(page)).to_have_count(1)
    assert len([key for bucket in (first, second) for key in bucket.keys("Act/")]) == 1

    page.keyboard.press("g")
    expect(page.locator("#folder")).to_be_visible()
    expect(page.locator("#entries > .entry:focus")).to_have_attribute("data-name", "pier two.txt")


def test_stays_smooth_with_thousands_and_never_moves_what_one_looks_at(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    line = Teller(page)
    page.goto("/search?q=harbour")
    asked = line.asked()
    line.results(asked, [item(number) for number in range(5_000)])
    expect(page.locator("[data-found]")).to_have_text("5,000 found")
    listing = page.get_by_role("grid", name="What was found")
    expect(listing).to_have_attribute("aria-rowcount", "5001")
    assert rows(page).count() < 60

    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect(page.locator("#entries > .entry:focus")).to_have_attribute("aria-rowindex", "5001")
    page.evaluate("scrollTo(0, 100_000)")
    page.wait_for_function(
        "rows => document.querySelector(rows).dataset.name < 'harbour 02'", arg="#entries > .entry"
    )
    assert page.evaluate("document.activeElement.dataset.name") == "harbour 04999.txt"
    before = where_rows_are(page)
    line.results(asked, [item(number, prefix="More/") for number in range(2_000)])
    expect(page.locator("[data-found]")).to_have_text("7,000 found")
    assert where_rows_are(page) == before
    assert len(before) < 60

    page.get_by_label("Order").select_option("size")
    page.evaluate("scrollTo(0, 0)")
    expect(rows(page).first).to_have_attribute("data-name", "harbour 04999.txt")
    line.results(asked, [item(9_999, resource_name="harbour the biggest.png")])
    page.get_by_role("button", name="1 more: sort them in").click()
    page.evaluate("scrollTo(0, 0)")
    expect(rows(page).first).to_have_attribute("data-name", "harbour the biggest.png")
    assert_accessible(page)


def test_shows_names_as_they_are_and_follows_none_that_leads_astray(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    line = Teller(page)
    page.goto("/search?q=harbour")
    stray = {"prefix": "../../admin/", "unreachable": "It lies in an odd folder.", "is_stray": True}
    odd = ["harbour 😀👩‍🚀.png", "harbour \u202egnp.exe", "harbour עברית.txt", "harbour stray.txt"]
    line.results(
        line.asked(),
        [item(n, resource_name=name, **(stray if "stray" in name else {})) for n, name in enumerate(odd)],
    )
    shown = rows(page).locator(".entry-name")
    expect(shown).to_have_text(["harbour 😀👩‍🚀.png", "harbour \ufffdgnp.exe", *odd[2:]])
    folder = rows(page).filter(has_text="stray").locator(".hit-folder")
    expect(folder).to_contain_text("../../admin/")
    assert folder.get_attribute("href") is None
    expect(rows(page).first.locator(".hit-folder")).to_have_attribute("href", re.compile("^/b/.*/Photos/$"))


def test_says_to_whom_no_bucket_is_assigned_that_there_is_none(cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.uma)
    page.goto("/search?q=harbour")
    expect(page.get_by_role("heading", name="There is no bucket to search")).to_be_visible()
    expect(page.locator("#finder-progress")).to_be_hidden()


def test_drops_what_comes_for_an_earlier_search_and_stops_when_told(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    line = Teller(page)
    page.goto("/search")
    expect(page.get_by_label("Search for files and folders")).to_be_focused()
    page.keyboard.type("ha")
    expect(page.get_by_role("heading", name="Type at least 3 characters")).to_be_visible()
    page.keyboard.type("r")
    first = line.asked(0)
    page.keyboard.type("bour")
    second = line.asked(1)
    assert (first["q"], second["q"]) == ("har", "harbour")
    assert second["search"] > first["search"]
    line.results(first, [item(1, resource_name="hark.txt")])
    line.results(second, [item(2), item(2)])
    expect(rows(page)).to_have_count(1)
    assert names(page) == ["harbour 00002.txt"]
    expect(page).to_have_url("/search?q=harbour")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-summary]")).to_contain_text("stopped by you")
    line.results(second, [item(3)])
    page.wait_for_timeout(100)
    assert names(page) == ["harbour 00002.txt"]
    assert line.heard[-1] == {"type": "stop", "search": second["search"]}
    wide = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    expect(page.get_by_role("button", name="Search again")).to_be_in_viewport(ratio=1)
    assert wide is not None
    page.set_viewport_size(wide)

    page.get_by_label("Type", exact=True).select_option("image")
    page.get_by_label("Size", exact=True).select_option("over-1gb")
    third = line.asked(3)
    assert third["filters"]["groups"] == ["image"]
    assert third["filters"]["smallest"] == 1024**3 + 1
    page.get_by_role("button", name="Buckets", exact=True).click()
    expect(page.locator("[data-age]").first).to_contain_text("not indexed yet")
    line.complete(third)
    expect(page.get_by_role("heading", name="Nothing found for “harbour”")).to_be_visible()
    expect(page.locator("[data-age]").first).to_have_text("indexed just now")
    page.get_by_role("button", name=re.compile("Over 1 GB. Remove")).click()
    expect(page).to_have_url("/search?q=harbour&type=image")
    page.go_back()
    expect(page).to_have_url("/search?q=harbour&type=image&size=over-1gb")
    expect(page.get_by_label("Size", exact=True)).to_have_value("over-1gb")


def one_refused(page: Page, line: "Teller") -> tuple[dict[str, Any], dict[str, Any]]:
    """A search in which one bucket failed: its place, and what was asked of the others."""
    page.goto("/search?q=harbour")
    asked = line.asked()
    refused, *others = asked["places"]
    line.tell(type="error", search=asked["search"], bucket=refused["bucket"], message="No.", code="S3_ERROR")
    page.get_by_role("button", name="Buckets", exact=True).click()
    return refused, {**asked, "places": others}


def test_asks_a_bucket_again_without_cutting_the_others_off(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    line = Teller(page)
    refused, others = one_refused(page, line)
    line.results(others, [item(1)])
    bucket = page.locator(f".finder-bucket[data-bucket='{refused['bucket']}']")
    bucket.get_by_role("button", name="Try again").click()
    expect(bucket.locator("[data-note]")).to_have_text("waiting")
    line.results(others, [item(2)])
    expect(rows(page)).to_have_count(2)
    line.complete(others)
    again = line.asked(1)
    assert again["places"] == [refused]
    expect(page.locator("#finder-progress")).to_have_attribute("data-phase", "running")
    line.results(again, [item(3)])
    line.complete(again)
    expect(page.locator("#finder-progress")).to_have_attribute("data-phase", "done")
    expect(page.locator("[data-summary]")).to_contain_text("complete")
    expect(rows(page)).to_have_count(3)
    assert [said["type"] for said in line.heard] == ["search", "search"]


def test_says_of_nothing_that_was_searched_that_it_failed(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    line = Teller(page)
    _, others = one_refused(page, line)
    line.complete(others)
    page.get_by_role("button", name="Try again").first.click()
    again = line.asked(1)
    line.tell(type="error", search=again["search"], code="RATE_LIMITED", message="Too fast.")
    expect(page.locator("#finder-progress")).to_have_attribute("data-phase", "done")
    expect(page.locator(".finder-bucket[data-state=failed]")).to_have_count(1)


def test_brings_the_results_and_the_place_back(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark, 390, "dark")
    line = Teller(page)
    page.goto("/search?q=harbour")
    asked = line.asked()
    place = next(place for place in asked["places"] if place["bucket"] == str(harbours[0].row.pk))
    line.results({**asked, "places": [place]}, [item(number, prefix="2024/") for number in range(300)])
    refused = next(place for place in asked["places"] if place["bucket"] == str(harbours[-1].row.pk))
    line.tell(type="error", search=asked["search"], bucket=refused["bucket"], message="No.", code="S3_ERROR")
    line.complete({**asked, "places": [place for place in asked["places"] if place != refused]})
    expect(page.locator("[data-found]")).to_have_text("300 found")
    page.evaluate("scrollTo(0, 6000)")
    page.wait_for_timeout(150)
    shown = rows(page).nth(12)
    name = shown.get_attribute("data-name")
    shown.locator(".hit-folder").tap()
    expect(page.locator("#folder")).to_be_visible()
    expect(page.get_by_role("link", name="harbour plan.txt")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-found]")).to_have_text("300 found")
    expect(page.locator(f"#entries > .entry[data-name='{name}']")).to_be_in_viewport()
    assert abs(page.evaluate("scrollY") - 6000) < 5
    expect(page.locator("[data-finder=kept]")).to_contain_text("“Out of order” could not be searched.")
    assert_accessible(page)


@pytest.mark.parametrize("way", ["reloads", "comes anew"])
def test_searches_again_for_whoever(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs, way: str
) -> None:
    page = page_as(cast.mark)
    line = Teller(page)
    page.goto("/search?q=harbour")
    asked = line.asked()
    line.results(asked, [item(1)])
    line.complete(asked)
    expect(page.locator("[data-found]")).to_have_text("1 found")
    if way == "reloads":
        page.reload()
    else:
        page.goto("/")
        page.goto("/search?q=harbour")
    again = line.asked(1)
    line.complete(again)
    expect(page.get_by_role("heading", name="Nothing found for “harbour”")).to_be_visible()
    assert_fits(page)


def test_answers_from_what_is_known_where_a_proxy_strips_the_upgrade(
    harbours: list[StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{harbours[0].code}/2024/")
    expect(page.get_by_role("link", name="harbour plan.txt")).to_be_visible()
    page.add_init_script(NO_UPGRADE)
    page.goto(f"/search?q=plan&in={harbours[0].code}/2024/")
    expect(page.get_by_text("The search connection can’t be opened")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    assert_accessible(page)


def test_says_that_a_query_is_too_long(harbours: list[StoredBucket], cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.mark)
    line = Teller(page)
    page.goto(f"/search?q={'harbour' * 200}")
    expect(page.get_by_role("heading", name="This is too long to look for")).to_be_visible()
    page.get_by_label("Search for files and folders").fill("harbour")
    line.asked()
    assert [said["type"] for said in line.heard] == ["search"]
