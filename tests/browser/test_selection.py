"""Selecting as in a desktop file manager, and what can be done with a selection."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast
from tests.browser.stores import StoredBucket
from tests.browser.watch import Watch

PageAs = Callable[..., Page]
FILES = {f"{letter}.txt": b"x" * 100 for letter in "abcdefgh"}


@pytest.fixture(scope="module")
def shelf(make_bucket: Callable[..., StoredBucket], cast: Cast) -> StoredBucket:
    made = make_bucket(files={**FILES, "box/inside.txt": b"x"}, title="Shelf")
    made.assign(cast.mark, allow_delete=True)
    made.assign(cast.rita)
    return made


@pytest.fixture
def page(shelf: StoredBucket, cast: Cast, page_as: PageAs) -> Page:
    for name, body in FILES.items():
        shelf.put(name, body)
    page = page_as(cast.mark)
    page.goto(f"/b/{shelf.code}/?sort=name&dir=asc")
    page.get_by_role("button", name="Refresh").click()
    expect(row(page, "h.txt")).to_be_visible()
    return page


def row(page: Page, name: str) -> Locator:
    return page.locator(f"#entries > .entry[data-name={name!r}]")


def click(page: Page, name: str, *modifiers: str) -> None:
    row(page, name).locator(".is-thumb").click(modifiers=list(modifiers))


def selected(page: Page) -> list[str]:
    return page.locator("#entries > .entry[aria-selected=true]").evaluate_all(
        "all => all.map(row => row.dataset.name)"
    )


def bar(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Selection")


def clipboard(page: Page) -> list[str]:
    return page.evaluate("navigator.clipboard.readText()").split("\n")


def test_selects_one_by_a_click(page: Page) -> None:
    click(page, "a.txt")
    click(page, "c.txt")
    assert selected(page) == ["c.txt"]
    expect(bar(page)).to_contain_text("1 selected")
    expect(row(page, "c.txt").get_by_role("checkbox")).to_be_checked()


def test_adds_and_takes_away_with_control(page: Page) -> None:
    click(page, "a.txt")
    click(page, "c.txt", "Control")
    click(page, "e.txt", "Meta")
    assert selected(page) == ["a.txt", "c.txt", "e.txt"]
    click(page, "c.txt", "Control")
    assert selected(page) == ["a.txt", "e.txt"]


def test_selects_a_range_with_shift_from_where_one_began(page: Page) -> None:
    click(page, "c.txt")
    click(page, "e.txt", "Shift")
    assert selected(page) == ["c.txt", "d.txt", "e.txt"]
    click(page, "a.txt", "Shift")
    assert selected(page) == ["a.txt", "b.txt", "c.txt"]


def test_joins_a_second_range_with_control_and_shift(page: Page) -> None:
    click(page, "a.txt")
    click(page, "b.txt", "Shift")
    click(page, "e.txt", "Control")
    click(page, "g.txt", "Control", "Shift")
    assert selected(page) == ["a.txt", "b.txt", "e.txt", "f.txt", "g.txt"]


def test_does_not_open_a_name_that_is_clicked_with_a_modifier(page: Page) -> None:
    tabs = len(page.context.pages)
    row(page, "b.txt").get_by_role("link").click(modifiers=["Control"])
    row(page, "d.txt").get_by_role("link").click(modifiers=["Shift"])
    assert selected(page) == ["b.txt", "c.txt", "d.txt"]
    expect(page.locator("#preview")).to_be_hidden()
    assert len(page.context.pages) == tabs


def test_selects_by_checkboxes_and_ranges_of_them(page: Page) -> None:
    row(page, "a.txt").get_by_role("checkbox").click()
    row(page, "d.txt").get_by_role("checkbox").click(modifiers=["Shift"])
    assert selected(page) == ["a.txt", "b.txt", "c.txt", "d.txt"]
    row(page, "b.txt").get_by_role("checkbox").click()
    assert selected(page) == ["a.txt", "c.txt", "d.txt"]


def test_selects_all_and_nothing_by_the_box_above(page: Page) -> None:
    everything = page.get_by_label("Select all that is shown")
    everything.check()
    assert len(selected(page)) == 9
    expect(bar(page)).to_contain_text("9 selected · 800\u00a0bytes and a folder")
    click(page, "a.txt", "Control")
    assert everything.evaluate("box => box.indeterminate") is True
    everything.check()
    everything.uncheck()
    assert selected(page) == []
    expect(bar(page)).to_be_hidden()


def test_lets_go_by_a_click_beside_the_rows_and_by_the_bar(page: Page) -> None:
    click(page, "a.txt")
    page.locator(".listing-end").click()
    assert selected(page) == []
    click(page, "a.txt")
    page.get_by_role("button", name="Clear selection").click()
    assert selected(page) == []


def test_opens_by_a_double_click(page: Page) -> None:
    row(page, "box").locator(".is-thumb").dblclick()
    expect(row(page, "inside.txt")).to_be_visible()
    assert selected(page) == []


def test_keeps_the_selection_when_the_folder_is_drawn_anew(page: Page, shelf: StoredBucket) -> None:
    click(page, "b.txt")
    click(page, "d.txt", "Control")
    shelf.put("aa.txt")
    page.get_by_role("button", name="Refresh").click()
    expect(row(page, "aa.txt")).to_be_visible()
    assert selected(page) == ["b.txt", "d.txt"]
    expect(bar(page)).to_contain_text("2 selected")
    shelf.s3.delete_objects(
        Bucket=shelf.row.bucket_name, Delete={"Objects": [{"Key": "b.txt"}, {"Key": "aa.txt"}]}
    )
    page.get_by_role("button", name="Refresh").click()
    expect(row(page, "b.txt")).to_have_count(0)
    expect(bar(page)).to_contain_text("1 selected")


def test_copies_one_url_and_says_until_when_it_works(page: Page, shelf: StoredBucket) -> None:
    click(page, "a.txt")
    bar(page).get_by_role("button", name="Copy URL").click()
    expect(page.locator(".toast")).to_contain_text("Copied the URL of “a.txt”.")
    expect(page.locator(".toast")).to_contain_text("It works for 7 days, until")
    (url,) = clipboard(page)
    answer = page.request.get(url)
    assert (answer.status, answer.body()) == (200, FILES["a.txt"])


def test_copies_a_list_of_urls_and_leaves_folders_out(page: Page) -> None:
    page.get_by_label("Select all that is shown").check()
    bar(page).get_by_role("button", name="Copy URLs").click()
    expect(page.locator(".toast")).to_contain_text("Copied 8 URLs.")
    expect(page.locator(".toast")).to_contain_text("The folder was left out; open it and select its files.")
    assert [re.search(r"/(\w+\.txt)\?", url)[1] for url in clipboard(page)] == list(FILES)  # type: ignore[index]


def test_shows_the_urls_where_the_browser_does_not_copy(page: Page) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.evaluate("() => { document.execCommand = () => false; }")
    click(page, "a.txt")
    click(page, "b.txt", "Control")
    bar(page).get_by_role("button", name="Copy URLs").click()
    dialog = page.get_by_role("dialog", name="The URLs of 2 files")
    expect(dialog).to_be_visible()
    assert dialog.get_by_label("URLs").input_value().count("\n") == 1
    expect(dialog).to_contain_text("They work for 7 days, until")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_offers_a_folder_no_url_and_no_download(page: Page) -> None:
    click(page, "box")
    expect(bar(page).get_by_role("button", name="Copy URL")).to_be_disabled()
    expect(bar(page).get_by_role("button", name="Download")).to_be_disabled()
    expect(bar(page).get_by_role("button", name="Delete")).to_be_enabled()


def test_downloads_one_after_another_and_stays(page: Page) -> None:
    click(page, "a.txt")
    click(page, "b.txt", "Control")
    click(page, "box", "Control")
    names = []
    page.on("download", lambda download: names.append(download.suggested_filename))
    page.evaluate("window.stays = true")
    bar(page).get_by_role("button", name="Download").click()
    expect(page.locator(".toast")).to_contain_text("Downloading 2 files, one after another.")
    expect(page.locator(".toast")).to_contain_text("The folder was left out")
    expect(page.locator("iframe[title^=Download]")).to_have_count(2)
    for _ in range(50):
        if len(names) == 2:
            break
        page.wait_for_timeout(100)
    assert names == ["a.txt", "b.txt"]
    assert page.evaluate("window.stays") is True


def test_promises_no_download_of_a_file_that_is_gone(page: Page, shelf: StoredBucket, watch: Watch) -> None:
    watch.allow("Status Error Code 404")
    shelf.put("fleeting.txt")
    page.get_by_role("button", name="Refresh").click()
    click(page, "fleeting.txt")
    shelf.s3.delete_object(Bucket=shelf.row.bucket_name, Key="fleeting.txt")
    bar(page).get_by_role("button", name="Download").click()
    expect(page.locator(".toast")).to_contain_text(["This file is gone"])
    assert "Downloading" not in page.locator("#toasts").inner_text()


def test_asks_once_and_names_what_it_will_delete(page: Page, shelf: StoredBucket) -> None:
    click(page, "a.txt")
    click(page, "b.txt", "Shift")
    bar(page).get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 2 files?")
    expect(dialog).to_contain_text("Delete 2 files, 200\u00a0bytes, from Shelf?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert shelf.keys("a.txt")
    bar(page).get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").dblclick()
    expect(page.locator(".toast")).to_contain_text("Deleted 2 files.")
    expect(row(page, "a.txt")).to_have_count(0)
    expect(dialog).to_have_count(0)
    expect(bar(page)).to_be_hidden()
    assert not shelf.keys("a.txt")
    assert shelf.keys("c.txt")


def test_deletes_a_folder_with_what_it_holds(page: Page, shelf: StoredBucket) -> None:
    shelf.put("old/1.txt")
    shelf.put("old/deep/2.txt")
    page.get_by_role("button", name="Refresh").click()
    click(page, "old")
    page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog", name="Delete “old” and the 2 files in it?")
    dialog.get_by_role("button", name="Delete").click()
    expect(row(page, "old")).to_have_count(0)
    assert not shelf.keys("old/")


def test_acts_on_one_row_by_its_menu(page: Page) -> None:
    click(page, "a.txt")
    row(page, "f.txt").get_by_role("button", name="Actions for f.txt").click()
    menu = page.locator("#entry-menu")
    expect(menu).to_be_visible()
    box, at = menu.bounding_box(), row(page, "f.txt").bounding_box()
    assert box is not None
    assert at is not None
    assert abs(box["y"] - at["y"]) < 250
    menu.get_by_role("button", name="Copy URL").click()
    expect(page.locator(".toast")).to_contain_text("“f.txt”")
    expect(menu).to_be_hidden()
    assert selected(page) == ["a.txt"]


def test_opens_the_menu_by_a_right_click(page: Page) -> None:
    row(page, "c.txt").locator(".is-thumb").click(button="right")
    page.locator("#entry-menu").get_by_role("button", name="Preview").click()
    expect(page.locator("#preview .preview-title")).to_have_text("c.txt")


def test_deletes_nothing_for_somebody_who_may_not(shelf: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.rita)
    page.goto(f"/b/{shelf.code}/")
    click(page, "c.txt")
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator(".toast")).to_contain_text("You may not delete files in this bucket.")
    expect(page.locator(".toast")).to_contain_text("Ask an administrator if you should.")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    expect(sheet).not_to_contain_text("Delete")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_opens_by_a_tap_until_something_is_selected(shelf: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.mark, 390)
    page.goto(f"/b/{shelf.code}/?sort=name&dir=asc")
    row(page, "c.txt").get_by_role("checkbox").tap()
    row(page, "d.txt").locator(".entry-meta").tap()
    assert selected(page) == ["c.txt", "d.txt"]
    expect(bar(page)).to_be_visible()
    page.get_by_role("button", name="Clear selection").tap()
    row(page, "box").locator(".entry-meta").tap()
    expect(row(page, "inside.txt")).to_be_visible()


def drop(page: Page, target: str, *, entries: bool = False) -> None:
    """Drags a file over `target` and lets it fall."""
    page.evaluate(
        """([selector]) => {
          const data = new DataTransfer();
          data.items.add(new File(["hello"], "dropped.txt", {type: "text/plain"}));
          const at = document.querySelector(selector);
          for (const type of ["dragenter", "dragover"]) {
            at.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data}));
          }
          window.veil = document.getElementById("drop-veil").hidden ? "" : document.getElementById("drop-target").textContent;
          at.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
        }""",
        [target],
    )


def test_takes_files_dropped_anywhere(page: Page, shelf: StoredBucket) -> None:
    drop(page, "body")
    assert page.evaluate("window.veil") == "Shelf"
    expect(row(page, "dropped.txt")).to_be_visible(timeout=10_000)
    expect(page.locator("#drop-veil")).to_be_hidden()
    assert shelf.body("dropped.txt") == b"hello"


def test_takes_files_dropped_on_a_folder(page: Page, shelf: StoredBucket) -> None:
    drop(page, '.entry[data-path="box/"]')
    assert page.evaluate("window.veil") == "Shelf / box"
    for _ in range(50):
        if shelf.keys("box/dropped.txt"):
            break
        page.wait_for_timeout(100)
    assert shelf.keys("box/dropped.txt")


def test_refuses_files_dropped_by_somebody_who_may_not_upload(
    make_bucket: Callable[..., StoredBucket], cast: Cast, page_as: PageAs, watch: Watch
) -> None:
    closed = make_bucket(files={"a.txt": b"x"}, title="Closed")
    closed.assign(cast.rita, allow_upload=False)
    page = page_as(cast.rita)
    page.goto(f"/b/{closed.code}/")
    drop(page, "body")
    assert page.evaluate("window.veil") == ""
    expect(page.locator(".toast")).to_contain_text("You may not upload to this bucket.")
    assert closed.keys() == ["a.txt"]


def test_copies_what_is_selected_though_one_stands_where_nothing_can_be_had(
    make_bucket: Callable[..., StoredBucket], cast: Cast, page_as: PageAs
) -> None:
    odd = make_bucket(files={"%2e%2e/x.txt": b"x", "a.txt": b"a", "b.txt": b"b"}, title="Odd")
    odd.assign(cast.mark)
    page = page_as(cast.mark)
    page.goto(f"/b/{odd.code}/")
    expect(page.locator("#entries > .entry").first).to_have_attribute("data-name", "%2e%2e")
    page.keyboard.press("Control+a")
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_contain_text("Copied 2 URLs.")
