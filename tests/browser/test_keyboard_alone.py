"""One walk through the product without a mouse."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Cast
from tests.browser.stores import StoredBucket

PageAs = Callable[..., Page]
ENTRY = "#entries > .entry, #entries > .entry *"


def test_signs_in(cast: Cast, page_as: PageAs) -> None:
    page = page_as(None)
    page.goto("/login")
    tab_to(page, "input[name=email]")
    page.keyboard.type("mark@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/")


def test_opens_a_bucket_a_folder_and_a_file_and_comes_back(
    cast: Cast, bucket: StoredBucket, page_as: PageAs
) -> None:
    bucket.assign(cast.mark, allow_delete=True)
    page = page_as(cast.mark)
    page.goto("/")
    tab_to(page, ".card.is-link")
    page.keyboard.press("Enter")
    expect(page.locator("#folder [role=row]").first).to_be_visible()
    tab_to(page, ENTRY)
    move_to(page, "Photos")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="harbour.png")).to_be_visible()
    tab_to(page, ENTRY)
    move_to(page, "harbour.png")
    page.keyboard.press("Enter")
    preview = page.locator("dialog#preview[open]")
    expect(preview).to_be_visible()
    assert_trapped(page, "dialog#preview")
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    assert "harbour.png" in page.evaluate(
        "() => document.activeElement.closest('[data-name]')?.dataset.name ?? ''"
    )


def test_asks_before_it_deletes_and_escape_says_no(cast: Cast, bucket: StoredBucket, page_as: PageAs) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{bucket.code}/Photos/")
    expect(page.get_by_role("link", name="harbour.png")).to_be_visible()
    tab_to(page, ENTRY)
    move_to(page, "harbour.png")
    page.keyboard.press("Delete")
    dialog = page.locator("#delete-dialog[open]")
    expect(dialog).to_be_visible()
    assert_trapped(page, "#delete-dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert "Photos/harbour.png" in set(bucket.keys("Photos/"))


def test_shows_where_the_focus_is(cast: Cast, page_as: PageAs) -> None:
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


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is on something that matches."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def move_to(page: Page, name: str) -> None:
    """Presses the arrow down until the row `name` has the focus."""
    for _ in range(60):
        row = page.evaluate("() => document.activeElement.closest('[role=row]')?.dataset.name ?? ''")
        if row == name:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"The arrows never reach {name}")


def assert_trapped(page: Page, selector: str) -> None:
    """Tab stays inside the dialog; the browser's own controls, where the focus is on the body, are no part of it."""
    for _ in range(20):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "s => document.activeElement === document.body || !!document.activeElement.closest(s)",
            selector,
        )
        assert inside, page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
