"""The product under a thumb: a phone's width, touch and no hover."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Cast
from tests.browser.stores import StoredBucket, picture
from tests.browser.test_accessibility import assert_fits

PageAs = Callable[..., Page]
WIDTH = 390
# WCAG 2.2, 2.5.8 Target Size (Minimum), in CSS pixels; links in a sentence are excepted there, and a file's name is hit
# anywhere in its row.
TARGET = 24
SMALL = """limit => [...document.querySelectorAll('button, a[href], input, select, [role=menuitem]')]
  .filter(part => part.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !part.closest('p, [hidden], .sr-only, .skip-link'))
  .map(part => [part, (part.closest(part.matches('.entry-name') ? '.entry' : 'label') ?? part).getBoundingClientRect()])
  .filter(([part, box]) => box.width > 1 && (box.width < limit || box.height < limit))
  .filter(([part]) => !['checkbox', 'radio', 'file', 'hidden'].includes(part.type))
  .map(([part, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${part.outerHTML.slice(0, 120)}`)"""


@pytest.fixture
def phone(cast: Cast, bucket: StoredBucket, page_as: PageAs) -> Page:
    if not cast.mark.assignments.exists():
        bucket.assign(cast.mark, allow_delete=True)
    return page_as(cast.mark, WIDTH)


def rows(page: Page) -> list[str]:
    expect(page.locator("#entries .entry").first).to_be_visible()
    return [row.get_attribute("data-name") or "" for row in page.locator("#entries .entry").all()]


@pytest.mark.parametrize(
    "path", ["/", "/account", "/b/{code}/", "/b/{code}/Photos/", "/b/{code}/Photos/harbour.png"]
)
def test_fits_and_every_target_takes_a_thumb(phone: Page, bucket: StoredBucket, path: str) -> None:
    phone.goto(path.format(code=bucket.code))
    phone.wait_for_load_state("networkidle")
    assert_fits(phone)
    assert phone.evaluate(SMALL, TARGET) == []


def test_opens_a_folder_and_a_picture_with_a_tap_each(phone: Page, bucket: StoredBucket) -> None:
    phone.goto(f"/b/{bucket.code}/")
    phone.get_by_role("link", name="Photos", exact=True).tap()
    phone.get_by_role("link", name="harbour.png").tap()
    preview = phone.locator("dialog#preview[open]")
    expect(preview.get_by_role("img", name="harbour.png")).to_be_visible()
    assert_fits(phone)
    phone.go_back()
    expect(preview).to_be_hidden()
    assert "harbour.png" in rows(phone)


def test_offers_what_can_be_done_with_a_file_without_hovering(phone: Page, bucket: StoredBucket) -> None:
    phone.goto(f"/b/{bucket.code}/Photos/")
    row = phone.locator('#entries .entry[data-name="harbour.png"]')
    row.get_by_role("button", name="Actions for harbour.png").tap()
    menu = phone.locator("#entry-menu:popover-open")
    expect(menu).to_be_visible()
    box = menu.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= WIDTH
    expect(menu.get_by_role("button", name="Copy URL")).to_be_visible()


def test_uploads_and_deletes(phone: Page, bucket: StoredBucket) -> None:
    phone.goto(f"/b/{bucket.code}/Photos/2026/")
    assert rows(phone) == ["spring.png"]
    file = {"name": "from my phone.png", "mimeType": "image/png", "buffer": picture(40, 40)}
    phone.set_input_files("#pick-files", files=[file])  # type: ignore[list-item]
    row = phone.locator('#entries .entry[data-name="from my phone.png"]')
    expect(row).to_be_visible()
    assert_fits(phone)
    phone.locator("#upload-tray [data-act=close]").tap()
    row.get_by_role("button", name="Actions for").tap()
    phone.locator("#entry-menu [data-do=delete]").tap()
    dialog = phone.locator("#delete-dialog[open]")
    expect(dialog).to_be_visible()
    assert_fits(phone)
    dialog.get_by_role("button", name="Delete", exact=True).tap()
    expect(row).to_have_count(0)
    assert bucket.keys("Photos/2026/") == ["Photos/2026/spring.png"]
