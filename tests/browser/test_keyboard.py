"""The file browser by keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast, PageAs
from tests.browser.stores import StoredBucket, picture


@pytest.fixture(scope="module")
def desk(make_bucket: Callable[..., StoredBucket], cast: Cast) -> StoredBucket:
    files = {f"{number:02d}.png": picture(16, 16) for number in range(1, 24)}
    made = make_bucket(files={**files, "drawer/inside.txt": b"hello"}, title="Desk")
    made.assign(cast.mark, allow_delete=True)
    return made


@pytest.fixture
def page(desk: StoredBucket, cast: Cast, page_as: PageAs) -> Page:
    page = page_as(cast.mark)
    page.goto(f"/b/{desk.code}/?sort=name&dir=asc")
    row(page, "drawer").focus()
    return page


def row(page: Page, name: str) -> Locator:
    return page.locator(f"#entries > .entry[data-name={name!r}]")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def selected(page: Page) -> list[str]:
    return page.locator("#entries > .entry[aria-selected=true]").evaluate_all(
        "all => all.map(row => row.dataset.name)"
    )


def test_reaches_the_rows_by_one_tab_and_leaves_them_by_few(page: Page) -> None:
    row(page, "05.png").focus()
    stops = page.locator("#entries").evaluate(
        "all => [...all.querySelectorAll('*')].filter(one => one.tabIndex >= 0 && one.offsetParent).length"
    )
    assert stops == 4
    press(page, "Tab", "Tab", "Tab", "Tab")
    assert page.evaluate("document.activeElement.closest('#entries')") is None
    press(page, "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab")
    expect(row(page, "05.png")).to_be_focused()


def test_moves_by_arrows(page: Page) -> None:
    press(page, "ArrowDown", "ArrowDown")
    expect(row(page, "02.png")).to_be_focused()
    press(page, "ArrowUp", "ArrowUp", "ArrowUp")
    expect(row(page, "drawer")).to_be_focused()
    assert selected(page) == []


def test_reaches_rows_that_are_still_to_be_loaded(page: Page) -> None:
    press(page, "End")
    expect(row(page, "19.png")).to_be_focused()
    expect(row(page, "23.png")).to_be_attached()
    press(page, "End")
    expect(row(page, "23.png")).to_be_focused()
    press(page, "Home")
    expect(row(page, "drawer")).to_be_focused()


def test_moves_in_two_directions_in_the_grid(page: Page) -> None:
    page.get_by_role("button", name="Grid").click()
    row(page, "drawer").focus()
    top = page.locator("#entries").evaluate("all => all.children[0].offsetTop")
    across = page.locator("#entries").evaluate(
        "(all, top) => [...all.children].filter(one => one.offsetTop === top).length", top
    )
    assert across > 2
    press(page, "ArrowRight", "ArrowRight")
    expect(row(page, "02.png")).to_be_focused()
    press(page, "ArrowDown")
    expect(row(page, f"{2 + across:02d}.png")).to_be_focused()
    press(page, "ArrowLeft", "ArrowUp")
    expect(row(page, "01.png")).to_be_focused()
    press(page, "ArrowUp")
    expect(row(page, "01.png")).to_be_focused()


def test_opens_folders_and_goes_up_again(page: Page) -> None:
    press(page, "Enter")
    expect(row(page, "inside.txt")).to_be_focused()
    press(page, "Backspace")
    expect(row(page, "drawer")).to_be_focused()
    press(page, "Enter")
    expect(row(page, "inside.txt")).to_be_focused()
    press(page, "Alt+ArrowUp")
    expect(row(page, "drawer")).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", " "])
def test_previews_a_file_and_returns_to_its_row(page: Page, key: str) -> None:
    press(page, "ArrowDown", key)
    expect(page.locator("#preview .preview-title")).to_have_text("01.png")
    press(page, "Escape")
    expect(page.locator("#preview")).to_be_hidden()
    expect(row(page, "01.png")).to_be_focused()


def test_returns_to_the_file_that_was_looked_at_last(page: Page) -> None:
    press(page, "ArrowDown", " ")
    expect(page.locator("#preview .preview-title")).to_have_text("01.png")
    press(page, "ArrowRight")
    expect(page.locator("#preview .preview-title")).to_have_text("02.png")
    press(page, "Escape")
    expect(row(page, "02.png")).to_be_focused()


def test_selects_by_keys(page: Page) -> None:
    press(page, "ArrowDown", "x")
    assert selected(page) == ["01.png"]
    press(page, "x")
    assert selected(page) == []
    press(page, "Shift+ArrowDown", "Shift+ArrowDown")
    assert selected(page) == ["01.png", "02.png", "03.png"]
    press(page, "Shift+ArrowUp")
    assert selected(page) == ["01.png", "02.png"]
    press(page, "Escape")
    assert selected(page) == []
    press(page, "Control+a")
    assert len(selected(page)) == 20
    press(page, "Escape")
    press(page, "Meta+a")
    assert len(selected(page)) == 20


def test_copies_and_downloads_by_keys(page: Page) -> None:
    press(page, "ArrowDown", "c")
    expect(page.locator(".toast")).to_contain_text("“01.png”")
    with page.expect_download() as download:
        press(page, "d")
    assert download.value.suggested_filename == "01.png"


def test_deletes_what_one_stands_on_after_asking(page: Page, desk: StoredBucket) -> None:
    desk.put("00.png", picture(8, 8))
    page.get_by_role("button", name="Refresh").click()
    expect(row(page, "00.png")).to_be_visible()
    row(page, "00.png").focus()
    press(page, "Delete")
    dialog = page.get_by_role("dialog", name="Delete “00.png”?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    press(page, "Enter")
    expect(dialog).to_have_count(0)
    expect(row(page, "00.png")).to_be_focused()
    assert desk.keys("00.png")
    press(page, "Delete")
    expect(dialog).to_be_visible()
    press(page, "Tab", "Enter")
    expect(row(page, "00.png")).to_have_count(0)
    assert not desk.keys("00.png")
    expect(page.locator("#entries > .entry:focus")).to_have_count(1)


def test_opens_the_row_s_menu(page: Page) -> None:
    press(page, "ArrowDown", "Shift+F10")
    menu = page.locator("#entry-menu")
    expect(menu).to_be_visible()
    press(page, "ArrowDown", "Enter")
    expect(page.locator(".toast")).to_contain_text("Copied the URL of “01.png”.")
    expect(row(page, "01.png")).to_be_focused()


def test_goes_to_the_search_box_and_back(page: Page) -> None:
    press(page, "/")
    expect(page.get_by_label("Search for files and folders")).to_be_focused()
    press(page, "Escape")
    expect(page.locator("#entries > .entry:focus")).to_have_count(1)


def test_shows_the_keys(page: Page) -> None:
    press(page, "?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    assert_accessible(page)
    press(page, "ArrowDown", "x", "Delete")
    press(page, "Escape")
    expect(sheet).to_be_hidden()
    assert selected(page) == []
    expect(row(page, "drawer")).to_be_focused()


def test_leaves_keys_to_fields_that_are_typed_in(page: Page) -> None:
    page.get_by_role("button", name="New folder").click()
    page.keyboard.type("x?/cd")
    expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value("x?/cd")
    press(page, "Escape")
    assert selected(page) == []
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_makes_a_folder_without_a_mouse(page: Page) -> None:
    page.get_by_role("button", name="New folder").focus()
    press(page, "Enter")
    page.keyboard.type("By hand")
    press(page, "Enter")
    expect(page).to_have_url(re.compile(r"/By%20hand/\?new=1$"))
    expect(page.get_by_role("heading", name="There is nothing in “By hand” yet")).to_be_visible()
    press(page, "Backspace")
    expect(row(page, "drawer")).to_be_visible()
