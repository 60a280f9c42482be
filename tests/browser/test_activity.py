"""The activity page, in a browser: filters are in the address, Back works, more comes with scrolling, exports are files."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.audit import Operation, record
from accounts.models import AuditEntry, AuditSeal
from accounts.verification import verify
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast
from tests.browser.stores import StoredBucket
from tests.browser.watch import Watch

PageAs = Callable[..., Page]
ROW = ".activity-row"


@pytest.fixture(scope="module")
def desk(bucket: StoredBucket, cast: Cast) -> StoredBucket:
    """A bucket in which eighty files were uploaded and one was deleted."""
    bucket.assign(cast.mark)
    where = {"bucket_id": bucket.row.pk, "bucket_code": bucket.code}
    for number in range(80):
        record(by=cast.rita, operation=Operation.UPLOAD_CONFIRMED, path=f"Photos/{number}.png", **where)
    record(by=cast.mark, operation=Operation.DELETED, path="Old.txt", **where)
    return bucket


def test_filters_by_the_address_and_goes_back(desk: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.mark)
    page.goto("/activity")
    expect(page.locator(ROW)).to_have_count(50)

    page.locator("#filter-operation").focus()
    page.locator("#filter-operation").select_option("deleted")
    expect(page.locator(ROW)).to_have_count(1)
    expect(page).to_have_url("/activity?operation=deleted")
    expect(page.locator("#filter-operation")).to_be_focused()
    page.get_by_label("From").fill("2020-02-01")
    expect(page).to_have_url("/activity?operation=deleted&since=2020-02-01&zone=UTC")
    expect(page.locator(ROW)).to_have_count(1)

    page.go_back()
    expect(page).to_have_url("/activity?operation=deleted")
    expect(page.get_by_label("From")).to_have_value("")
    page.go_back()
    expect(page).to_have_url("/activity")
    expect(page.locator(ROW)).to_have_count(50)
    expect(page.locator("#filter-operation")).to_have_value("")
    page.go_forward()
    expect(page.locator(ROW)).to_have_count(1)
    expect(page.locator("#filter-operation")).to_have_value("deleted")
    assert_accessible(page)


def test_brings_more_with_scrolling_and_leads_to_the_folder(
    desk: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark, 390, "dark")
    page.goto("/activity")
    page.locator(ROW).last.scroll_into_view_if_needed()
    expect(page.locator(ROW)).to_have_count(81)
    expect(page.get_by_text("That is all.")).to_be_visible()
    assert_accessible(page)

    page.locator(ROW).filter(has_text="42.png").get_by_role("link", name=re.compile("Photos")).click()
    expect(page).to_have_url(f"/b/{desk.code}/Photos/")
    page.go_back()
    expect(page.locator(ROW).first).to_be_visible()


def test_exports_what_is_filtered_again_and_again(
    desk: StoredBucket, cast: Cast, page_as: PageAs, tmp_path: Path
) -> None:
    page = page_as(cast.mark)
    page.goto("/activity?operation=deleted")
    for _ in range(2):
        with page.expect_download() as waiting:
            page.get_by_role("button", name="JSONL").click()
        waiting.value.save_as(tmp_path / "activity.jsonl")
        [line] = map(json.loads, (tmp_path / "activity.jsonl").read_text().splitlines())
        assert (line["person"], line["path"]) == ("Mark Eting", "Old.txt")
        page.wait_for_timeout(2_100)
    expect(page).to_have_url("/activity?operation=deleted")
    assert AuditEntry.objects.filter(operation="audit_exported").count() == 2


def test_is_sealed_soon_after_by_the_worker(
    desk: StoredBucket, cast: Cast, page_as: PageAs, record_property: Callable[[str, object], None]
) -> None:
    page = page_as(cast.mark)
    page.goto("/activity")
    before = time.monotonic()
    with page.expect_download():
        page.get_by_role("button", name="CSV").click()
    entry = AuditEntry.objects.filter(operation="audit_exported").latest("id")
    while not AuditSeal.objects.filter(entry_id=entry.id).exists():
        assert time.monotonic() - before < 30, "nobody seals"
        time.sleep(0.1)
    record_property("sealed_after_seconds", round(time.monotonic() - before, 1))
    assert verify(now=timezone.now()).is_whole


def test_says_what_is_wrong_with_a_filter(
    desk: StoredBucket, cast: Cast, page_as: PageAs, watch: Watch
) -> None:
    watch.allow("400")
    page = page_as(cast.mark)
    page.goto("/activity?until=2020-01-01")
    expect(page.get_by_text("Nothing matches this filter")).to_be_visible()

    page.get_by_label("From").fill("2020-02-01")
    expect(page.get_by_text("The last day comes before the first.")).to_be_visible()
    page.get_by_label("From").fill("2019-12-31")
    expect(page.get_by_text("Nothing matches this filter")).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    expect(page.locator(ROW)).to_have_count(50)


def test_hears_what_is_chosen_the_moment_an_answer_arrives(
    desk: StoredBucket, cast: Cast, page_as: PageAs, watch: Watch
) -> None:
    watch.allow("400")
    page = page_as(cast.mark)
    page.goto("/activity?until=2020-01-01")
    page.evaluate("""() => new MutationObserver((_, observer) => {
      if (!document.querySelector("#activity-refused")) return;
      observer.disconnect();
      const since = document.querySelector("#filter-since");
      since.value = "2019-12-31";
      since.dispatchEvent(new Event("change", { bubbles: true }));
    }).observe(document.body, { childList: true, subtree: true })""")

    page.get_by_label("From").fill("2020-02-01")
    expect(page).to_have_url("/activity?since=2019-12-31&until=2020-01-01&zone=UTC")
    expect(page.get_by_text("Nothing matches this filter")).to_be_visible()
