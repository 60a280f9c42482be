"""The administration, in a browser: what its pages do beyond Django's own."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Cast
from tests.browser.stores import StoredBucket

PageAs = Callable[..., Page]


def test_copies_a_one_time_link(bucket: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.ada)
    page.goto(f"/admin/accounts/user/{cast.mark.pk}/change/")
    page.get_by_role("button", name="link").first.click()
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("The link").input_value()


def test_leaves_the_link_selected_where_nothing_may_be_copied(
    bucket: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.ada)
    page.goto(f"/admin/accounts/user/{cast.mark.pk}/change/")
    page.get_by_role("button", name="link").first.click()
    page.evaluate("""() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error("no"));
      document.execCommand = () => false;
    }""")
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_label("The link")).to_be_focused()
    link = page.get_by_label("The link").input_value()
    assert page.evaluate("getSelection().toString()") == link
