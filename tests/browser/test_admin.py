"""The administration, in a browser: what its pages do beyond Django's own."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from buckets.models import Bucket
from tests.browser.conftest import Cast
from tests.browser.stores import StoredBucket

PageAs = Callable[..., Page]


def save_twice(page: Page) -> None:
    """Clicks Save twice, the second time while the first is still on its way."""
    held: list[Route] = []
    page.route(
        "**/add/", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    save = page.get_by_role("button", name="Save", exact=True)
    save.evaluate("button => [10, 160].forEach(after => setTimeout(() => button.click(), after))")
    page.wait_for_timeout(500)
    assert len(held) == 1
    held[0].continue_()


def test_adds_a_bucket_once_at_a_double_click(bucket: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.ada)
    page.goto("/admin/buckets/bucket/add/")
    page.get_by_label("Display name").fill("Twice clicked")
    page.get_by_label("Bucket name").fill("twice-clicked")
    page.get_by_label("Access key id").fill("AKIATWICE")
    page.get_by_label("Secret access key").fill("secret")
    save_twice(page)

    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Bucket.objects.filter(display_name="Twice clicked").count() == 1


def test_shows_the_link_of_somebody_added_by_a_double_click(
    bucket: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.ada)
    page.goto("/admin/accounts/user/add/")
    page.get_by_label("Name").fill("Nora New")
    page.get_by_label("E-mail").fill("nora@example.com")
    save_twice(page)

    expect(page.get_by_label("The link")).to_have_value(re.compile("/account/password/"))


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
