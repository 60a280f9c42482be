"""The reference of the wire, in a browser: finding a call by keys alone, seeing where one is, copying a command."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

PageAs = Callable[..., Page]
CALL = ".docs-call:visible"


def test_finds_a_call_and_copies_its_command(page_as: PageAs) -> None:
    page = page_as(None, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/api/docs")
    expect(page.locator("#docs-nav [aria-current]")).to_have_text("Before you begin")

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("delete_not_allowed")
    expect(page.locator(CALL)).to_have_count(1)
    expect(page.get_by_role("heading", name="Uploading")).to_be_hidden()
    page.get_by_role("button", name="Copy the call: Delete files").press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -X DELETE ")

    page.get_by_role("searchbox").fill("teleport")
    expect(page.get_by_role("status").filter(has_text="No call")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    page.goto("/api/docs#listAudit")
    expect(page.locator("#docs-nav [aria-current]")).to_contain_text("Read what was done with files")


def test_leads_to_a_call_on_a_phone(page_as: PageAs) -> None:
    page = page_as(None, 390, "dark")
    page.goto("/api/docs")
    expect(page.get_by_role("navigation", name="Calls")).to_be_hidden()

    page.get_by_role("button", name="Calls").press("Enter")
    page.get_by_role("link", name="Sign in", exact=False).first.click()

    expect(page.get_by_role("navigation", name="Calls")).to_be_hidden()
    expect(page.locator("#logIn")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
