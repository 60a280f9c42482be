"""Every page in every state: nothing serious for axe-core, nothing that breaks the page's own policy, no sideways scrolling.

The states are those of `tests/shots/table.py`; each comes about once and is judged wide and light, then narrow and dark.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import pages
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast
from tests.browser.database import empty_tables
from tests.browser.live import Live
from tests.browser.stores import StoredBucket
from tests.shots.stage import Stage
from tests.shots.table import ROWS, Row

PageAs = Callable[..., Page]
ENTRY = "#entries > .entry, #entries > .entry *"
MISTAKES = ("CSP violation", "script error", "the page crashed")


@pytest.fixture(scope="module")
def stage(live: Live, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    empty_tables()
    stage = Stage(live, browser, tmp_path_factory.mktemp("stage"))
    yield stage
    stage.close()
    empty_tables()


@pytest.fixture
def scene(stage: Stage) -> Iterator[Stage]:
    yield stage
    stage.strike()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_accessible_wide_and_narrow_light_and_dark(row: Row, scene: Stage) -> None:
    before = len(scene.watch.trouble)
    page = row.scene(scene)
    assert_accessible(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": pages.HEIGHTS[390]})
    assert_accessible(page)
    assert_fits(page)
    assert [what for what in scene.watch.trouble[before:] if any(kind in what for kind in MISTAKES)] == []


def assert_fits(page: Page) -> None:
    """Fails when the page scrolls sideways at its present width, naming what sticks out."""
    wide = page.evaluate(
        """() => {
          const limit = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= limit + 1) return [];
          return [...document.querySelectorAll('body *')]
            .filter(part => part.getBoundingClientRect().right > limit + 1 && part.checkVisibility())
            .slice(0, 5).map(part => part.outerHTML.slice(0, 160));
        }"""
    )
    assert wide == [], f"{page.url} scrolls sideways: {wide}"


class TestByKeyboardAlone:
    """One walk through the product without a mouse."""

    def test_signs_in(self, cast: Cast, page_as: PageAs) -> None:
        page = page_as(None)
        page.goto("/login")
        self.tab_to(page, "input[name=email]")
        page.keyboard.type("mark@example.com")
        page.keyboard.press("Tab")
        page.keyboard.type("correct horse battery staple")
        page.keyboard.press("Enter")
        expect(page).to_have_url("/")

    def test_opens_a_bucket_a_folder_and_a_file_and_comes_back(
        self, cast: Cast, bucket: StoredBucket, page_as: PageAs
    ) -> None:
        bucket.assign(cast.mark, allow_delete=True)
        page = page_as(cast.mark)
        page.goto("/")
        self.tab_to(page, ".card.is-link")
        page.keyboard.press("Enter")
        expect(page.locator("#folder [role=row]").first).to_be_visible()
        self.tab_to(page, ENTRY)
        self.move_to(page, "Photos")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="harbour.png")).to_be_visible()
        self.tab_to(page, ENTRY)
        self.move_to(page, "harbour.png")
        page.keyboard.press("Enter")
        preview = page.locator("dialog#preview[open]")
        expect(preview).to_be_visible()
        self.assert_trapped(page, "dialog#preview")
        page.keyboard.press("Escape")
        expect(preview).to_be_hidden()
        assert "harbour.png" in page.evaluate(
            "() => document.activeElement.closest('[data-name]')?.dataset.name ?? ''"
        )

    def test_asks_before_it_deletes_and_escape_says_no(
        self, cast: Cast, bucket: StoredBucket, page_as: PageAs
    ) -> None:
        page = page_as(cast.mark)
        page.goto(f"/b/{bucket.code}/Photos/")
        expect(page.get_by_role("link", name="harbour.png")).to_be_visible()
        self.tab_to(page, ENTRY)
        self.move_to(page, "harbour.png")
        page.keyboard.press("Delete")
        dialog = page.locator("#delete-dialog[open]")
        expect(dialog).to_be_visible()
        self.assert_trapped(page, "#delete-dialog")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert "Photos/harbour.png" in set(bucket.keys("Photos/"))

    def test_shows_where_the_focus_is(self, cast: Cast, page_as: PageAs) -> None:
        page = page_as(cast.ada)
        page.goto("/account")
        for _ in range(25):
            page.keyboard.press("Tab")
            style = page.evaluate(
                """() => { const s = getComputedStyle(document.activeElement);
                return [document.activeElement.tagName, s.outlineStyle, s.outlineWidth, s.boxShadow]; }"""
            )
            if style[0] == "BODY":
                break
            assert (style[1] != "none" and style[2] != "0px") or style[3] != "none", style

    @staticmethod
    def tab_to(page: Page, selector: str) -> None:
        """Presses Tab until the focus is on something that matches."""
        for _ in range(60):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {selector}")

    @staticmethod
    def move_to(page: Page, name: str) -> None:
        """Presses the arrow down until the row `name` has the focus."""
        for _ in range(60):
            row = page.evaluate("() => document.activeElement.closest('[role=row]')?.dataset.name ?? ''")
            if row == name:
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"The arrows never reach {name}")

    @staticmethod
    def assert_trapped(page: Page, selector: str) -> None:
        """Tab stays inside the dialog; the browser's own controls, where the focus is on the body, are no part of it."""
        for _ in range(20):
            page.keyboard.press("Tab")
            inside = page.evaluate(
                "s => document.activeElement === document.body || !!document.activeElement.closest(s)",
                selector,
            )
            assert inside, page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
