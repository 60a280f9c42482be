"""Every page in every state: nothing serious for axe-core, nothing that breaks the page's own policy, no sideways scrolling.

The states are those of `tests/shots/table.py`; each comes about once and is judged wide and light, then narrow and dark.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import pages
from tests.browser.accessibility import assert_accessible
from tests.browser.database import empty_tables
from tests.browser.live import Live
from tests.browser.windows import Windows
from tests.shots.stage import Stage
from tests.shots.table import ROWS, Row

MISTAKES = ("CSP violation", "script error", "the page crashed")


@pytest.fixture(scope="module")
def stage(live: Live, windows: Windows, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    empty_tables()
    stage = Stage(live, windows, tmp_path_factory.mktemp("stage"))
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
    assert_accessible(page, within=row.within)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": pages.HEIGHTS[390]})
    assert_accessible(page, within=row.within)
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
